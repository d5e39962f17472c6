#include "connectors/cisco_secure_email/intake.hpp"

#include "connectors/cisco_secure_email/intake_core.hpp"

#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr Duration kAgain = std::chrono::seconds{1};

class Intake final : public FileIntake {
 public:
  Intake(IntakeSettings settings, const runtime::Services& services)
      : core_(std::make_shared<IntakeCore>(std::move(settings), services)) {}
  void start() override { core_->start(); }
  void stop(std::function<void()> stopped) override { core_->stop(std::move(stopped)); }
  [[nodiscard]] IntakeFacts facts() const override { return core_->facts(); }

 private:
  std::shared_ptr<IntakeCore> core_;
};

std::map<std::string, std::string, std::less<>> taken_files(const Position& position) {
  std::map<std::string, std::string, std::less<>> taken;
  for (auto at = position.lower_bound(kWatchPrefix);
       at != position.end() && at->first.starts_with(kWatchPrefix); ++at) {
    taken.emplace(at->first.substr(kWatchPrefix.size()), at->second);
  }
  return taken;
}

}  // namespace

IntakeCore::IntakeCore(IntakeSettings settings, const runtime::Services& services)
    : settings_(std::move(settings)),
      services_(services),
      inbox_(*services.journal.inbox()),
      queue_(settings_.settle) {}

void IntakeCore::start() {
  // Before the list is read: what comes meanwhile is then seen twice and taken once.
  listener_ = inbox_.on_stored([weak = weak_from_this(), &loop = services_.loop,
                                name = settings_.connector](const journal::InboxEntry& entry) {
    if (entry.connector != name) return;
    loop.post([weak, entry] {
      if (const auto self = weak.lock()) self->arrived(entry);
    });
  });
  running_ = true;
  if (!begin()) wake_in(kAgain);
}

/// From what is durable: at the start, and when a commit was refused.
bool IntakeCore::begin() {
  auto position = services_.journal.position(settings_.connector);
  if (!position) {
    note(position.error(), Report::Kind::retrying);
    return false;
  }
  failed_ = false;
  chain_ = std::make_shared<CommitChain>();
  memory_.emplace(*position);
  queue_ = IntakeQueue{settings_.settle};
  held_.clear();
  for (const journal::InboxEntry& entry : inbox_.list(settings_.connector))
    arrived(entry);
  if (settings_.watch) {
    watch_.emplace(settings_.watch->stable, taken_files(*position));
    scan();
  }
  pump();
  return true;
}

void IntakeCore::arrived(const journal::InboxEntry& entry) {
  if (!running_ || stopping_ || !held_.insert(entry.id).second) return;
  PendingFile file = pending_of(entry);
  if (file.facts.zone_name.empty()) file.facts.zone_name = settings_.zone;
  file.facts.most = settings_.max_file;
  queue_.add(std::move(file), services_.clock.steady());
  pump();
}

/// Does what can be done now, and sees to it that it is called again.
void IntakeCore::pump() {
  if (stopping_) return settle_stop();
  if (busy_) return;
  if (failed_) {
    if (in_flight_ == 0 && !timer_) wake_in(kAgain);
    return;
  }
  if (!memory_) return;
  if (job_ != nullptr) {
    if (job_waits_) go_on();
    return;
  }
  if (auto file = queue_.next(services_.clock.steady())) return take(std::move(*file));
  if (const auto delay = queue_.due_in(services_.clock.steady())) wake_in(*delay);
}

void IntakeCore::wake_in(Duration delay) {
  if (timer_) services_.loop.cancel(*timer_);
  timer_ = services_.loop.call_after(delay, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->timer_.reset();
    if (self->stopping_ || (self->failed_ && self->in_flight_ > 0)) return;
    if (self->failed_ || !self->memory_) {
      self->job_.reset();
      self->job_waits_ = false;
      if (!self->begin()) self->wake_in(kAgain);
      return;
    }
    self->pump();
  });
}

void IntakeCore::stop(std::function<void()> stopped) {
  stopping_ = true;
  if (stopped) stopped_ = std::move(stopped);
  if (std::exchange(running_, false)) inbox_.remove_listener(listener_);
  for (auto* const timer : {&timer_, &scan_timer_}) {
    if (*timer) services_.loop.cancel(**timer);
    timer->reset();
  }
  settle_stop();
}

void IntakeCore::settle_stop() {
  if (busy_ || scanning_ || in_flight_ > 0 || !stopped_) return;
  job_.reset();
  services_.loop.post(std::exchange(stopped_, nullptr));
}

void IntakeCore::note(const Failure& failure, Report::Kind kind, const std::string& stream) {
  Report report;
  report.kind = kind;
  report.stream = stream;
  report.failure = failure;
  services_.status.report(settings_.connector, report);
}

void IntakeCore::on_loop(std::function<void(IntakeCore&)> task) {
  services_.loop.post([weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) task(*self);
  });
}

IntakeFacts IntakeCore::facts() const {
  IntakeFacts facts = facts_;
  facts.waiting = queue_.size() + (job_ != nullptr ? 1 : 0);
  return facts;
}

std::unique_ptr<FileIntake> make_file_intake(IntakeSettings settings,
                                             const runtime::Services& services) {
  return std::make_unique<Intake>(std::move(settings), services);
}

}  // namespace cistern::connectors::cisco_secure_email
