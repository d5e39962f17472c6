#include "connectors/microsoft_365/doctor.hpp"

#include "connectors/microsoft_365/doctor_probes.hpp"
#include "connectors/microsoft_365/read_file.hpp"
#include "net/io_loop.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

using runtime::ProbeResult;

/// The client's own time-out knows how far the exchange came, so it is to strike first.
constexpr Duration kRequestLimit = kProbeLimit - std::chrono::milliseconds{500};

Failure no_answer() {
  return {.verdict = Verdict::retry,
          .code = "microsoft_365/probe-timeout",
          .cause = "no answer within " + format_duration(kProbeLimit),
          .consequence = "collecting would wait and try again",
          .next_step = "check the network between this machine and Microsoft, and the proxy"};
}

/// Asks one probe after the other. Everything that is to be decided about an answer lies in the
/// table.
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
    if (settings_) {
      examination_.emplace(Examination{.settings = *settings_, .now = {}, .facts = {}});
      examination_->facts.tenant = settings_->machine.tenant;
      http_ = net::make_http_client(context_.loop, settings_->http);
    }
    for (const Probe& probe : probe_table()) {
      if (!probe.for_each_type) {
        turns_.push_back({&probe, std::string(probe.name), {}});
        continue;
      }
      if (!settings_) continue;
      for (const std::string& type : settings_->machine.content_types)
        turns_.push_back({&probe, std::string(probe.name) + type, type});
    }
    later([](Doctor& self) { self.next(); });
  }

 private:
  struct Turn {
    const Probe* probe = nullptr;
    std::string name;
    std::string type;
  };

  template <class F>
  void later(F task) {
    context_.loop.post([weak = weak_from_this(), task = std::move(task)] {
      if (const auto self = weak.lock()) task(*self);
    });
  }

  void next() {
    if (turns_.empty()) return context_.finished();
    current_ = std::move(turns_.front());
    turns_.pop_front();
    started_ = context_.clock.steady();
    if (const auto blocker = blocked_by(*current_.probe)) {
      blocked_.emplace(current_.probe->name, *blocker);
      return conclude(left_aside("the probe \"" + *blocker + "\" failed"));
    }
    if (!examination_) return conclude(failed(settings_.error()));
    ask();
  }

  /// The failed probe that this one depends on, be it through others that were skipped for it.
  [[nodiscard]] std::optional<std::string> blocked_by(const Probe& probe) const {
    for (const std::string_view need : probe.needs) {
      if (const auto found = blocked_.find(need); found != blocked_.end()) return found->second;
    }
    return std::nullopt;
  }

  void ask() {
    examination_->now = context_.clock.now();
    auto request = current_.probe->ask(*examination_, current_.type, context_.random);
    if (!request) return conclude(failed(request.error()));
    if (!*request) {
      return conclude(current_.probe->decide(*examination_, current_.type, nullptr));
    }
    const std::uint64_t turn = turn_;
    guard_ = context_.loop.call_after(kProbeLimit, [weak = weak_from_this(), turn] {
      const auto self = weak.lock();
      if (self && turn == self->turn_) self->answered(fail(no_answer()));
    });
    (*request)->timeout = kRequestLimit;
    sent_ = http_->send(std::move(**request), [weak = weak_from_this(), turn](Answer answer) {
      const auto self = weak.lock();
      if (self && turn == self->turn_) self->answered(answer);
    });
  }

  void answered(const Answer& answer) {
    examination_->now = context_.clock.now();
    conclude(current_.probe->decide(*examination_, current_.type, &answer));
  }

  void conclude(ProbeResult result) {
    ++turn_;  // Whatever still arrives for this probe is too late.
    if (http_) http_->cancel(std::exchange(sent_, 0));
    if (guard_) context_.loop.cancel(*std::exchange(guard_, std::nullopt));
    result.name = current_.name;
    result.took = context_.clock.steady() - started_;
    if (result.outcome == ProbeResult::Outcome::failed) {
      blocked_.emplace(current_.probe->name, current_.name);
    }
    context_.probed(result);
    later([](Doctor& self) { self.next(); });
  }

  runtime::DoctorContext context_;
  Result<Settings> settings_;
  std::optional<Examination> examination_;  ///< Refers to settings_; none without them.
  std::unique_ptr<net::HttpClient> http_;
  std::deque<Turn> turns_;
  Turn current_;
  std::uint64_t turn_ = 0;
  std::optional<Loop::TimerId> guard_;
  net::HttpClient::Handle sent_ = 0;
  Duration started_{0};
  std::map<std::string_view, std::string> blocked_;  ///< By the probe that failed in the end.
};

}  // namespace

std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context) {
  auto doctor = std::make_shared<Doctor>(values, std::move(context));
  doctor->start();
  return doctor;
}

}  // namespace cistern::connectors::microsoft_365
