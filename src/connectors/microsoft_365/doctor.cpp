#include "connectors/microsoft_365/doctor.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/error_table.hpp"
#include "connectors/microsoft_365/messages.hpp"
#include "connectors/microsoft_365/options.hpp"
#include "connectors/microsoft_365/read_file.hpp"
#include "connectors/microsoft_365/wire.hpp"
#include "net/io_loop.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cistern::connectors::microsoft_365 {

namespace {

using Outcome = runtime::ProbeResult::Outcome;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kMost = seconds{10};
constexpr Duration kClockWarning = seconds{60};

/// The answers of the probes so far.
struct Findings {
  std::string stopped_by;  ///< The probe after which asking on is meaningless.
  std::string tenant;      ///< GUID.
  std::optional<Grant> grant;
  std::string login_answer;
  std::optional<Duration> clock_ahead;
  bool auditing_off = false;
  Failure auditing_failure;
  std::size_t contents = 0;
  std::size_t listings = 0;
};

class Doctor : public std::enable_shared_from_this<Doctor> {
 public:
  Doctor(const config::Values& values, runtime::DoctorContext context)
      : context_(std::move(context)), settings_(make_settings(values, read_small_file)) {}
  Doctor(const Doctor&) = delete;
  Doctor& operator=(const Doctor&) = delete;
  ~Doctor() {
    if (guard_) context_.loop.cancel(*guard_);
  }

  void start() {
    steps_ = {{std::string(kProbeConfig), &Doctor::probe_configuration},
              {std::string(kProbeLogin), &Doctor::probe_login},
              {std::string(kProbeClock), &Doctor::probe_clock},
              {std::string(kProbeToken), &Doctor::probe_token},
              {std::string(kProbeTenant), &Doctor::probe_tenant},
              {std::string(kProbeRead), &Doctor::probe_read},
              {std::string(kProbeDlp), &Doctor::probe_dlp},
              {std::string(kProbeSubscriptions), &Doctor::probe_subscriptions}};
    if (settings_) {
      for (const std::string& type : settings_->machine.content_types) {
        steps_.push_back({std::string(kProbeListing) + type, &Doctor::probe_listing});
      }
    }
    steps_.push_back({std::string(kProbeAudit), &Doctor::probe_audit});
    later([](Doctor& self) { self.next(); });
  }

 private:
  struct ProbeStep {
    std::string name;
    void (Doctor::*run)();
  };

  template <class F>
  void later(F task) {
    context_.loop.post([weak = weak_from_this(), task = std::move(task)] {
      if (const auto self = weak.lock()) task(*self);
    });
  }

  // ---- one after the other ----

  void next() {
    if (steps_.empty()) return context_.finished();
    current_ = steps_.front();
    steps_.pop_front();
    started_ = context_.clock.steady();
    const std::uint64_t turn = ++turn_;
    if (!findings_.stopped_by.empty()) {
      return tell(Outcome::skipped,
                  "not asked, because the probe \"" + findings_.stopped_by + "\" failed", {}, {});
    }
    guard_ = context_.loop.call_after(kMost + seconds{1}, [weak = weak_from_this(), turn] {
      const auto self = weak.lock();
      if (!self || turn != self->turn_) return;
      self->guard_.reset();
      self->tell_failure({.verdict = Verdict::retry,
                          .code = "microsoft_365/probe-timeout",
                          .cause = "no answer within 10 s",
                          .consequence = "collecting would wait and try again",
                          .next_step = "check the network between this machine and Microsoft, and "
                                       "the proxy"},
                         true);
    });
    (this->*current_.run)();
  }

  void tell(Outcome outcome, std::string seen, std::string meaning, std::string next_step) {
    ++turn_;  // Whatever still arrives for this probe is too late.
    if (guard_) context_.loop.cancel(*guard_);
    guard_.reset();
    context_.probed({.name = current_.name,
                     .outcome = outcome,
                     .seen = std::move(seen),
                     .meaning = std::move(meaning),
                     .next_step = std::move(next_step),
                     .took = context_.clock.steady() - started_});
    later([](Doctor& self) { self.next(); });
  }

  void passed(std::string seen) { tell(Outcome::passed, std::move(seen), {}, {}); }

  void tell_failure(const Failure& failure, bool stops) {
    if (stops) findings_.stopped_by = current_.name;
    tell(Outcome::failed, failure.cause + " (" + failure.code + ")", failure.consequence,
         failure.next_step);
  }

  /// Sends with this probe's time limit; `done` runs only while the probe is the current one.
  void send(HttpRequest request, bool authorize,
            std::function<void(Doctor&, Result<HttpResponse>)> done) {
    request.timeout = kMost;
    auto answered = [weak = weak_from_this(), turn = turn_, done](Result<HttpResponse> response) {
      const auto self = weak.lock();
      if (self && turn == self->turn_) done(*self, std::move(response));
    };
    if (!authorize) {
      http_->send(std::move(request), answered);
      return;
    }
    authorizer_->authorize(std::move(request), [weak = weak_from_this(), turn = turn_,
                                                answered](Result<HttpRequest> ready) {
      const auto self = weak.lock();
      if (!self || turn != self->turn_) return;
      if (!ready) return answered(fail(ready.error()));
      self->http_->send(std::move(*ready), answered);
    });
  }

