#include "lab/cisco_duo/duo_api.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/cisco_duo/duo_answers.hpp"
#include "lab/cisco_duo/duo_signature.hpp"
#include "lab/lab.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace cistern::lab {

namespace {

constexpr std::string_view kAccountList = "/accounts/v1/account/list";
constexpr std::string_view kSummary = "/admin/v1/info/summary";
constexpr std::string_view kTrustMonitor = "/admin/v1/trust_monitor/events";
constexpr std::string_view kOldTelephony = "/admin/v1/logs/telephony";

// How far a request's date may be off; the exact number is not documented.
constexpr Duration kDateTolerance = std::chrono::minutes{5};

std::optional<DuoStream> stream_at(std::string_view path) {
  if (path == "/admin/v2/logs/authentication") return DuoStream::authentication;
  if (path == "/admin/v2/logs/activity") return DuoStream::activity;
  if (path == "/admin/v2/logs/telephony") return DuoStream::telephony;
  if (path == kOldTelephony) return DuoStream::telephony;
  if (path == "/admin/v1/logs/administrator") return DuoStream::administrator;
  if (path == "/admin/v1/logs/offline_enrollment") return DuoStream::offline_enrollment;
  if (path == kTrustMonitor) return DuoStream::trust_monitor;
  return std::nullopt;
}

std::string_view secret_of(std::string_view ikey) {
  const bool ours =
      ikey == kLabDuoIntegrationKey || ikey == kLabDuoNoReadLogKey || ikey == kLabDuoAccountsKey;
  return ours ? kLabDuoSecretKey : std::string_view{};
}

bool is_form(const Request& request) {
  return request.header("Content-Type")
      .value_or("")
      .starts_with("application/x-www-form-urlencoded");
}

// Parameters and body as the signature has them: those of a form are in the body.
DuoSigned signed_parts(const Request& request, std::string date) {
  DuoSigned parts;
  parts.date = std::move(date);
  parts.method = request.method;
  parts.host = request.base_url.substr(request.base_url.find("//") + 2);
  parts.path = request.path;
  parts.parameters = request.query;
  parts.headers = request.headers;
  if (is_form(request)) {
    if (auto form = parse_parameters(request.body)) parts.parameters = std::move(*form);
  } else {
    parts.body = request.body;
  }
  return parts;
}

}  // namespace

DuoApi::DuoApi(const DuoContentOptions& options, DuoSettings settings, const Clock& clock,
               std::function<TimePoint()> visible_until, Keep keep)
    : clock_(clock),
      visible_until_(std::move(visible_until)),
      keep_(std::move(keep)),
      content_(options),
      settings_(std::move(settings)) {}

bool DuoApi::serves(std::string_view path) {
  return path.starts_with("/admin/") || path.starts_with("/accounts/");
}

RequestFacts DuoApi::facts_of(const Request& request) {
  RequestFacts facts;
  facts.vendor = kDuoVendor;
  facts.operation = "unknown";
  if (request.path == kSummary) facts.operation = "summary";
  if (request.path == kAccountList) facts.operation = "accounts";
  if (const auto stream = stream_at(request.path)) facts.operation = to_string(*stream);
  if (request.path == kOldTelephony) facts.operation = "old_telephony";
  facts.tenant = std::string(request.parameter("account_id").value_or(""));
  return facts;
}

Response DuoApi::refusal(const Fault& fault) {
  unsigned code = 0;
  std::from_chars(fault.code.data(), fault.code.data() + fault.code.size(), code);
  if (code == 0) code = static_cast<unsigned>(fault.status) * 100 + 1;
  auto response = duo_error_as(fault.status, code, fault.body);
  if (fault.retry_after) {
    response.headers.push_back({"Retry-After", std::to_string(*fault.retry_after)});
  }
  response.delivery.delay = fault.delay;
  return response;
}

Response DuoApi::answer(const Request& request, const RequestFacts& facts) {
  const auto settings = this->settings();
  Caller caller;
  if (auto refused = check_caller(request, settings, caller)) return std::move(*refused);
  if (auto refused = check_rights(request, facts, settings, caller)) return std::move(*refused);
  if (!allows(caller, request, facts, settings.requests_per_minute)) return duo_error(42901);
  if (facts.operation == "accounts") return accounts(request);
  if (facts.operation == "summary") {
    return duo_answer(R"({"admin_count":3,"integration_count":9,"telephony_credits_remaining":960,)"
                      R"("user_count":16})",
                      request.accepts_gzip());
  }
  return log(request, caller, *stream_at(request.path));
}

// ---- who asks, and whether he may ----

DuoApi::Refused DuoApi::check_caller(const Request& request, const DuoSettings& settings,
                                     Caller& caller) const {
  const auto header = request.header("Authorization").value_or("");
  constexpr std::string_view scheme = "Basic ";
  if (!equal_ignoring_case(header.substr(0, scheme.size()), scheme)) return duo_error(40101);
  const auto pair = base64_decode(header.substr(scheme.size()));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return duo_error(40101);
  caller.ikey = pair->substr(0, colon);
  caller.accounts_api = caller.ikey == kLabDuoAccountsKey;
  if (secret_of(caller.ikey).empty()) return duo_error(40102);
  return check_signature(request, settings, caller, std::string_view(*pair).substr(colon + 1));
}

