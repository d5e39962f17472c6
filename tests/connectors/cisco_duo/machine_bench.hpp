// Drives the machine against the fake vendor with a clock that is pushed by hand: requests at their
// times, answers after a while, commits into a small store that drops what it remembers.
#pragma once

#include "base/random.hpp"
#include "connectors/cisco_duo/fake_vendor.hpp"
#include "connectors/cisco_duo/machine.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_duo::test {

class MachineBench {
 public:
  explicit MachineBench(std::vector<std::string> streams);

  /// Runs until that long has passed.
  void run(Duration time);
  /// Runs until the condition holds; false after `limit`.
  bool run_until(const std::function<bool()>& condition, Duration limit);
  /// The process dies and starts again: what was under way is gone, what was committed stays.
  void restart();

  [[nodiscard]] std::size_t stored(std::string_view stream) const;
  [[nodiscard]] TimePoint watermark(std::string_view stream) const;
  [[nodiscard]] bool reported(Report::Kind kind, std::string_view code,
                              std::string_view stream = {}) const;
  [[nodiscard]] std::vector<Coverage> lost() const;

  FakeVendor vendor;
  MachineOptions options;
  TimePoint now{std::chrono::seconds{1'767'600'000}};
  Duration latency = std::chrono::milliseconds{400};
  Position position;
  std::map<std::string, std::vector<std::string>> records;  ///< Raw, by stream.
  std::size_t repeated = 0;                                 ///< Dropped by the store as known.
  std::vector<Coverage> ledger;
  std::vector<Report> reports;
  std::size_t largest_commit = 0;
  /// Asked before each commit; a failure is its outcome.
  std::function<std::optional<Failure>(const Commit&)> refuse_commit;

  PollMachine& machine() { return *machine_; }
  void perform(Step step);

 private:
  struct Event {
    enum class Kind : std::uint8_t { send, reply, committed } kind = Kind::send;
    PollRequest request;
    PollReply reply;
    std::uint64_t commit = 0;
    std::optional<Failure> failure;
  };

  void begin();
  bool step_once(TimePoint limit);
  void happen(Event event);
  void send(PollRequest request);
  void store(const Commit& commit, bool failed);

  SeededRandom random_{7};
  std::unique_ptr<PollMachine> machine_;
  std::multimap<TimePoint, Event> events_;
  std::optional<TimePoint> wake_;
  std::set<Identity> seen_;
};

}  // namespace cistern::connectors::cisco_duo::test
