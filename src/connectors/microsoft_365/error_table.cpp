#include "connectors/microsoft_365/error_table.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <array>
#include <optional>

#include <boost/json.hpp>

namespace cistern::connectors::microsoft_365 {

namespace json = boost::json;
using std::chrono::minutes;

namespace {

constexpr std::string_view kOurBug =
    "this is a fault of cistern: please report it with this message; it is tried again every hour";
constexpr std::string_view kTypeStops = "this content type is not collected; the others go on";
constexpr std::string_view kTenantStops =
    "nothing of this tenant is collected; unread content is kept by Microsoft for 7 days";
constexpr std::string_view kAskedAgain = "no position moved; it is asked again with growing delays";

constexpr std::array kRows{
    ErrorRow{
        "AF10001", Fate::refused, "microsoft_365/permission-missing",
        "the token holds no permission for this content (the set is in the parentheses)",
        kTypeStops,
        "in the portal, App registrations > your app > API permissions: add Office 365 Management "
        "APIs > Application permissions (not Delegated) > ActivityFeed.Read, for DLP.All also "
        "ActivityFeed.ReadDlp, then press \"Grant admin consent\"; it is checked again every 15 "
        "minutes",
        minutes{15}},
    ErrorRow{"AF20001", Fate::stop_type, "microsoft_365/request-refused",
             "the vendor misses a parameter in the request", kTypeStops, kOurBug, minutes{60}},
    ErrorRow{
        "AF20002", Fate::stop_type, "microsoft_365/request-refused",
        "the vendor cannot read a parameter of the request", kTypeStops,
        "check publisher_identifier in the configuration: it must be a GUID; otherwise this is a "
        "fault of cistern, please report it; it is tried again every hour",
        minutes{60}},
    ErrorRow{
        "AF20003", Fate::stop_type, "microsoft_365/webhook",
        "the expiration of a webhook lies in the past", kTypeStops,
        "remove the webhook that another program registered for this app; it is tried again every "
        "hour",
        minutes{60}},
    ErrorRow{
        "AF20010", Fate::stop_tenant, "microsoft_365/tenant-mismatch",
        "the tenant in the request differs from the token's tenant", kTenantStops,
        "set `tenant` to the directory (tenant) ID shown on the app's Overview page, then `cistern "
        "check`",
        minutes{60}},
    ErrorRow{"AF20011", Fate::stop_tenant, "microsoft_365/tenant-unknown",
             "the tenant does not exist for this service, or was deleted", kTenantStops,
             "check `tenant` and `cloud`; if both are right, switch unified auditing on (Purview "
             "portal > "
             "Audit > Start recording) and wait up to 60 minutes",
             minutes{15}},
    ErrorRow{
        "AF20012", Fate::stop_tenant, "microsoft_365/tenant-misconfigured",
        "the tenant is configured wrongly inside Microsoft's service", kTenantStops,
        "open a support ticket with Microsoft and quote this message; it is tried again every hour",
        minutes{60}},
    ErrorRow{"AF20013", Fate::stop_tenant, "microsoft_365/tenant-not-guid",
             "the tenant in the request is not a GUID", kTenantStops,
             "set `tenant` to the directory (tenant) ID shown on the app's Overview page",
             minutes{60}},
    ErrorRow{"AF20020", Fate::stop_type, "microsoft_365/content-type-refused",
             "the vendor does not know this content type (in some clouds one is missing)",
             kTypeStops,
             "remove it from `content_types`, or check `cloud`; it is tried again every hour",
             minutes{60}},
    ErrorRow{
        "AF20021", Fate::stop_type, "microsoft_365/webhook", "a webhook could not be validated",
        kTypeStops,
        "remove the webhook that another program registered for this app; it is tried again every "
        "hour",
        minutes{60}},
    ErrorRow{"AF20022", Fate::start, "microsoft_365/not-subscribed",
             "there is no subscription for this content type",
             "content becomes available only while a subscription exists",
             "nothing: the subscription is started, at most once in 15 minutes"},
    ErrorRow{
        "AF20023", Fate::disabled, "microsoft_365/subscription-disabled",
        "the subscription was disabled: somebody stopped it, or auditing was switched off",
        "content that becomes available meanwhile is not offered later",
        "check that no other program stops the subscription, and that unified auditing is on; the "
        "start is repeated every 15 minutes"},
    ErrorRow{"AF20024", Fate::success, "microsoft_365/already-enabled",
             "the subscription is already enabled", "none", "nothing"},
    ErrorRow{"AF20030", Fate::window, "microsoft_365/window-refused",
             "the vendor refuses the time window", "no position moved; the window is clamped again",
             "check this machine's clock (`timedatectl`): it must be within 5 minutes of UTC"},
    ErrorRow{"AF20031", Fate::relist, "microsoft_365/page-refused",
             "the vendor does not accept its own next-page link any more",
             "no position moved; the window is listed again from its start", "nothing"},
    ErrorRow{"AF20050", Fate::gone, "microsoft_365/blob-gone",
             "the content does not exist any more", "its events cannot be read through this feed",
             "search the interval in Purview > Audit, which keeps records for 180 days or longer"},
    ErrorRow{"AF20051", Fate::expired, "microsoft_365/blob-expired",
             "the content expired before it was fetched",
             "its events cannot be read through this feed",
             "search the interval in Purview > Audit, which keeps records for 180 days or longer"},
    ErrorRow{"AF20052", Fate::gone, "microsoft_365/blob-refused",
             "the vendor does not accept its own content link",
             "its events cannot be read through this feed",
             "check that no proxy rewrites `$` in URLs; search the interval in Purview > Audit"},
    ErrorRow{"AF20053", Fate::stop_type, "microsoft_365/request-refused",
             "the vendor refuses the Accept-Language header (several languages)", kTypeStops,
             kOurBug, minutes{60}},
    ErrorRow{"AF20054", Fate::stop_type, "microsoft_365/request-refused",
             "the vendor cannot read the Accept-Language header", kTypeStops, kOurBug, minutes{60}},
    ErrorRow{"AF20055", Fate::window, "microsoft_365/window-refused",
             "the vendor refuses the time window (24 hours, 7 days back, start before end)",
             "no position moved; the window is clamped again by the vendor's clock",
             "check this machine's clock (`timedatectl`): it must be within 5 minutes of UTC"},
    ErrorRow{
        "AF429", Fate::throttled, "microsoft_365/throttled",
        "too many requests for this tenant and publisher", "collecting goes on more slowly",
        "if it stays so, lower requests_per_minute, or ask Microsoft support to raise the limit"},
    ErrorRow{"AF50000", Fate::retry, "microsoft_365/vendor-error", "internal error at Microsoft",
             kAskedAgain, "nothing at first; after a day open a support ticket with Microsoft"},
    ErrorRow{"AF50005", Fate::retry, "microsoft_365/vendor-error", "internal error at Microsoft",
             kAskedAgain, "nothing at first; after a day open a support ticket with Microsoft"},
    ErrorRow{"AF50006", Fate::retry, "microsoft_365/vendor-error", "internal error at Microsoft",
             kAskedAgain, "nothing at first; after a day open a support ticket with Microsoft"},
};

constexpr ErrorRow kAuditingOff{
    "",
    Fate::auditing_off,
    "microsoft_365/auditing-off",
    "unified auditing is off in this tenant, or was switched on less than an hour ago (new "
    "tenants: "
    "longer)",
    "Microsoft records nothing meanwhile, so there is nothing to collect",
    "Purview portal > Audit > Start recording user and admin activity, or in Exchange Online "
    "PowerShell "
    "`Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true`; it is checked again every "
    "15 "
    "minutes",
    minutes{15}};

constexpr ErrorRow kUnauthorized{"",
                                 Fate::renew,
                                 "microsoft_365/token-refused",
                                 "the token was refused (expired, wrong audience or wrong tenant)",
                                 kTypeStops,
                                 "check `cloud` and `tenant`, and the Application permission "
                                 "ActivityFeed.Read with admin consent; run "
                                 "`cistern doctor`; it is checked again every 15 minutes",
                                 minutes{15}};

constexpr ErrorRow kNotFound{"",
                             Fate::gone,
                             "microsoft_365/not-found",
                             "the address does not exist",
                             kAskedAgain,
                             "check manage_url and `cloud`, and that no proxy answers 404"};

constexpr ErrorRow kThrottledByStatus{
    "",
    Fate::throttled,
    "microsoft_365/throttled",
    "too many requests",
    "collecting goes on more slowly",
    "if it stays so, lower requests_per_minute, or ask Microsoft support to raise the limit"};

constexpr ErrorRow kOutage{"",
                           Fate::retry,
                           "microsoft_365/vendor-unavailable",
                           "the service is not available just now",
                           kAskedAgain,
                           "nothing; see the service health page of Microsoft 365 if it lasts"};

constexpr ErrorRow kForbidden{"",
                              Fate::retry,
                              "microsoft_365/forbidden",
                              "the request was forbidden, without a code of the API",
                              kAskedAgain,
                              "a proxy, a firewall or Conditional Access may stand between: allow "
                              "the hosts of manage_url and "
                              "login_url for this machine"};

constexpr ErrorRow kRedirect{
    "",
    Fate::retry,
    "microsoft_365/redirected",
    "the answer points to another address, which is not followed because the request holds a token",
    kAskedAgain,
    "check manage_url and `cloud`, and that no proxy asks for a login"};

constexpr ErrorRow kUnknown{"",
                            Fate::retry,
                            "microsoft_365/unknown-answer",
                            "an answer that this version does not know",
                            kAskedAgain,
                            "if it stays so, report this message to the project"};

const ErrorRow* find_row(std::string_view code) {
  for (const ErrorRow& row : kRows) {
    if (row.vendor_code == code) return &row;
  }
  return nullptr;
}

/// The first "AF" with 3 to 5 digits, for bodies that are not JSON.
std::string find_code(std::string_view text) {
  for (std::size_t at = text.find("AF"); at != std::string_view::npos;
       at = text.find("AF", at + 1)) {
    std::size_t end = at + 2;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9')
      ++end;
    const std::size_t digits = end - at - 2;
    if (digits >= 3 && digits <= 5) return std::string(text.substr(at, end - at));
  }
  return {};
}

std::string member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

struct Words {
  std::string code;
  std::string message;
};

/// {"error":{"code","message"}} and {"Message":...}; nothing when the body is something else.
std::optional<Words> json_words(std::string_view body) {
  json::parse_options options;
  options.max_depth = 32;
  boost::system::error_code failed;
  const json::value value = json::parse({body.data(), body.size()}, failed, {}, options);
  const json::object* object = failed ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  const json::value* error = object->if_contains("error");
  if (error != nullptr && error->is_object()) {
    return Words{member(error->get_object(), "code"), member(error->get_object(), "message")};
  }
  for (const std::string_view key : {"Message", "message", "error_description"}) {
    if (std::string text = member(*object, key); !text.empty()) return Words{{}, std::move(text)};
  }
  return std::nullopt;
}

/// With auditing off `error.code` is no code but a sentence, and the message names the exception.
bool says_auditing_off(std::string_view text) {
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  return has("DataServiceException") && has("does not exist");
}

const ErrorRow& row_by_status(int status) {
  if (status == 401) return kUnauthorized;
  if (status == 404 || status == 410) return kNotFound;
  if (status == 429) return kThrottledByStatus;
  if (status == 403) return kForbidden;
  if (status == 408 || status >= 500) return kOutage;
  if (status >= 300 && status < 400) return kRedirect;
  return kUnknown;
}

Verdict verdict_of(Fate fate) {
  switch (fate) {
    case Fate::renew:
      return Verdict::renew_credentials;
    case Fate::refused:
    case Fate::stop_type:
    case Fate::stop_tenant:
    case Fate::auditing_off:
      return Verdict::stop;
    case Fate::gone:
    case Fate::expired:
      return Verdict::set_aside;
    case Fate::success:
    case Fate::start:
    case Fate::disabled:
    case Fate::window:
    case Fate::relist:
    case Fate::throttled:
    case Fate::retry:
      return Verdict::retry;
  }
  return Verdict::retry;
}

}  // namespace

std::span<const ErrorRow> error_rows() {
  return kRows;
}

ApiError interpret_error(const HttpResponse& response) {
  constexpr std::size_t kLooked = 64 * 1024;
  constexpr std::size_t kMessage = 400;
  const std::string_view body = std::string_view{response.body}.substr(0, kLooked);
  ApiError out;
  out.status = response.status;
  const std::optional<Words> words = json_words(body);
  out.message = words ? excerpt(words->message, kMessage) : describe_answer(response);
  if (says_auditing_off(body)) {
    out.row = &kAuditingOff;
    out.vendor_code = words ? excerpt(words->code, 120) : std::string{};
    return out;
  }
  out.vendor_code = words && find_row(words->code) != nullptr ? words->code : find_code(body);
  out.row = find_row(out.vendor_code);
  if (out.row == nullptr) out.row = &row_by_status(response.status);
  return out;
}

Failure to_failure(const ApiError& error, std::string_view what) {
  const ErrorRow& row = *error.row;
  std::string cause = std::string(what) + ": " + std::string(row.meaning) + " (status " +
                      std::to_string(error.status);
  if (!error.vendor_code.empty()) cause += ", " + error.vendor_code;
  cause += ")";
  if (!error.message.empty()) cause += ": " + error.message;
  return {.verdict = verdict_of(row.fate),
          .code = std::string(row.code),
          .cause = std::move(cause),
          .consequence = std::string(row.consequence),
          .next_step = std::string(row.next_step)};
}

}  // namespace cistern::connectors::microsoft_365