  [[nodiscard]] Api api() const {
    const MachineOptions& machine = settings_->machine;
    return {.manage_url = machine.manage_url,
            .tenant = findings_.tenant,
            .publisher = machine.publisher.empty() ? findings_.tenant : machine.publisher};
  }

  // ---- the probes ----

  void probe_configuration() {
    if (!settings_) return tell_failure(settings_.error(), true);
    const net::EntraOptions& entra = settings_->entra;
    if (const auto* certificate = std::get_if<net::ClientCertificate>(&entra.credential)) {
      const auto assertion = net::client_assertion(*certificate, entra.client_id, entra.login_url,
                                                   context_.clock.now(), context_.random);
      if (!assertion) return tell_failure(assertion.error(), true);
    }
    http_ = net::make_http_client(context_.loop, settings_->http);
    authorizer_ =
        net::make_entra_authorizer(entra, *http_, context_.loop, context_.clock, context_.random);
    authorizer_->on_grant = [weak = weak_from_this()](const Grant& grant) {
      if (const auto self = weak.lock()) self->findings_.grant = grant;
    };
    passed("login at " + entra.login_url + ", content at " + settings_->machine.manage_url);
  }

  void probe_login() {
    const MachineOptions& machine = settings_->machine;
    send(openid_request(machine.login_url, machine.tenant), false,
         [](Doctor& self, const Result<HttpResponse>& response) { self.login_answered(response); });
  }

  void login_answered(const Result<HttpResponse>& response) {
    if (!response) return tell_failure(response.error(), true);
    if (const auto date = server_time(*response))
      findings_.clock_ahead = context_.clock.now() - *date;
    const std::string& tenant = settings_->machine.tenant;
    const auto guid = response->status == 200 ? parse_openid(*response)
                                              : fail(unreadable_answer(*response, "the tenant"));
    if (guid) {
      findings_.tenant = *guid;
      return passed("reachable; " + tenant + " is tenant " + *guid);
    }
    // The host answers; if the tenant's GUID is known already the token decides.
    if (is_guid(tenant)) {
      findings_.tenant = lower_case(tenant);
      return tell(Outcome::warning, "reachable, but " + describe_answer(*response),
                  "the login service does not describe this tenant", "check `tenant` and `cloud`");
    }
    findings_.stopped_by = current_.name;
    tell(Outcome::failed, describe_answer(*response),
         "the login service does not know the domain " + excerpt(tenant, 100),
         "set `tenant` to the Directory (tenant) ID of the app's Overview page, and check `cloud`");
  }

  void probe_clock() {
    if (!findings_.clock_ahead) {
      return tell(Outcome::skipped, "the login host sent no Date header", {}, {});
    }
    const Duration ahead = *findings_.clock_ahead;
    const Duration off = std::chrono::abs(ahead);
    const std::string seen = "this machine is " + format_duration(off) +
                             (ahead > Duration{0} ? " ahead of" : " behind") + " the vendor";
    if (off <= kClockWarning) return passed(seen);
    const Failure failure = messages::clock_skew(ahead);
    const bool far = off > minutes{5};
    tell(far ? Outcome::failed : Outcome::warning, seen,
         far ? "certificates may be refused, and `received` times in the store are wrong"
             : "nothing fails yet; certificates are refused beyond 5 minutes",
         failure.next_step);
  }

  void probe_token() {
    send(subscriptions_request(api()), true, [](Doctor& self, Result<HttpResponse> response) {
      self.token_answered(std::move(response));
    });
  }

  void token_answered(Result<HttpResponse> response) {
    const bool had_token = findings_.grant.has_value();
    if (!response && !had_token) return tell_failure(response.error(), true);
    subscriptions_ = std::move(response);
    const Grant& grant = findings_.grant ? *findings_.grant : empty_;
    passed("issued" + (grant.expires == TimePoint{}
                           ? std::string{}
                           : ", valid until " + format_time(grant.expires)));
  }

  void probe_tenant() {
    const Grant& grant = findings_.grant ? *findings_.grant : empty_;
    if (grant.tenant.empty()) return tell(Outcome::skipped, "the token names no tenant", {}, {});
    if (equal_ignoring_case(grant.tenant, findings_.tenant)) return passed(findings_.tenant);
    tell_failure(messages::tenant_mismatch(findings_.tenant, grant.tenant), true);
  }

  [[nodiscard]] bool holds(std::string_view role) const {
    return findings_.grant &&
           std::find(findings_.grant->roles.begin(), findings_.grant->roles.end(), role) !=
               findings_.grant->roles.end();
  }

  [[nodiscard]] std::string roles() const {
    std::string out;
    if (!findings_.grant) return out;
    for (const std::string& role : findings_.grant->roles)
      out += (out.empty() ? "" : ", ") + role;
    return out;
  }

