#include "connectors/microsoft_365/doctor_login.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/error_table.hpp"
#include "connectors/microsoft_365/messages.hpp"

#include <algorithm>
#include <variant>

namespace cistern::connectors::microsoft_365::doctor {

using runtime::ProbeResult;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr Duration kClockGood = seconds{2};  ///< A Date header names whole seconds.
constexpr Duration kClockWarning = seconds{60};
constexpr Duration kClockFailure = minutes{5};

void note_clock(Examination& at, const HttpResponse& response) {
  if (at.facts.clock_ahead) return;
  if (const auto date = server_time(response)) at.facts.clock_ahead = at.now - *date;
}

}  // namespace

ProbeResult configuration(const Examination& at) {
  const Settings& settings = at.settings;
  std::string seen = "login at " + settings.entra.login_url + ", content at " +
                     settings.machine.manage_url + ", signing in with a ";
  const auto* certificate = std::get_if<net::ClientCertificate>(&settings.entra.credential);
  if (certificate == nullptr) return passed(seen + "secret");
  const auto facts = net::inspect_certificate(certificate->certificate_pem);
  if (!facts) return failed(facts.error());
  if (facts->valid_until - at.now < kCertificateWarning) {
    return warned(messages::certificate_expires_soon(facts->valid_until, at.now));
  }
  return passed(seen + "certificate (thumbprint " + facts->sha1_thumbprint + ", valid until " +
                format_time_seconds(facts->valid_until) + "Z)");
}

ProbeResult login_host(Examination& at, const Answer& answer) {
  if (!answer) return failed(answer.error());
  note_clock(at, *answer);
  const std::string& configured = at.settings.machine.tenant;
  if (answer->status == 200) {
    const Result<std::string> guid = parse_openid(*answer);
    if (!guid) return with_evidence(failed(guid.error()), *answer);
    at.facts.tenant = *guid;
    const bool same = equal_ignoring_case(configured, *guid);
    return with_evidence(
        passed("reachable" + (same ? std::string{} : "; " + configured + " is tenant " + *guid)),
        *answer);
  }
  const auto unknown = tenant_unknown(*answer, configured, at.settings.machine.login_url);
  // A GUID needs no resolving: the token request will say in better words what is wrong with it.
  if (unknown && is_guid(configured)) return with_evidence(passed("reachable"), *answer);
  if (unknown) return with_evidence(failed(*unknown), *answer);
  return with_evidence(failed(to_failure(interpret_error(*answer), "resolving the tenant's name")),
                       *answer);
}

ProbeResult management_host(Examination& at, const Answer& answer) {
  if (!answer) return failed(answer.error());
  note_clock(at, *answer);
  const ApiError error = interpret_error(*answer);
  const bool of_the_api = answer->status == 401 || row_of_code(error.vendor_code) != nullptr;
  if (of_the_api) {
    return with_evidence(passed("reachable; without a token it answers " +
                                std::to_string(answer->status) + ", as it should"),
                         *answer);
  }
  if (answer->status >= 200 && answer->status < 300) {
    return with_evidence(failed(unreadable_answer(*answer, "a refusal, as no token was sent")),
                         *answer);
  }
  return with_evidence(failed(to_failure(error, "asking the management host without a token")),
                       *answer);
}

ProbeResult clock(const Examination& at) {
  if (!at.facts.clock_ahead) return left_aside("the vendor's answers carry no time");
  const Duration ahead = *at.facts.clock_ahead;
  const Duration off = std::chrono::abs(ahead);
  if (off <= kClockGood) return passed("this machine's clock agrees with the vendor's");
  if (off <= kClockWarning) {
    return passed("this machine is " + format_duration(std::chrono::floor<seconds>(off)) +
                  (ahead > Duration{0} ? " ahead of" : " behind") + " the vendor");
  }
  Failure failure = messages::clock_skew(std::chrono::floor<seconds>(ahead));
  if (off <= kClockFailure) {
    failure.consequence = "nothing fails yet; logins with a certificate are refused from 5 minutes";
    return warned(failure);
  }
  failure.consequence += "; logins with a certificate may be refused";
  return failed(failure);
}

ProbeResult token(Examination& at, const Answer& answer) {
  if (!answer) return failed(answer.error());
  Result<net::Token> token = net::parse_token_response(*answer, at.settings.entra, at.now);
  if (!token) return with_evidence(failed(token.error()), *answer);
  at.facts.token = std::move(*token);
  const TimePoint expires = at.facts.token->grant.expires;
  return with_evidence(passed("issued, valid until " + format_time_seconds(expires) + "Z"),
                       *answer);
}

ProbeResult tenant(const Examination& at) {
  const std::string& of_token = at.facts.token->grant.tenant;
  if (!is_guid(of_token)) return left_aside("the token names no tenant");
  if (equal_ignoring_case(of_token, at.facts.tenant)) return passed(lower_case(of_token));
  return failed(messages::tenant_mismatch(at.facts.tenant, of_token));
}

ProbeResult cloud(const Examination& at) {
  const std::string& audience = at.facts.token->grant.audience;
  const auto origin = url_origin(audience);
  if (!origin) return left_aside("the token names no host that it is meant for");
  const std::string& wanted = at.settings.machine.manage_url;
  if (origin == url_origin(wanted)) return passed("the token is meant for " + *origin);
  return failed(messages::audience_mismatch(wanted, audience));
}

ProbeResult role_read(const Examination& at) {
  if (at.holds("ActivityFeed.Read")) return passed("granted");
  return failed(messages::role_missing("ActivityFeed.Read", at.facts.token->grant.roles));
}

ProbeResult role_read_dlp(const Examination& at) {
  const auto& types = at.settings.machine.content_types;
  if (std::find(types.begin(), types.end(), kDlp) == types.end()) {
    return left_aside("DLP.All is not in content_types");
  }
  if (at.holds("ActivityFeed.ReadDlp")) return passed("granted");
  if (!at.settings.machine.dlp_required) return warned(messages::dlp_left_out());
  return failed(messages::role_missing("ActivityFeed.ReadDlp", at.facts.token->grant.roles));
}

}  // namespace cistern::connectors::microsoft_365::doctor
