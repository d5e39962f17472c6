// AWS Signature Version 4 in the Authorization header. Pure: the time is given.
//
// Source: AWS General Reference, "Create a signed AWS API request"; Amazon S3 API Reference,
// "Authenticating Requests: Using the Authorization Header".
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::net {

struct AwsCredentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;  ///< Of temporary credentials; empty for none.
};

/// For what a signature counts.
struct AwsScope {
  std::string_view service;  ///< "s3", "sqs", ...
  std::string_view region;
};

/// Signs requests; keeps the derived key of each day, region and service that it met lately, which
/// saves four of the five HMACs. One thread.
class SignatureV4 {
 public:
  explicit SignatureV4(AwsCredentials credentials);
  ~SignatureV4();
  SignatureV4(const SignatureV4&) = delete;
  SignatureV4& operator=(const SignatureV4&) = delete;

  /// Adds X-Amz-Date, for S3 X-Amz-Content-Sha256, with temporary credentials X-Amz-Security-Token,
  /// and Authorization; replaces those that stand there. The request is `sensitive` from then on.
  /// Signs the host that is sent (with its port unless it is the scheme's own) and every header of
  /// the request but those that a proxy may change. Failure "aws/unsignable" (stop): no http URL,
  /// or a header that cannot be sent.
  Status sign(HttpRequest& request, const AwsScope& scope, TimePoint now);

 private:
  struct Key {
    std::string day, region, service;
    std::array<unsigned char, 32> bytes{};
  };
  const Key& key_for(std::string_view day, const AwsScope& scope);

  AwsCredentials credentials_;
  std::vector<Key> keys_;
  std::size_t next_key_ = 0;
};

}  // namespace cistern::net
