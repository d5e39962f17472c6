#include "lab/entra/errors.hpp"

#include "base/random.hpp"
#include "codec/json.hpp"

#include <algorithm>
#include <array>

namespace cistern::lab {

namespace {

struct Row {
  unsigned number;
  int status;
  std::string_view error;
  std::string_view text;
};

constexpr std::array kRows = std::to_array<Row>({
    {50000, 400, "server_error", "There was an error issuing a token."},
    {50011, 400, "invalid_request", "The redirect URI does not match those of the application."},
    {50012, 401, "invalid_client", "Authentication failed; the assertion is not valid."},
    {50013, 401, "invalid_client", "Assertion failed audience validation: "},
    {50020, 400, "interaction_required", "The account does not exist in the tenant."},
    {50034, 400, "invalid_grant", "The user account does not exist in the directory."},
    {50048, 401, "invalid_client", "SubjectMismatchesIssuer: subject and issuer claims differ."},
    {50059, 400, "invalid_request", "No tenant-identifying information found in the request."},
    {50105, 400, "invalid_grant", "The application requires an assignment that is missing."},
    {50131, 400, "invalid_grant", "Blocked by a conditional access policy of the tenant."},
    {50194, 400, "invalid_request", "The application is not configured as multi-tenant."},
    {50196, 400, "invalid_grant",
     "The server terminated an operation because it encountered a client request loop."},
    {53003, 400, "invalid_grant",
     "Access has been blocked by Conditional Access policies. The access policy does not allow "
     "token issuance."},
    {530032, 400, "invalid_grant", "Blocked by a security policy of the tenant."},
    {65001, 400, "invalid_grant", "The administrator has not consented to use the application."},
    {650052, 400, "invalid_resource", "The organization has not subscribed to the service."},
    {650057, 400, "invalid_resource", "The resource is not listed in the requested permissions."},
    {700011, 400, "unauthorized_client", "Application was not found in the directory: "},
    {700016, 400, "unauthorized_client", "Application was not found in the directory: "},
    {700021, 401, "invalid_client", "Client assertion application identifier mismatch."},
    {700022, 400, "invalid_scope", "The scope names more than one resource: "},
    {700023, 400, "invalid_scope", "The scope names no resource: "},
    {700024, 401, "invalid_client", "Client assertion is not within its valid time range. "},
    {700025, 401, "invalid_client",
     "Client is public so neither a client assertion nor a secret should be presented."},
    {700027, 401, "invalid_client", "The certificate that signed the assertion is refused: "},
    {700030, 401, "invalid_client", "The subject name of the certificate is not authorized."},
    {7000112, 400, "unauthorized_client", "The application is disabled."},
    {7000215, 401, "invalid_client",
     "Invalid client secret provided. Ensure the secret being sent in the request is the client "
     "secret value, not the client secret ID, for a secret added to the application."},
    {7000218, 401, "invalid_client",
     "The request body must contain the following parameter: 'client_assertion' or "
     "'client_secret'."},
    {7000222, 401, "invalid_client", "The provided client secret keys are expired."},
    {70003, 400, "unsupported_grant_type", "The grant type is not supported: "},
    {70011, 400, "invalid_scope", "The provided value for scope is not valid: "},
    {90002, 400, "invalid_request",
     "Tenant was not found. Check that the tenant id is right and that the right cloud is "
     "used: "},
    {9001023, 400, "invalid_request",
     "The grant type is not supported over the /common or /consumers endpoints."},
    {900144, 400, "invalid_request", "The request body must contain the following parameter: "},
    {9002313, 400, "invalid_request", "Invalid request. Request is malformed or invalid. "},
    {900382, 400, "invalid_request",
     "Confidential client is not supported in cross-cloud request; the tenant lives in another "
     "national cloud."},
    {900432, 400, "invalid_request", "Confidential client is not supported in this cloud."},
    {900561, 400, "invalid_request", "The endpoint only accepts POST requests. Received: "},
    {90038, 400, "invalid_request", "The tenant is served by another national cloud."},
    {90055, 429, "temporarily_unavailable", "Tenant throttling: too many requests."},
    {901002, 400, "invalid_request", "The 'resource' request parameter is not supported."},
    {28002, 400, "invalid_scope", "The scope names a resource that does not exist."},
    {50001, 400, "invalid_resource", "The resource is disabled or does not exist."},
    {500133, 401, "invalid_client", "The assertion is not within its valid time range."},
    {50033, 503, "temporarily_unavailable", "A transient error has occurred. Please try again."},
    {50128, 400, "invalid_request", "Invalid domain name: no tenant-identifying information."},
    {65004, 400, "invalid_grant", "The administrator declined to consent to the application."},
    {65005, 400, "invalid_resource", "The application's required resources do not list this one."},
    {650056, 400, "invalid_resource", "The application is misconfigured: no permission is listed."},
    {70001, 400, "unauthorized_client", "The application is not found or disabled in the tenant."},
    {90006, 503, "temporarily_unavailable", "The external server is retryable."},
    {90008, 400, "invalid_grant", "The application must require access to the directory."},
    {90012, 503, "temporarily_unavailable", "The request has timed out."},
    {90014, 400, "invalid_request", "The required field is missing from the request."},
    {90019, 400, "invalid_request", "No tenant-identifying information found in the request."},
    {90024, 503, "temporarily_unavailable", "The request budget is exceeded: a transient error."},
    {90033, 503, "temporarily_unavailable", "The service is temporarily unavailable."},
    {90051, 400, "invalid_request", "The national cloud identifier is not valid."},
    {90090, 503, "temporarily_unavailable", "The service is temporarily unavailable."},
    {90094, 400, "invalid_grant", "Administrator consent is required."},
    {500011, 400, "invalid_resource", "The resource principal was not found in the tenant: "},
});

std::string timestamp(TimePoint now) {
  std::string text = format_time_seconds(now);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text + "Z";
}

}  // namespace

Response refusal_response(const TokenRefusal& refusal, TimePoint now) {
  const auto* const found = std::find_if(
      kRows.begin(), kRows.end(), [&](const Row& row) { return row.number == refusal.number; });
  const Row row = found != kRows.end()
                      ? *found
                      : Row{refusal.number, 400, "invalid_request", "The request was refused."};
  SystemRandom random;
  const auto trace = random_uuid(random);
  const auto correlation = random_uuid(random);
  const auto number = std::to_string(row.number);
  const auto time = timestamp(now);
  std::string description = "AADSTS" + number + ": " + std::string(row.text) + refusal.detail +
                            " Trace ID: " + trace + " Correlation ID: " + correlation +
                            " Timestamp: " + time;
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("error").string(row.error);
  writer.key("error_description").string(description);
  writer.key("error_codes").begin_array().number(std::uint64_t{row.number}).end_array();
  writer.key("timestamp").string(time);
  writer.key("trace_id").string(trace).key("correlation_id").string(correlation);
  writer.key("error_uri").string("https://login.microsoftonline.com/error?code=" + number);
  writer.end_object();
  return text_response(row.status, std::move(body));
}

}  // namespace cistern::lab
