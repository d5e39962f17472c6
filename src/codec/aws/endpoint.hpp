// Where a bucket or a queue is reached, and in which region's name. Pure values.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::codec::aws {

enum class Addressing : std::uint8_t {
  automatic,  ///< Virtual-hosted at AWS where the bucket's name allows it, otherwise path style.
  virtual_hosted,  ///< https://<bucket>.<endpoint>/<key>
  path,            ///< https://<endpoint>/<bucket>/<key>
};

/// One bucket, ready to be asked.
struct BucketEndpoint {
  std::string bucket;
  std::string region;    ///< Of the signature.
  std::string origin;    ///< `scheme://host[:port]` that requests go to and that is signed.
  bool in_path = false;  ///< The bucket is the first segment of the path.
  bool aws = false;      ///< The host follows from the region; otherwise it was configured.
};

/// Whether the text can be a region: 1 to 32 lower-case letters, digits and hyphens. What a server
/// calls a region goes into host names and signatures only after this check.
bool is_region(std::string_view text);

/// Whether the text can name a bucket: 3 to 63 letters, digits, dots, hyphens and underscores
/// (old buckets have upper-case letters and underscores), letter or digit at both ends, no "..".
bool is_bucket_name(std::string_view text);

/// Whether the bucket's name can be one label of a host name: a dot would leave the certificate's
/// wildcard, an upper-case letter or underscore is no host name.
bool fits_host_label(std::string_view bucket);

/// The domain of AWS's services in a region: "amazonaws.com", "amazonaws.com.cn" (China) or
/// "amazonaws.eu" (the sovereign cloud).
std::string_view aws_domain(std::string_view region);

/// A bucket at AWS. Failures, both stop: "aws/bucket", "aws/region". `virtual_hosted` with a name
/// that does not fit into a host label is "aws/addressing".
Result<BucketEndpoint> aws_bucket(std::string_view bucket, std::string_view region,
                                  Addressing addressing = Addressing::automatic);

/// A bucket at an S3-compatible endpoint: an http or https URL without path, query and user name
/// ("aws/endpoint", stop, otherwise). `automatic` is path style here.
Result<BucketEndpoint> compatible_bucket(std::string_view bucket, std::string_view endpoint,
                                         std::string_view region,
                                         Addressing addressing = Addressing::automatic);

/// The same bucket after a server has told its region: at AWS under the host of that region, at a
/// configured endpoint the same host with the other region in the signature. Nothing where the text
/// is not a region, or the endpoint has it already.
std::optional<BucketEndpoint> in_region(const BucketEndpoint& endpoint, std::string_view region);

/// A queue, ready to be asked.
struct QueueEndpoint {
  std::string url;     ///< As given: it names the queue in every request.
  std::string origin;  ///< Requests go to `origin/`.
  std::string region;  ///< Of the signature.
};

/// Splits a queue URL: `https://sqs.<region>.amazonaws.com/<account>/<name>`, its legacy form
/// `https://<region>.queue.amazonaws.com/...`, or the same path at any other host, for which
/// `region` must be given. A given region must agree with the one in the host. Failures
/// "aws/queue-url" and "aws/region", both stop.
Result<QueueEndpoint> queue_endpoint(std::string_view url, std::string_view region = {});

/// The region in the host of an AWS queue URL, or nothing.
std::optional<std::string> region_of_queue(std::string_view url);

}  // namespace cistern::codec::aws
