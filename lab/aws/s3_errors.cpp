#include "lab/aws/s3_errors.hpp"

#include "base/bytes.hpp"
#include "lab/aws/xml.hpp"
#include "lab/entra/crypto.hpp"

#include <algorithm>
#include <array>

namespace cistern::lab {

namespace {

struct Row {
  std::string_view code;
  int status;
  std::string_view message;
};

constexpr std::array kRows = {
    Row{"AccessDenied", 403, "Access Denied"},
    Row{"AccountProblem", 403, "There is a problem with your AWS account."},
    Row{"AllAccessDisabled", 403, "All access to this Amazon S3 resource has been disabled."},
    Row{"InvalidAccessKeyId", 403,
        "The AWS Access Key Id you provided does not exist in our records."},
    Row{"SignatureDoesNotMatch", 403,
        "The request signature we calculated does not match the signature you provided. Check your "
        "key and signing method."},
    Row{"RequestTimeTooSkewed", 403,
        "The difference between the request time and the current time is too large."},
    Row{"ExpiredToken", 400, "The provided token has expired."},
    Row{"InvalidToken", 400, "The provided token is malformed or otherwise invalid."},
    Row{"AuthorizationHeaderMalformed", 400, "The authorization header is malformed."},
    Row{"XAmzContentSHA256Mismatch", 400,
        "The provided 'x-amz-content-sha256' header does not match what was computed."},
    Row{"InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256"},
    Row{"InvalidArgument", 400, "Invalid Argument"},
    Row{"PermanentRedirect", 301,
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint."},
    Row{"TemporaryRedirect", 307,
        "Please re-send this request to the specified temporary endpoint. Continue to use the "
        "original request endpoint for future requests."},
    Row{"NoSuchBucket", 404, "The specified bucket does not exist"},
    Row{"NoSuchKey", 404, "The specified key does not exist."},
    Row{"MethodNotAllowed", 405, "The specified method is not allowed against this resource."},
    Row{"NotImplemented", 501, "A header you provided implies functionality that is not here."},
    Row{"PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"},
    Row{"InvalidRange", 416, "The requested range is not satisfiable"},
    Row{"SlowDown", 503, "Please reduce your request rate."},
    Row{"ServiceUnavailable", 503, "Service is unable to handle request."},
    Row{"InternalError", 500, "We encountered an internal error. Please try again."}};

const Row* find_row(std::string_view code) {
  const auto* const found =
      std::find_if(kRows.begin(), kRows.end(), [code](const Row& row) { return row.code == code; });
  return found == kRows.end() ? nullptr : found;
}

std::string spaced_bytes(std::string_view text) {
  std::string out;
  const auto hex = hex_encode(text);
  for (std::size_t at = 0; at < hex.size(); at += 2)
    out.append(out.empty() ? "" : " ").append(hex, at, 2);
  return out;
}

std::string_view header_of(const Response& response, std::string_view name) {
  for (const auto& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

Response signature_mismatch(const Request& request, const SignatureCheck& check) {
  return s3_error(request, "SignatureDoesNotMatch",
                  {{"AWSAccessKeyId", check.claim.key_id},
                   {"StringToSign", check.text.string_to_sign},
                   {"SignatureProvided", check.claim.signature},
                   {"StringToSignBytes", spaced_bytes(check.text.string_to_sign)},
                   {"CanonicalRequest", check.text.canonical_request},
                   {"CanonicalRequestBytes", spaced_bytes(check.text.canonical_request)}});
}

}  // namespace

int s3_status_of(std::string_view code) {
  const auto* const row = find_row(code);
  return row == nullptr ? 400 : row->status;
}

void add_s3_headers(const Request& request, Response& response) {
  const auto digest = hex_encode(
      sha256(request.target + std::string(request.header("Authorization").value_or(""))));
  response.headers.push_back({"Server", "AmazonS3"});
  response.headers.push_back({"x-amz-request-id", digest.substr(0, 16)});
  response.headers.push_back({"x-amz-id-2", digest.substr(16, 44) + "="});
}

Response s3_error(const Request& request, std::string_view code, const ErrorDetails& details,
                  int status) {
  const auto* const row = find_row(code);
  Response response =
      text_response(status != 0 ? status : s3_status_of(code), "", "application/xml");
  add_s3_headers(request, response);
  std::string body(kXmlHead);
  body += "<Error>";
  add_element(body, "Code", code);
  add_element(body, "Message", row == nullptr ? code : row->message);
  for (const auto& [name, text] : details)
    add_element(body, name, text);
  add_element(body, "Resource", request.path);
  add_element(body, "RequestId", header_of(response, "x-amz-request-id"));
  add_element(body, "HostId", header_of(response, "x-amz-id-2"));
  body += "</Error>";
  if (request.method == "HEAD") body.clear();
  response.body.text = std::make_shared<const std::string>(std::move(body));
  return response;
}

Response s3_signature_error(const Request& request, const SignatureCheck& check, TimePoint now) {
  switch (check.fault) {
    case SignatureFault::malformed:
    case SignatureFault::other_service:
      return s3_error(request, "AuthorizationHeaderMalformed");
    case SignatureFault::skewed:
      return s3_error(request, "RequestTimeTooSkewed",
                      {{"RequestTime", check.time},
                       {"ServerTime", format_time_seconds(now) + "Z"},
                       {"MaxAllowedSkewMilliseconds", "900000"}});
    case SignatureFault::unknown_key:
      return s3_error(request, "InvalidAccessKeyId", {{"AWSAccessKeyId", check.claim.key_id}});
    case SignatureFault::no_payload_hash:
      return s3_error(request, "InvalidRequest");
    case SignatureFault::payload_differs:
      return s3_error(request, "XAmzContentSHA256Mismatch");
    case SignatureFault::wrong:
      return signature_mismatch(request, check);
    case SignatureFault::none:
    case SignatureFault::missing:
    case SignatureFault::no_time:
    case SignatureFault::headers_unsigned:
      break;
  }
  return s3_error(request, "AccessDenied");
}

}  // namespace cistern::lab
