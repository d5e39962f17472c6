// Drives a machine against the fake vendor with a clock pushed by hand; keeps what a journal would.
#pragma once

#include "base/bytes.hpp"
#include "base/poll.hpp"
#include "connectors/microsoft_365/fake_vendor.hpp"
#include "connectors/microsoft_365/machine.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cistern::connectors::microsoft_365::test {

inline TimePoint at(std::string_view text) {
  return parse_time(text).value();
}

struct Stored {
  std::map<Identity, std::string> records;  ///< Raw, by identity.
  std::size_t repeated = 0;                 ///< Dropped by identity.
  std::vector<Coverage> coverage;
  std::size_t largest_commit = 0;
};

class MachineBench {
 public:
  explicit MachineBench(std::vector<std::string> types = {"Audit.Exchange"});

  MachineOptions options;
  FakeVendor vendor;
  Stored store;
  Position position;
  TimePoint now = at("2026-03-10T12:00:00Z");
  Grant grant;
  std::vector<Report> reports;
  std::vector<HttpRequest> sent;
  int tokens = 0;                        ///< Issued.
  std::optional<Failure> login_failure;  ///< Instead of a token.
  std::size_t commits = 0;
  /// Told of each commit when it is durable.
  std::function<void(const Commit&, const CommitResult&)> committed;
  /// The process dies after so many commits more; run_for() then returns at once.
  std::optional<std::size_t> die_after;

  /// A new process: what is not in the position is forgotten.
  void start();
  /// Lets everything happen up to then.
  void run_for(Duration time);
  void run_until(TimePoint end);
  [[nodiscard]] bool alive() const { return machine_ != nullptr; }
  /// The journal tells what it has lost.
  void damage(const StoreDamage& damage);
  /// The vendor calls the webhook for these contents of "Audit.Exchange".
  void notify(std::vector<std::string> ids);
  /// Somebody sets this machine's clock; timers that run already are not touched by that.
  void jump_clock(Duration by);

  // ---- questions ----
  [[nodiscard]] std::set<std::string> ids() const;  ///< Ids of all stored records.
  [[nodiscard]] std::vector<Coverage> rows(std::string_view kind, CoverageState state) const;
  /// The last row of each blob, and what else a journal keeps beside windows.
  [[nodiscard]] std::vector<Coverage> ledger() const;
  [[nodiscard]] std::vector<Report> told(Report::Kind kind) const;
  [[nodiscard]] bool told_code(std::string_view code) const;
  [[nodiscard]] TimePoint watermark(const std::string& type = "Audit.Exchange") const;

 private:
  void take(Step step);
  void answer_one();
  void commit_one();

  SeededRandom random_{7};
  std::unique_ptr<NotifiedMachine> machine_;
  std::deque<PollRequest> requests_;
  std::deque<CommitOrder> orders_;
  std::optional<TimePoint> wake_;
  bool has_token_ = false;
};

}  // namespace cistern::connectors::microsoft_365::test
