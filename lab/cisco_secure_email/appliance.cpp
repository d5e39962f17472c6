#include "lab/cisco_secure_email/appliance.hpp"

#include "lab/cisco_secure_email/push_plan.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

namespace cistern::lab {

namespace {

constexpr Duration kTick = std::chrono::milliseconds{200};
constexpr Duration kPauseOfRefusal = std::chrono::milliseconds{500};
// The other logs are rolled less often than the mail log.
constexpr int kSlowerRoll = 3;

class RunningAppliance final : public Appliance {
 public:
  RunningAppliance(const ApplianceOptions& options, const Clock& clock)
      : options_(options),
        clock_(clock),
        live_(clock.now()),
        traffic_({options.seed, live_ - options.history, live_, options.history_per_hour,
                  options.live_per_second}),
        dice_(key_of({options.seed, 0x5C9ULL})),
        thread_([this] { run(); }) {}

  ~RunningAppliance() override {
    stopping_ = true;
    wake_.notify_all();
    thread_.join();
  }

  Truth truth() const override {
    const std::lock_guard lock(mutex_);
    return {files_, mails_, traffic_.last_mid(), log_until_};
  }

  Counts counts() const override {
    const std::lock_guard lock(mutex_);
    Counts counts{files_.size(), 0, 0, last_refusal_};
    for (const auto& one : files_) {
      counts.acknowledged += one.acknowledged ? 1 : 0;
      counts.attempts += one.attempts;
    }
    return counts;
  }

  void freeze(Duration most) override {
    frozen_ = true;
    wake_.notify_all();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, most, [this] { return done_; });
  }

  bool settled() const override {
    const std::lock_guard lock(mutex_);
    return done_;
  }

 private:
  void run() {
    // libssh writes to connections that may have broken.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    for (std::size_t log = 0; log < kApplianceLogs.size(); ++log)
      rollers_.emplace_back(log, live_ - options_.history);
    write_history();
    while (!stopping_ && !frozen_) {
      push_all();
      rest(kTick);
      if (write_until(clock_.now(), options_.live_roll)) push_due_ = true;
    }
    finish();
    const std::lock_guard lock(mutex_);
    done_ = true;
    wake_.notify_all();
  }

  void write_history() {
    const auto step = std::min(options_.history_roll, Duration{std::chrono::minutes{1}});
    for (auto at = live_ - options_.history; at < live_ && !stopping_; at += step)
      write_until(at, options_.history_roll);
    push_due_ = true;
  }

  // Writes the lines up to the time; whether a file was rolled.
  bool write_until(TimePoint time, Duration roll) {
    std::vector<LogLine> lines;
    {
      const std::lock_guard lock(mutex_);
      lines = traffic_.advance(time);
      written_until_ = time;
    }
    for (const auto& line : lines)
      rollers_[line.log].add(line.at, line.text);
    bool rolled = false;
    for (std::size_t log = 0; log < rollers_.size(); ++log) {
      const auto age = time - rollers_[log].begun();
      const auto most = log == kMailLog ? roll : roll * kSlowerRoll;
      const bool due = age >= most || rollers_[log].bytes() >= options_.roll_bytes;
      if (due && rollers_[log].bytes() > 0 && age >= std::chrono::seconds{2})
        rolled = roll_log(log, time) || rolled;
    }
    return rolled;
  }

  bool roll_log(std::size_t log, TimePoint time) {
    auto file = std::make_shared<ApplianceFile>(rollers_[log].roll(time));
    const std::lock_guard lock(mutex_);
    if (log == kMailLog) {
      log_until_ = written_until_;
      auto finished = traffic_.take_finished(written_until_);
      std::move(finished.begin(), finished.end(), std::back_inserter(mails_));
    }
    files_.push_back({std::move(file), false, {}, 0, false, {}});
    return true;
  }

