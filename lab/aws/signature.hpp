// AWS Signature Version 4 as a server checks it, on OpenSSL alone: nothing here is shared with the
// signer under test.
#pragma once

#include "base/time.hpp"
#include "lab/harness/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// What the Authorization header says.
struct SignatureClaim {
  std::string key_id;
  std::string date;  ///< "20260105"
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;
  std::string signature;
};

/// `AWS4-HMAC-SHA256 Credential=.., SignedHeaders=.., Signature=..`, separated by ", " or ",";
/// nothing when a part is missing or the scope is not of five parts.
std::optional<SignatureClaim> read_claim(std::string_view authorization);

/// What has been signed, if the claim is right.
struct SignedText {
  std::string canonical_request;
  std::string string_to_sign;
};

/// S3 takes the path as it is; other services normalise and encode it again, which makes no
/// difference for the paths served here. `payload_hash` is the value of x-amz-content-sha256.
SignedText signed_text(const Request& request, const SignatureClaim& claim, std::string_view time,
                       std::string_view payload_hash);

std::string signature_of(std::string_view secret, const SignatureClaim& claim,
                         std::string_view string_to_sign);

/// "20260105T093000Z"
std::optional<TimePoint> parse_amz_time(std::string_view text);
std::string amz_time(TimePoint time);

/// Every byte but letters, digits and "-._~" as %XX, a slash too unless it is kept.
std::string aws_encode(std::string_view text, bool keep_slash);

enum class SignatureFault : std::uint8_t {
  none,
  missing,        ///< No Authorization header.
  malformed,      ///< One that cannot be read.
  other_service,  ///< Signed for another service.
  no_time,        ///< No x-amz-date, or not the scope's day.
  skewed,         ///< More than 15 minutes from the server's time.
  unknown_key,
  no_payload_hash,   ///< x-amz-content-sha256 is missing where it must be there.
  payload_differs,   ///< It is not that of the body.
  headers_unsigned,  ///< Host or an x-amz- header is there and was not signed.
  wrong,             ///< The signature is another one.
};

struct SignatureCheck {
  SignatureFault fault = SignatureFault::none;
  SignatureClaim claim;
  SignedText text;
  std::string time;  ///< x-amz-date, as it was sent.
};

struct SignatureRules {
  std::string_view service;  ///< "s3" or "sqs"
  bool payload_header = true;
  TimePoint now{};
  /// The secret of a key id, if there is such a key.
  std::function<std::optional<std::string>(std::string_view)> secret_of;
};

SignatureCheck check_signature(const Request& request, const SignatureRules& rules);

}  // namespace cistern::lab
