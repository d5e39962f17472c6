// What S3 and SQS say when they refuse. Pure; the body is hostile.
#pragma once

#include "base/http.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>

namespace cistern::codec::aws {

/// An answer that is not a success, in parts. Every text is bounded, printable and free of secrets.
struct AwsError {
  int status = 0;
  std::string code;        ///< The vendor's: "AccessDenied"; empty when the body names none.
  std::string message;     ///< The vendor's sentence, or the beginning of a body of another kind.
  std::string region;      ///< Where the bucket is, if the answer tells; passed is_region().
  std::string request_id;  ///< For the vendor's support.
  /// What the vendor says it has signed: for one who looks for a fault of the signer. Without key.
  std::string string_to_sign;
  std::string canonical_request;
  std::optional<TimePoint> server_time;  ///< Of the body, else of the Date header.
  bool from_aws = false;  ///< It carries a mark of S3 or SQS; otherwise a proxy may have answered.
};

/// Reads the XML of S3 (`<Error>`, also inside `<ErrorResponse>`), the JSON of SQS (`__type`), and
/// the headers that both send (x-amz-bucket-region, x-amz-request-id, x-amzn-requestid,
/// x-amzn-errortype, Date). Never fails: what cannot be read leaves the status alone to decide.
/// Meant for any status, also for a 200 whose body is an <Error>.
AwsError read_error(const HttpResponse& response);

/// How far our clock must be moved for a signature to be believed: the server's time less ours, or
/// nothing if the answer tells no time.
std::optional<Duration> clock_offset(const AwsError& error, TimePoint now);

}  // namespace cistern::codec::aws