  void probe_read() {
    if (holds("ActivityFeed.Read")) return passed("granted");
    tell_failure(messages::role_missing("ActivityFeed.Read", roles()), true);
  }

  void probe_dlp() {
    const auto& types = settings_->machine.content_types;
    if (std::find(types.begin(), types.end(), kDlp) == types.end()) {
      return tell(Outcome::skipped, "DLP.All is not in content_types", {}, {});
    }
    if (holds("ActivityFeed.ReadDlp")) return passed("granted");
    if (settings_->machine.dlp_required) {
      return tell_failure(messages::role_missing("ActivityFeed.ReadDlp", roles()), false);
    }
    const Failure failure = messages::dlp_left_out();
    tell(Outcome::warning, failure.cause, failure.consequence, failure.next_step);
  }

  void api_failure(const HttpResponse& response, const std::string& what, bool stops) {
    const ApiError error = interpret_error(response);
    const Failure failure = to_failure(error, what);
    if (error.row->fate == Fate::auditing_off) {
      findings_.auditing_off = true;
      findings_.auditing_failure = failure;
    }
    tell_failure(failure, stops);
  }

  void probe_subscriptions() {
    if (!subscriptions_) return tell_failure(subscriptions_.error(), true);
    if (subscriptions_->status != 200) {
      return api_failure(*subscriptions_, "listing the subscriptions", true);
    }
    const auto list = parse_subscriptions(*subscriptions_);
    if (!list) return tell_failure(list.error(), true);
    std::string enabled;
    std::string missing;
    for (const std::string& type : settings_->machine.content_types) {
      const bool on =
          std::any_of(list->begin(), list->end(), [&](const Subscription& subscription) {
            return subscription.state != SubscriptionState::disabled &&
                   equal_ignoring_case(subscription.content_type, type);
          });
      (on ? enabled : missing) += (on ? enabled : missing).empty() ? type : ", " + type;
    }
    if (missing.empty()) return passed("enabled: " + enabled);
    tell(Outcome::warning, "not started: " + missing,
         "Microsoft offers content only from the start of a subscription on",
         "nothing: `cistern run` starts them");
  }

  void probe_listing() {
    const std::string type = current_.name.substr(kProbeListing.size());
    if (type == kDlp && !holds("ActivityFeed.ReadDlp") && !settings_->machine.dlp_required) {
      return tell(Outcome::skipped, "left out: the role ActivityFeed.ReadDlp is missing", {}, {});
    }
    const TimePoint now = std::chrono::floor<seconds>(context_.clock.now() -
                                                      findings_.clock_ahead.value_or(Duration{0}));
    send(content_request(api(), type, now - std::chrono::hours{1}, now), true,
         [type](Doctor& self, const Result<HttpResponse>& response) {
           self.listing_answered(type, response);
         });
  }

  void listing_answered(const std::string& type, const Result<HttpResponse>& response) {
    if (!response) return tell_failure(response.error(), false);
    if (response->status != 200) {
      const ApiError error = interpret_error(*response);
      if (error.row->fate != Fate::start) return api_failure(*response, "listing " + type, false);
      return tell(Outcome::warning, "no subscription yet", "content is offered once it is started",
                  "nothing: `cistern run` starts it");
    }
    const auto page = parse_content(*response, settings_->machine.manage_url);
    if (!page) return tell_failure(page.error(), false);
    if (page->foreign > 0) {
      return tell_failure(
          messages::foreign_link(type, page->foreign_host, settings_->machine.manage_url), false);
    }
    ++findings_.listings;
    findings_.contents += page->blobs.size();
    passed(std::to_string(page->blobs.size()) + (page->next ? " or more" : "") +
           " contents became available in the last hour");
  }

  void probe_audit() {
    if (findings_.auditing_off) return tell_failure(findings_.auditing_failure, false);
    if (findings_.contents > 0) return passed("on: content is being made available");
    if (findings_.listings == 0) {
      return tell(Outcome::skipped, "no content type could be listed", {}, {});
    }
    tell(Outcome::warning, "no content became available in the last hour",
         "either nobody did anything, or auditing is off or was switched on a short time ago (the "
         "first "
         "content can take 12 hours)",
         "Purview portal > Audit: if a button \"Start recording user and admin activity\" is "
         "shown, press "
         "it");
  }

  runtime::DoctorContext context_;
  Result<Settings> settings_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<net::Authorizer> authorizer_;  ///< Uses http_, so it goes first.
  std::deque<ProbeStep> steps_;
  ProbeStep current_{};
  std::uint64_t turn_ = 0;
  std::optional<Loop::TimerId> guard_;
  Duration started_{0};
  Findings findings_;
  Result<HttpResponse> subscriptions_ = HttpResponse{};
  const Grant empty_{};
};

}  // namespace

std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context) {
  auto doctor = std::make_shared<Doctor>(values, std::move(context));
  doctor->start();
  return doctor;
}

}  // namespace cistern::connectors::microsoft_365
