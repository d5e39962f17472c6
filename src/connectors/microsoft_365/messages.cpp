#include "connectors/microsoft_365/messages.hpp"

#include "base/bytes.hpp"

namespace cistern::connectors::microsoft_365::messages {

namespace {

constexpr std::string_view kSearch =
    "search this interval in the Purview portal > Audit (records stay there for 180 days or "
    "longer, by "
    "licence)";

std::string text(std::string_view view) {
  return std::string(view);
}

std::string interval(const Interval& window) {
  return format_time(window.from) + " to " + format_time(window.to);
}

std::string blob_name(const BlobRef& blob) {
  return "\"" + excerpt(blob.id, 160) + "\" (available since " + format_time(blob.created) + ")";
}

}  // namespace

Failure tenant_mismatch(std::string_view configured, std::string_view of_token) {
  return {.verdict = Verdict::stop,
          .code = "microsoft_365/tenant-mismatch",
          .cause = "the token was issued for tenant " + excerpt(of_token, 64) +
                   ", the configuration names " + text(configured),
          .consequence = "nothing is collected; unread content is kept by Microsoft for 7 days",
          .next_step =
              "set `tenant` to the directory (tenant) ID on the Overview page of the app that "
              "client_id names, then `cistern check`"};
}

Failure audience_mismatch(std::string_view wanted, std::string_view of_token) {
  return {
      .verdict = Verdict::stop,
      .code = "microsoft_365/audience-mismatch",
      .cause = "the token is meant for " + excerpt(of_token, 120) + ", not for " + text(wanted),
      .consequence = "nothing is collected; unread content is kept by Microsoft for 7 days",
      .next_step =
          "set `cloud` to the cloud the tenant lives in (commercial, gcc, gcc_high, dod, china), "
          "or correct manage_url"};
}

Failure role_missing(std::string_view role, const std::vector<std::string>& roles) {
  std::string held;
  for (const std::string& one : roles)
    held += (held.empty() ? "" : ", ") + one;
  std::string cause = "the token does not hold the role " + text(role);
  std::string hint;
  if (roles.empty()) {
    cause += "; it holds none at all";
    hint =
        "; if it is listed there already, it is a Delegated one, or the consent has not been "
        "granted (Status must show a green mark)";
  } else if (roles.size() == 1 && roles.front() == "ServiceHealth.Read") {
    cause += "; it holds ServiceHealth.Read alone, which belongs to a retired interface";
    hint = "; ServiceHealth.Read is not needed and may be removed";
  } else {
    cause += " (it holds: " + excerpt(held, 200) + ")";
    hint = "; a Delegated permission does not help a daemon";
  }
  return {.verdict = Verdict::stop,
          .code = "microsoft_365/role-missing",
          .cause = std::move(cause),
          .consequence =
              "what needs this role is not collected; unread content is kept by Microsoft for "
              "7 days",
          .next_step =
              "in the portal, App registrations > your app > API permissions: add the "
              "Application permission " +
              text(role) + " of Office 365 Management APIs and press \"Grant admin consent\"" +
              hint + "; it is checked again every 15 minutes"};
}

Failure dlp_left_out() {
  return {.verdict = Verdict::stop,
          .code = "microsoft_365/dlp-left-out",
          .cause = "the token does not hold the role ActivityFeed.ReadDlp",
          .consequence = "DLP.All is left out, the other content types are collected",
          .next_step =
              "to collect it, add the Application permission ActivityFeed.ReadDlp of Office 365 "
              "Management APIs and press \"Grant admin consent\"; otherwise list "
              "`content_types` without DLP.All"};
}

Failure webhook_broken(std::string_view content_types, std::string_view status) {
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/webhook",
          .cause = "the webhook that is registered for " + text(content_types) + " is " +
                   excerpt(status, 40),
          .consequence =
              "cistern asks by itself and misses nothing; the program that registered the webhook "
              "for this application is told nothing any more",
          .next_step =
              "if that program is still in use, repair its receiver and let it start the "
              "subscription again; give cistern an app registration of its own"};
}

namespace {

constexpr std::string_view kStillPolled =
    "nothing is missed: content is found by polling, every `poll_interval`";

constexpr std::string_view kReach =
    "make sure that the address can be reached from the Internet (Azure service tag "
    "M365ManagementActivityApiWebhook) and shows a certificate of a public authority for its name; "
    "`cistern doctor` asks it";

Failure webhook_trouble(std::string_view code, std::string cause, std::string next_step) {
  return {.verdict = Verdict::retry,
          .code = text(code),
          .cause = std::move(cause),
          .consequence = text(kStillPolled),
          .next_step = std::move(next_step)};
}

}  // namespace

