// The rows themselves: what the vendor says, and what a person does about it.
#include "connectors/microsoft_365/error_table.hpp"

#include <array>

namespace cistern::connectors::microsoft_365 {

using std::chrono::minutes;

namespace {

constexpr std::string_view kOurBug =
    "this is a fault of cistern: please report it with this message; it is tried again every hour";
constexpr std::string_view kTypeStops = "this content type is not collected; the others go on";
constexpr std::string_view kTenantStops =
    "nothing of this tenant is collected; unread content is kept by Microsoft for 7 days";
constexpr std::string_view kAskedAgain = "no position moved; it is asked again with growing delays";

constexpr std::string_view kPolledAnyway =
    "content is found by polling, as without a webhook; the registration is repeated every 15 "
    "minutes";

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
    ErrorRow{"AF20003", Fate::webhook, "microsoft_365/webhook-refused",
             "the expiration of our webhook lies in the vendor's past", kPolledAnyway,
             "set this machine's clock: `timedatectl set-ntp true`"},
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
    ErrorRow{"AF20021", Fate::webhook, "microsoft_365/webhook-refused",
             "the vendor called the webhook's address and was not answered with 200", kPolledAnyway,
             "run `cistern doctor`, which calls the address as well; it must be reachable from the "
             "Internet (Azure service tag M365ManagementActivityApiWebhook) and show a certificate "
             "of a public authority for the name in `webhook_url`"},
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

}  // namespace

std::span<const ErrorRow> error_rows() {
  return kRows;
}

const ErrorRow* row_of_code(std::string_view vendor_code) {
  for (const ErrorRow& row : kRows) {
    if (row.vendor_code == vendor_code) return &row;
  }
  return nullptr;
}

const ErrorRow& auditing_off_row() {
  return kAuditingOff;
}

const ErrorRow& row_of_status(int status) {
  if (status == 401) return kUnauthorized;
  if (status == 404 || status == 410) return kNotFound;
  if (status == 429) return kThrottledByStatus;
  if (status == 403) return kForbidden;
  if (status == 408 || status >= 500) return kOutage;
  if (status >= 300 && status < 400) return kRedirect;
  return kUnknown;
}

}  // namespace cistern::connectors::microsoft_365
