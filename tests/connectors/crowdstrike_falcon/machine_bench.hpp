// Drives a machine against the vendor in memory by a hand-pushed clock, as the stream driver would.
#pragma once

#include "base/random.hpp"
#include "connectors/crowdstrike_falcon/fake_vendor.hpp"
#include "connectors/crowdstrike_falcon/machine.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon::test {

class Bench {
 public:
  explicit Bench(FakeVendor& vendor, MachineOptions options = {}, Position position = {});

  TimePoint now = TimePoint{std::chrono::seconds{1'790'000'000}};
  /// Every step of time: whatever is due happens, in the order of a driver.
  void run(Duration time, Duration step = std::chrono::seconds{1});
  /// Breaks a stream off as a network would.
  void cut(std::uint64_t id);
  void cut_all();
  /// Ends this run as a kill would, and begins the next with what was committed.
  void restart(bool forget_client = false);

  [[nodiscard]] std::vector<std::uint64_t> offsets(std::string_view feed) const;
  [[nodiscard]] bool told(Report::Kind kind, std::string_view code = {}) const;
  [[nodiscard]] std::vector<Coverage> rows(CoverageState state, std::string_view kind) const;
  [[nodiscard]] const Report* last_report() const {
    return reports.empty() ? nullptr : &reports.back();
  }

  MachineOptions options;
  Position position;
  std::vector<std::string> stored;      ///< raw, in order
  std::vector<std::string> identities;  ///< of these
  std::vector<std::string> metas;       ///< of these
  std::vector<std::string> problems;    ///< of these; empty for sound ones
  std::set<std::string> remembered;     ///< Identities of commits that dedupe.
  std::vector<Coverage> coverage;
  std::vector<Report> reports;
  std::vector<std::uint64_t> open;  ///< Streams that are open now.
  unsigned renewals = 0;
  std::size_t commits = 0;
  /// A commit of that number (from 1) and all behind it fail.
  std::size_t commits_fail_from = 0;
  std::string region_url;  ///< Told with each grant, when not empty.
  Result<HttpResponse> next_discovery_fails = HttpResponse{};
  bool discovery_fails = false;
  bool behind = false;                  ///< More always waits behind what is handed over.
  std::set<const CommitChain*> chains;  ///< Of all commits.

 private:
  struct Asked {
    PollRequest request;
  };
  void perform(Step step);
  void answer(PollRequest request);
  void open_stream(StreamOpening opening);
  void read_streams();
  void commit(CommitOrder order);
  void end(std::uint64_t id, Status status);

  FakeVendor& vendor_;
  SeededRandom random_{7};
  std::unique_ptr<StreamMachine> machine_;
  TimePoint wake_ = TimePoint::max();
  TimePoint token_since_{};
  bool token_ = false;
  std::vector<PollRequest> requests_;
  std::map<std::uint64_t, StreamOpening> streams_;
  std::map<std::uint64_t, std::unique_ptr<StreamFramer>> framers_;
};

MachineOptions default_options();

}  // namespace cistern::connectors::crowdstrike_falcon::test