Failure webhook_refused(std::string_view content_types, std::string_view address,
                        std::string_view vendor_words) {
  return webhook_trouble("microsoft_365/webhook-refused",
                         "the vendor did not accept the webhook " + excerpt(address, 200) +
                             " for " + text(content_types) + ": " + text(vendor_words),
                         text(kReach) + "; it is registered again every 15 minutes");
}

Failure webhook_disabled(std::string_view content_types, std::string_view address) {
  return webhook_trouble("microsoft_365/webhook-disabled",
                         "the vendor has disabled the webhook " + excerpt(address, 200) + " for " +
                             text(content_types) +
                             ", because too many notifications were not answered with 200",
                         text(kReach) +
                             "; cistern enables it again by itself, at most every 15 "
                             "minutes");
}

Failure webhook_expired(std::string_view content_types, std::string_view address) {
  return webhook_trouble(
      "microsoft_365/webhook-expired",
      "the registration of the webhook " + excerpt(address, 200) + " for " + text(content_types) +
          " has expired, because cistern did not run when it was to be renewed",
      "nothing while `cistern run` runs: it registers it again, at most every 15 minutes");
}

Failure webhook_missing(std::string_view content_types, std::string_view address) {
  return webhook_trouble(
      "microsoft_365/webhook-missing",
      "the webhook " + excerpt(address, 200) + " is not registered for " + text(content_types),
      "nothing while `cistern run` runs: it registers the webhook with the next "
      "start of the subscription, at most every 15 minutes");
}

Failure webhook_silent(std::string_view address) {
  return webhook_trouble(
      "microsoft_365/webhook-silent",
      "the webhook " + excerpt(address, 200) +
          " is registered and enabled, yet content became available for an hour without a "
          "notification",
      "see whether a firewall or proxy before this machine drops the vendor's calls; `cistern "
      "status` counts what was refused; " +
          text(kReach));
}

Failure webhook_not_listening(std::string_view address, const Failure& why) {
  return webhook_trouble(
      "microsoft_365/webhook-listen",
      "nobody listens for notifications on " + excerpt(address, 100) + ": " + why.cause,
      why.next_step + "; it is tried again every minute");
}

Failure webhook_unreachable(std::string_view address, std::string_view seen) {
  return webhook_trouble("microsoft_365/webhook-unreachable",
                         "asked from this machine, " + excerpt(address, 200) +
                             " does not answer as cistern does: " + text(seen),
                         "start `cistern run` if it does not run; check `webhook_listen`, the "
                         "reverse proxy or port forwarding before it, and the name in DNS; where "
                         "this machine cannot reach its own public address, ask it from outside: "
                         "`curl -X POST " +
                             excerpt(address, 200) + "` must be answered with 403");
}

Failure webhook_works(std::string_view code) {
  return {.verdict = Verdict::retry,
          .code = text(code),
          .cause = "the webhook works",
          .consequence = {},
          .next_step = {}};
}

Failure no_content() {
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/no-content",
          .cause =
              "auditing is not reported as off, and no content became available in the last "
              "24 hours",
          .consequence =
              "auditing or the subscriptions were switched on less than a day ago (the first "
              "content can take 12 hours), or the tenant has no licence with audit, or nobody did "
              "anything",
          .next_step =
              "run `cistern doctor` again tomorrow; meanwhile see whether Purview portal > Audit > "
              "Search finds any event, and whether Microsoft 365 admin center > Billing > Licenses "
              "lists a plan with audit (Microsoft 365 or Office 365 E3, E5, Business Basic, "
              "Standard, Premium)"};
}

Failure content_came() {
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/no-content",
          .cause = "the vendor offers content",
          .consequence = {},
          .next_step = {}};
}

Failure certificate_expires_soon(TimePoint valid_until, TimePoint now) {
  return {.verdict = Verdict::retry,
          .code = "entra/certificate-expires",
          .cause = "the certificate expires at " + format_time(valid_until) + ", in " +
                   format_duration(std::chrono::floor<std::chrono::hours>(valid_until - now)),
          .consequence = "from then on every login is refused",
          .next_step =
              "make a new certificate, upload it beside the old one under App registrations > your "
              "app > Certificates & secrets, and name it as `certificate`"};
}

Failure clock_skew(Duration ahead) {
  const bool fast = ahead > Duration{0};
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/clock-skew",
          .cause = "this machine's clock is " + format_duration(fast ? ahead : -ahead) +
                   (fast ? " ahead of" : " behind") + " the vendor's",
          .consequence =
              "windows follow the vendor's clock, so nothing is missed; `received` times in "
              "the store are as wrong as the clock",
          .next_step = "set the clock: `timedatectl set-ntp true`"};
}

Failure clock_right() {
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/clock-skew",
          .cause = "this machine's clock agrees with the vendor's again",
          .consequence = {},
          .next_step = {}};
}

