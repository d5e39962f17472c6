// S3 as far as a reader of buckets can see it: ListObjectsV2, GetObject, HeadObject, HeadBucket and
// GetBucketLocation, path style and virtual-hosted.
#pragma once

#include "base/clock.hpp"
#include "lab/aws/s3_errors.hpp"
#include "lab/aws/signature.hpp"
#include "lab/harness/faults.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct S3Object {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;  ///< Without quotes.
  TimePoint modified{};
};

struct S3Body {
  S3Object object;
  std::shared_ptr<const std::string> bytes;
  std::string content_encoding;  ///< Empty: none is said.
};

/// What is in a bucket. Called from several threads at a time.
class S3Bucket {
 public:
  virtual ~S3Bucket() = default;
  /// The first key above `after` that begins with `prefix`; nothing behind the last one.
  [[nodiscard]] virtual std::optional<std::string> next_key(std::string_view after,
                                                            std::string_view prefix) const = 0;
  /// Size, ETag and time of a key that next_key() gave; nothing when it has been purged since.
  virtual std::optional<S3Object> describe(const std::string& key) = 0;
  virtual std::optional<S3Body> read(const std::string& key) = 0;
};

struct S3BucketRules {
  std::string name;
  std::string region;
  /// A Cisco-managed bucket: only listing and reading below this prefix is allowed. Empty: all is.
  std::string only_below;
  S3Bucket* content = nullptr;
};

/// What a key pair may look like at the moment.
struct S3Credentials {
  std::string key_id;
  std::string secret;
  std::string session_token;  ///< Empty: the key needs none.
  bool token_expired = false;
  /// The key is known, and nothing is allowed to it: "AccessDenied", "AllAccessDisabled", ...
  std::string refusal;
};

struct S3Settings {
  unsigned max_keys = 1000;             ///< No page holds more, whatever was asked for.
  bool wrong_region_malformed = false;  ///< 400 instead of 301 for a signature of another region.
};

/// Where a request goes: "", "" for one that names no bucket.
struct S3Place {
  std::string bucket;
  std::string key;
  bool virtual_hosted = false;
};
S3Place s3_place_of(const Request& request);

/// "list", "get", "head", "location", "other": for faults and counters.
std::string s3_operation_of(const Request& request);

/// One request, checked and answered. All members outlive the call.
struct S3Context {
  const std::vector<S3BucketRules>& buckets;
  const S3Credentials& credentials;
  const S3Settings& settings;
  TimePoint now{};
};
Response s3_answer(const Request& request, const S3Context& context);

}  // namespace cistern::lab
