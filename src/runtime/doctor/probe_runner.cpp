#include "runtime/doctor/probe_runner.hpp"

#include "net/io_loop.hpp"

#include <deque>
#include <map>
#include <utility>

namespace cistern::runtime {
namespace {

/// The client's own time-out knows how far the exchange came, so it is to strike first.
constexpr Duration kRequestLimit = kProbeLimit - std::chrono::milliseconds{500};

ProbeResult concluded(ProbeResult::Outcome outcome, const Failure& failure) {
  ProbeResult out;
  out.outcome = outcome;
  out.seen = failure.cause;
  out.meaning = failure.consequence;
  out.next_step = failure.next_step;
  out.code = failure.code;
  return out;
}

class ProbeRunner : public std::enable_shared_from_this<ProbeRunner> {
 public:
  ProbeRunner(std::string vendor, net::HttpClientOptions http, std::vector<ProbeTurn> turns,
              DoctorContext context)
      : vendor_(std::move(vendor)),
        context_(std::move(context)),
        http_(net::make_http_client(context_.loop, std::move(http))),
        turns_(std::make_move_iterator(turns.begin()), std::make_move_iterator(turns.end())) {}
  ProbeRunner(const ProbeRunner&) = delete;
  ProbeRunner& operator=(const ProbeRunner&) = delete;
  ~ProbeRunner() {
    if (guard_) context_.loop.cancel(*guard_);
  }

  void start() {
    later([](ProbeRunner& self) { self.next(); });
  }

 private:
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
    if (const auto blocker = blocked_by(current_)) {
      blocked_.emplace(current_.probe, *blocker);
      return conclude(probe_left_aside("the probe \"" + *blocker + "\" failed"));
    }
    ask();
  }

  /// The failed probe that this one depends on, be it through others that were skipped for it.
  [[nodiscard]] std::optional<std::string> blocked_by(const ProbeTurn& turn) const {
    for (const std::string_view need : turn.needs) {
      if (const auto found = blocked_.find(need); found != blocked_.end()) return found->second;
    }
    return std::nullopt;
  }

  [[nodiscard]] Failure no_answer() const {
    return {.verdict = Verdict::retry,
            .code = vendor_ + "/probe-timeout",
            .cause = "no answer within " + format_duration(kProbeLimit),
            .consequence = "collecting would wait and try again",
            .next_step = "check the network between this machine and the vendor, and the proxy"};
  }

  void ask() {
    auto request = current_.ask(context_.clock.now());
    if (!request) return conclude(probe_failed(request.error()));
    if (!*request) return conclude(current_.decide(nullptr, context_.clock.now()));
    const std::uint64_t turn = turn_;
    guard_ = context_.loop.call_after(kProbeLimit, [weak = weak_from_this(), turn] {
      const auto self = weak.lock();
      if (self && turn == self->turn_) self->answered(fail(self->no_answer()));
    });
    (*request)->timeout = kRequestLimit;
    sent_ = http_->send(std::move(**request),
                        [weak = weak_from_this(), turn](Result<HttpResponse> answer) {
                          const auto self = weak.lock();
                          if (self && turn == self->turn_) self->answered(answer);
                        });
  }

  void answered(const Result<HttpResponse>& answer) {
    conclude(current_.decide(&answer, context_.clock.now()));
  }

  void conclude(ProbeResult result) {
    ++turn_;  // Whatever still arrives for this probe is too late.
    http_->cancel(std::exchange(sent_, 0));
    if (guard_) context_.loop.cancel(*std::exchange(guard_, std::nullopt));
    result.name = current_.name;
    result.took = context_.clock.steady() - started_;
    if (result.outcome == ProbeResult::Outcome::failed) {
      blocked_.emplace(current_.probe, current_.name);
    }
    context_.probed(result);
    later([](ProbeRunner& self) { self.next(); });
  }

  const std::string vendor_;
  DoctorContext context_;
  std::unique_ptr<net::HttpClient> http_;
  std::deque<ProbeTurn> turns_;
  ProbeTurn current_;
  std::uint64_t turn_ = 0;
  std::optional<Loop::TimerId> guard_;
  net::HttpClient::Handle sent_ = 0;
  Duration started_{0};
  std::map<std::string_view, std::string> blocked_;  ///< By the probe that failed in the end.
};

}  // namespace

std::shared_ptr<void> run_probes(std::string vendor, net::HttpClientOptions http,
                                 std::vector<ProbeTurn> turns, DoctorContext context) {
  auto runner = std::make_shared<ProbeRunner>(std::move(vendor), std::move(http), std::move(turns),
                                              std::move(context));
  runner->start();
  return runner;
}

ProbeResult probe_passed(std::string seen) {
  ProbeResult out;
  out.seen = std::move(seen);
  return out;
}

ProbeResult probe_failed(const Failure& failure) {
  ProbeResult out = concluded(ProbeResult::Outcome::failed, failure);
  if (out.meaning.empty()) out.meaning = "nothing can be collected until this is corrected";
  return out;
}

ProbeResult probe_warned(const Failure& failure) {
  return concluded(ProbeResult::Outcome::warning, failure);
}

ProbeResult probe_left_aside(std::string why) {
  ProbeResult out;
  out.outcome = ProbeResult::Outcome::skipped;
  out.seen = why;
  out.skipped_because = std::move(why);
  return out;
}

}  // namespace cistern::runtime