  // One cycle: an appliance knows no other moment to try again than the next rollover.
  bool push_all() {
    if (!std::exchange(push_due_, false)) return true;
    std::vector<std::size_t> order;
    {
      const std::lock_guard lock(mutex_);
      order = push_order(files_);
    }
    bool all = true;
    for (const auto at : order) {
      if (stopping_) return false;
      all = push_one(at) && all;
      // Nobody is there: the rest waits for the next cycle.
      if (!all && unreachable_) return false;
    }
    return all;
  }

  bool push_one(std::size_t at) {
    std::shared_ptr<const ApplianceFile> file;
    {
      const std::lock_guard lock(mutex_);
      file = files_[at].file;
      ++files_[at].attempts;
    }
    const auto plan = plan_push(options_.profile, file->bytes.size(), dice_);
    const bool whole = plan.options.cut == PushCut::none || plan.options.cut == PushCut::answer ||
                       plan.options.method == PushMethod::sftp;
    {
      const std::lock_guard lock(mutex_);
      files_[at].tried_whole = files_[at].tried_whole || whole;
    }
    const bool done = try_push(at, *file, file->name, plan.options);
    if (done && plan.again) push_again(at, *file, plan);
    return done;
  }

  void push_again(std::size_t at, const ApplianceFile& file, PlannedPush plan) {
    auto name = file.name;
    if (plan.other_name) {
      // The same log and moment, written as appliances of other versions do.
      name = std::string(kApplianceLogs[file.log].file) + ".@" +
             std::to_string(unix_seconds(file.begun)) + ".s";
      const std::lock_guard lock(mutex_);
      files_[at].other_names.push_back(name);
    }
    try_push(at, file, name, plan.options);
  }

  bool try_push(std::size_t at, const ApplianceFile& file, const std::string& name,
                const PushOptions& options) {
    const auto outcome =
        push_file(options_.target, host_key_, {name, file.bytes, file.ended}, options);
    unreachable_ = outcome.host_key.empty();
    if (host_key_.empty()) host_key_ = outcome.host_key;
    const std::lock_guard lock(mutex_);
    if (outcome.acknowledged && !files_[at].acknowledged) {
      files_[at].acknowledged = true;
      files_[at].acknowledged_at = clock_.now();
    } else if (!outcome.acknowledged && options.cut == PushCut::none) {
      last_refusal_ = outcome.words;
    }
    return outcome.acknowledged;
  }

  // Everything is rolled, also what is a moment old, and pushed until it is acknowledged.
  void finish() {
    if (stopping_) return;
    const auto end = clock_.now() + std::chrono::seconds{2};
    write_until(clock_.now(), options_.live_roll);
    for (std::size_t log = 0; log < rollers_.size(); ++log) {
      if (rollers_[log].bytes() > 0) roll_log(log, std::max(end, rollers_[log].begun()));
    }
    for (push_due_ = true; !stopping_ && !push_all(); push_due_ = true)
      rest_unless_stopping(kPauseOfRefusal);
  }

  void rest(Duration time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [this] { return stopping_ || frozen_; });
  }
  void rest_unless_stopping(Duration time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [this] { return stopping_.load(); });
  }

  const ApplianceOptions options_;
  const Clock& clock_;
  const TimePoint live_;
  mutable std::mutex mutex_;
  MailTraffic traffic_;
  std::vector<LogRoller> rollers_;
  Dice dice_;
  std::string host_key_;
  bool push_due_ = false;
  bool unreachable_ = false;
  std::vector<PushedFile> files_;
  std::vector<MailTruth> mails_;
  TimePoint written_until_{};  // Lines up to it are in the files.
  TimePoint log_until_{};      // The same of the rolled mail log.
  std::string last_refusal_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> frozen_{false};
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace

std::unique_ptr<Appliance> start_appliance(const ApplianceOptions& options, const Clock& clock) {
  return std::make_unique<RunningAppliance>(options, clock);
}

}  // namespace cistern::lab