Failure foreign_link(std::string_view content_type, std::string_view host, std::string_view ours) {
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/foreign-link",
          .cause = "a link in a listing of " + text(content_type) + " leads to " +
                   excerpt(host, 120) + " instead of " + text(ours),
          .consequence =
              "the link was not followed, because the request would carry the token; the window "
              "is listed again later and holds the watermark",
          .next_step =
              "check manage_url and `cloud`; if both are right, something between this machine and "
              "Microsoft changes answers"};
}

Failure unreadable_items(std::string_view content_type, std::size_t count) {
  return {
      .verdict = Verdict::retry,
      .code = "microsoft_365/unreadable-items",
      .cause = std::to_string(count) + " items in a listing of " + text(content_type) +
               " name no content that could be fetched",
      .consequence =
          "the other items are collected; the window is listed again later and holds the "
          "watermark",
      .next_step = "if it stays so, report it to the project together with the vendor's answer"};
}

Failure paging_loop(std::string_view content_type, const Interval& window, std::size_t pages) {
  return {
      .verdict = Verdict::retry,
      .code = "microsoft_365/paging-loop",
      .cause = "the listing of " + text(content_type) + " from " + interval(window) +
               " came to no end after " + std::to_string(pages) + " pages",
      .consequence =
          "what the pages named is collected; the window is listed again in smaller parts "
          "and holds the watermark",
      .next_step = "if it stays so, open a support ticket with Microsoft and quote this message"};
}

Failure window_lost(std::string_view content_type, const Interval& window) {
  return {.verdict = Verdict::set_aside,
          .code = "microsoft_365/window-lost",
          .cause = text(content_type) + " content that became available from " + interval(window) +
                   " was not listed within 7 days and is offered no more",
          .consequence = "its events are missing in the store; the ledger names the interval",
          .next_step = text(kSearch)};
}

Failure blob_lost(std::string_view content_type, const BlobRef& blob, std::string_view reason) {
  return {.verdict = Verdict::set_aside,
          .code = "microsoft_365/blob-lost",
          .cause = text(content_type) + " content " + blob_name(blob) +
                   " cannot be read any more: " + text(reason),
          .consequence = "its events are missing in the store; the ledger names it",
          .next_step = text(kSearch)};
}

Failure blobs_lost(std::string_view content_type, std::size_t count, const Interval& between) {
  return {.verdict = Verdict::set_aside,
          .code = "microsoft_365/blob-lost",
          .cause = std::to_string(count) + " more contents of " + text(content_type) +
                   ", available from " + interval(between) + ", cannot be read any more",
          .consequence = "their events are missing in the store; `cistern coverage` names each",
          .next_step = text(kSearch)};
}

Failure asked_again(std::string_view content_type, std::size_t count) {
  const std::string what = count == 0 ? "events" : std::to_string(count) + " contents";
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/asked-again",
          .cause = "the store lost " + what + " of " + text(content_type) + " that had been stored",
          .consequence =
              "the last 7 days are listed again, and what is gone is fetched again; what "
              "the vendor does not offer any more becomes a gap in `cistern coverage`",
          .next_step = "check the disk of the store"};
}

Failure all_asked_again() {
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/asked-again",
          .cause = "what the store had lost is stored again, or a gap in `cistern coverage`",
          .consequence = {},
          .next_step = {}};
}

Failure blob_too_large(std::string_view content_type, const BlobRef& blob, std::uint64_t limit) {
  return {.verdict = Verdict::set_aside,
          .code = "microsoft_365/blob-too-large",
          .cause = text(content_type) + " content " + blob_name(blob) +
                   " is larger than max_blob (" + std::to_string(limit >> 20) + " MiB)",
          .consequence =
              "its events are not collected and hold the watermark; the other contents go on",
          .next_step = "raise max_blob (and give the process the memory) before " +
                       (blob.expires == TimePoint{} ? std::string{"the content expires"}
                                                    : format_time(blob.expires)) +
                       "; it is tried again every hour"};
}

Failure blob_unfinished(std::string_view content_type, const BlobRef& blob) {
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/blob-unfinished",
          .cause = text(content_type) + " content " + blob_name(blob) +
                   " did not arrive as a whole list of records",
          .consequence =
              "nothing was taken from it; it is fetched again, and holds the watermark meanwhile",
          .next_step = "if it stays so: a proxy or gateway may be answering in Microsoft's place"};
}

Failure other_tenant(std::string_view before, std::string_view now) {
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/other-tenant",
          .cause = "this connector collected tenant " + excerpt(before, 64) +
                   " before, and the configuration now names " + text(now),
          .consequence =
              "its position is of no use for the new tenant: collecting starts like a first "
              "start",
          .next_step =
              "if that was not meant, restore `tenant`; give each tenant a connector of its own"};
}

}  // namespace cistern::connectors::microsoft_365::messages
