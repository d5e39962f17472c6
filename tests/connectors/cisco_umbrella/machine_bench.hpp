// Drives a machine against the fake bucket with a clock pushed by hand; keeps what a journal would.
#pragma once

#include "base/poll.hpp"
#include "connectors/cisco_umbrella/fake_bucket.hpp"
#include "connectors/cisco_umbrella/machine.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_umbrella::test {

inline TimePoint at(std::string_view text) {
  return parse_time(text).value();
}

class MachineBench {
 public:
  MachineBench();

  MachineOptions options;
  FakeBucket bucket;
  std::shared_ptr<codec::aws::SigningTerms> terms;
  Position position;
  TimePoint now = at("2026-03-10T12:00:00Z");

  // What a store would hold.
  std::vector<std::string> raws;       ///< In the order of being stored.
  std::map<Identity, int> identities;  ///< How often each was stored.
  std::vector<std::string> problems;
  std::vector<Coverage> coverage;
  std::size_t largest_commit = 0;
  std::size_t largest_state = 0;  ///< Bytes of keys and values in one commit.
  std::size_t commits = 0;

  std::vector<Report> reports;
  std::vector<HttpRequest> sent;
  /// The process dies after so many commits more; run_for() then returns at once.
  std::optional<std::size_t> die_after;
  /// Says whether a commit cannot be made.
  std::function<bool(const Commit&)> refuse_commit;

  /// A new process: what is not in the position is forgotten.
  void start();
  void run_for(Duration time);
  [[nodiscard]] bool alive() const { return machine_ != nullptr; }
  void damage(const StoreDamage& damage);

  // ---- questions ----
  [[nodiscard]] std::size_t repeated() const;
  [[nodiscard]] std::vector<Report> told(Report::Kind kind) const;
  [[nodiscard]] bool told_code(std::string_view code) const;
  [[nodiscard]] std::size_t told_times(std::string_view code) const;
  [[nodiscard]] const Failure& failure_of(std::string_view code) const;
  [[nodiscard]] std::optional<Coverage> row_of(std::string_view key) const;  ///< The last one.
  [[nodiscard]] TimePoint through(const std::string& log = "dnslogs") const;

 private:
  void take(Step step);
  void answer_one();
  void answer(PollRequest request);
  void commit_one();

  SeededRandom random_{7};
  std::unique_ptr<PollMachine> machine_;
  std::deque<PollRequest> requests_;
  std::deque<CommitOrder> orders_;
  std::deque<std::pair<TimePoint, PollRequest>> long_polls_;  ///< Until they are answered empty.
  std::optional<TimePoint> wake_;
};

/// "dnslogs/2026-03-10/2026-03-10-11-50-1f0c.csv.gz"
std::string key_at(std::string_view slot, std::string_view suffix = "1f0c",
                   std::string_view log = "dnslogs");
/// Rows of a DNS log without a header; `name` stands in each.
std::string rows(const std::string& name, int count);

}  // namespace cistern::connectors::cisco_umbrella::test