DuoApi::Refused DuoApi::check_signature(const Request& request, const DuoSettings& settings,
                                        const Caller& caller, std::string_view hmac) const {
  auto date = request.header("X-Duo-Date");
  if (!date) date = request.header("Date");
  if (!date) return duo_error(40104);
  const auto time = parse_mail_date(*date);
  const auto off = time ? clock_.now() - *time : Duration{0};
  if (!time || off > kDateTolerance || off < -kDateTolerance) return duo_error(40105);
  auto parts = signed_parts(request, std::string(*date));
  const auto secret = settings.secret_changed ? "reset" : secret_of(caller.ikey);
  if (duo_version_of(parts, hmac, secret)) return std::nullopt;
  // The vendor's own client signs the name without the port that it was told.
  parts.host.resize(std::min(parts.host.size(), parts.host.rfind(':')));
  if (!duo_version_of(parts, hmac, secret)) return duo_error(40103);
  return std::nullopt;
}

DuoApi::Refused DuoApi::check_rights(const Request& request, const RequestFacts& facts,
                                     const DuoSettings& settings, Caller& caller) const {
  if (facts.operation == "unknown") return duo_error(40401);
  const auto* const method = facts.operation == "accounts" ? "POST" : "GET";
  if (request.method != method) return duo_error(40501);
  if (settings.address_refused) {
    return duo_error(40301, "The address is not in the networks for API access.");
  }
  if ((facts.operation == "accounts") != caller.accounts_api && facts.tenant.empty()) {
    return duo_error(40301, "Wrong integration type for this API.");
  }
  if (!facts.tenant.empty()) {
    unsigned found = 0;
    for (unsigned number = 1; number <= content_.accounts(); ++number) {
      if (facts.tenant == lab_duo_account_id(number)) found = number;
    }
    if (found == 0) return duo_error(40002, "account_id");
    if (!caller.accounts_api && found != 1) {
      return duo_error(40301, "This integration has no child accounts.");
    }
    caller.account = found;
  }
  const bool may_read = settings.read_log && caller.ikey != kLabDuoNoReadLogKey;
  if (!may_read && facts.operation != "accounts") {
    return duo_error(40301, "The application lacks the permission to read logs.");
  }
  if (settings.forbidden.contains(facts.operation)) return duo_error(40301);
  if (settings.absent.contains(facts.operation)) return duo_error(40401);
  return std::nullopt;
}

bool DuoApi::allows(const Caller& caller, const Request& request, const RequestFacts& facts,
                    std::uint64_t per_minute) {
  const auto now = clock_.steady();
  const auto who = caller.ikey + "/" + facts.tenant + request.path;
  const bool allowed = per_minute == 0 || throttle_.allows(who, per_minute, now);
  const std::lock_guard lock(mutex_);
  auto& usage = usage_[request.path];
  if (usage.requests++ == 0) usage.first = now;
  usage.last = now;
  usage.throttled += allowed ? 0 : 1;
  return allowed;
}

Response DuoApi::accounts(const Request& request) const {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_array();
  const auto host = request.base_url.substr(request.base_url.find("//") + 2);
  for (unsigned number = 1; number <= content_.accounts(); ++number) {
    writer.begin_object().key("account_id").string(lab_duo_account_id(number));
    writer.key("api_hostname").string(host);
    writer.key("name").string("Contoso " + std::to_string(number)).end_object();
  }
  writer.end_array();
  return duo_answer(body, request.accepts_gzip());
}

Response DuoApi::log(const Request& request, const Caller& caller, DuoStream stream) {
  if (stream == DuoStream::trust_monitor) return trust_monitor(request, caller);
  const bool old_telephony = request.path == kOldTelephony;
  if (old_telephony || is_by_second(stream)) {
    return log_by_second(request, caller, stream, old_telephony);
  }
  return paged_log(request, caller, stream);
}

// ---- state ----

DuoSettings DuoApi::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

DuoSight DuoApi::sight() const {
  const auto settings = this->settings();
  return {visible_until_(), settings.lateness, clock_.now() - settings.retention};
}

bool DuoApi::note_demand(unsigned account, DuoStream stream, std::int64_t from, std::size_t limit) {
  // A look at one row is a test of the connection, not collecting.
  if (limit <= 1) return true;
  {
    const std::lock_guard lock(mutex_);
    const auto [at, is_new] = demands_.try_emplace({account, stream}, from);
    if (!is_new && at->second <= from) return true;
    at->second = from;
  }
  return keep_().has_value();
}

void DuoApi::note_rows(const std::string& path, std::size_t rows) {
  const std::lock_guard lock(mutex_);
  usage_[path].rows += rows;
}

std::vector<DuoDemand> DuoApi::demands() const {
  const std::lock_guard lock(mutex_);
  std::vector<DuoDemand> out;
  for (const auto& [who, from] : demands_)
    out.push_back({who.first, who.second, from});
  return out;
}

void DuoApi::restore(const std::vector<DuoDemand>& demands) {
  const std::lock_guard lock(mutex_);
  for (const auto& demand : demands)
    demands_[{demand.account, demand.stream}] = demand.from;
}

Status DuoApi::change(std::string_view json) {
  auto changed = change_duo_settings(settings(), json);
  if (!changed) return tl::unexpected(changed.error());
  const std::lock_guard lock(mutex_);
  settings_ = std::move(*changed);
  return {};
}

std::string DuoApi::status_json() const {
  const auto milliseconds = [](Duration time) {
    return std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(time).count()};
  };
  const std::lock_guard lock(mutex_);
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("requests_per_minute").number(settings_.requests_per_minute);
  writer.key("endpoints").begin_array();
  for (const auto& [path, usage] : usage_) {
    writer.begin_object().key("path").string(path).key("requests").number(usage.requests);
    writer.key("throttled").number(usage.throttled).key("rows").number(usage.rows);
    writer.key("over_ms").number(milliseconds(usage.last - usage.first)).end_object();
  }
  writer.end_array().end_object();
  return body;
}

}  // namespace cistern::lab

std::string cistern::lab::lab_duo_account_id(unsigned number) {
  char text[24];
  std::snprintf(text, sizeof text, "DALABLABLABLABLAB%03u", number % 1000);
  return text;
}
