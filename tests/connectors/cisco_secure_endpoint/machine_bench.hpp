// Drives the machine against the fake vendor and a store in memory, with a clock pushed by hand.
#pragma once

#include "base/random.hpp"
#include "connectors/cisco_secure_endpoint/fake_vendor.hpp"
#include "connectors/cisco_secure_endpoint/machine.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint::test {

/// What a store keeps: records once by identity, the position, and the ledger's rows as they came.
struct Store {
  std::set<Identity> known;
  std::map<std::string, int> stored;  ///< Raw text, how often.
  std::uint64_t duplicates = 0;
  std::vector<std::string> problems;
  Position position;
  std::vector<Coverage> coverage;

  CommitResult apply(const Commit& commit);
  [[nodiscard]] std::vector<Coverage> rows(std::string_view kind, CoverageState state) const;
};

class Bench {
 public:
  explicit Bench(MachineOptions options, std::uint64_t seed = 1);

  FakeVendor vendor;
  Store store;
  TimePoint now = kStart;
  SeededRandom random;
  std::vector<Report> reports;
  std::size_t largest_commit = 0;

  void start();
  /// What was asked and not answered, handed over and not durable, is gone; each commit that was
  /// handed over in order may be durable nevertheless, up to some point.
  void kill();
  /// Performs the next thing: a durable commit, an answer, or the wake-up.
  void turn();
  void run(Duration time);
  void tell(const StreamState& state);
  void damage(const StoreDamage& damage);
  [[nodiscard]] bool reported(Report::Kind kind, std::string_view code = {}) const;
  [[nodiscard]] std::optional<TimePoint> through(std::string_view stream) const;
  [[nodiscard]] std::size_t stored() const;
  /// The commit that comes next fails.
  bool fail_commit = false;
  std::optional<StreamState> tell_at_start;

 private:
  void take(Step step);
  void deliver(PollRequest request);
  MachineOptions options_;
  std::unique_ptr<RestMachine> machine_;
  std::deque<PollRequest> requests_;
  std::deque<CommitOrder> commits_;
  std::optional<TimePoint> wake_;
};

MachineOptions bench_options();

}  // namespace cistern::connectors::cisco_secure_endpoint::test
