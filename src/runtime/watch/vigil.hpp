// Watches the running program once a second: progress, rhythms, and the word to systemd.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "journal/journal.hpp"
#include "runtime/status/status.hpp"
#include "runtime/watch/rhythm_file.hpp"
#include "runtime/watch/service_notifier.hpp"
#include "runtime/watch/watchdog.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cistern::runtime {

/// Lives on the loop. The watchdog of systemd is fed from here, so a loop that hangs is noticed by
/// its silence; and it is fed only while the shared stages move: what a restart can cure. A vendor
/// or a destination that hangs is said in the status, and no reason to restart.
class Vigil {
 public:
  /// References outlive it; the pool ends before it.
  struct Parts {
    StatusBoard& status;
    journal::Journal& journal;
    Executor& pool;
    const Clock& clock;
    RhythmFile& rhythms;
    const ServiceNotifier& service;
    Duration limit = std::chrono::minutes{5};  ///< Without progress for so long a stage stands.
  };
  explicit Vigil(const Parts& parts);

  /// All components have been started.
  void ready();
  /// Call about once a second.
  void tick();
  void reloading(bool begun);
  void stopping();
  /// Keeps what was learned; call when nothing runs any more.
  void finish();

 private:
  /// The task that shows that a worker is free.
  struct Probe {
    std::mutex mutex;
    std::optional<Duration> since;
  };
  std::optional<Duration> probe_pool();
  [[nodiscard]] Progress progress();
  void apply(const Verdicts& verdicts);
  void feed(bool moves);
  void keep_rhythms();
  void count_set_aside();
  [[nodiscard]] std::string words() const;

  Parts parts_;
  Watchdog watchdog_;
  std::shared_ptr<Probe> probe_ = std::make_shared<Probe>();
  std::optional<Duration> fed_;
  std::optional<Duration> told_;
  std::optional<Duration> counted_;
  Duration kept_;
  bool stopping_ = false;
};

}  // namespace cistern::runtime
