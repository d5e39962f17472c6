// A long random script against the journal, and what must be true after a crash at any moment of
// it.
#pragma once

#include "faulty_files.hpp"
#include "journal_fixture.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace cistern::test {

/// What was handed over, and what callers were told is durable. The numbers are those of the last
/// event, commit, cursor move and set-aside item.
struct Facts {
  struct Range {
    std::uint64_t acknowledged = 0;
    std::uint64_t submitted = 0;
  };
  std::map<std::string, Range> events;  ///< By connector.
  Range cursor;
  Range aside;
  /// Files pushed into the inbox, by their number.
  enum class File : std::uint8_t { submitted, refused, acknowledged, consuming, consumed };
  std::map<std::uint64_t, File> files;
  TimePoint now{};
};

/// A moment at which the process or the machine may end.
struct CrashPoint {
  DiskState disk;
  Facts facts;
  std::string during;
};

struct ScriptOptions {
  std::uint64_t seed = 1;
  unsigned lives = 5;
  unsigned steps = 25;
  Sabotage sabotage;
  unsigned fault_every =
      0;  ///< While the script runs one of so many changing calls fails; 0: none.
  /// Which of the moments are examined; nothing for all.
  std::function<bool(const DiskState&, std::uint64_t number)> choose;
};

class CrashModel {
 public:
  explicit CrashModel(ScriptOptions options);

  /// Runs the script and crashes it. Empty, or what a user would have lost, with the moment.
  std::string run();
  [[nodiscard]] std::uint64_t points() const { return points_; }
  /// Calls that were made to fail.
  [[nodiscard]] std::uint64_t faults() const { return faults_; }
  [[nodiscard]] const std::set<std::string>& sites() const { return sites_; }

 private:
  std::string live(FaultyFiles& files);
  void make_trouble(FaultyFiles& files);
  void act(journal::Journal& journal);
  void commit_some(journal::Journal& journal);
  void move_cursor(journal::Journal& journal);
  void set_aside(journal::Journal& journal);
  void push_some(journal::Journal& journal);
  void consume_some(journal::Journal& journal);
  static std::string compare_inbox(journal::Journal& journal, const Facts& facts);
  std::string examine_all();
  /// Opens what the crash left and compares it with the facts.
  std::string examine(const CrashPoint& point, DiskState disk, bool again);
  std::string compare(journal::Journal& journal, const Facts& facts);
  std::string go_on(journal::Journal& journal);
  DiskState crashed(const DiskState& disk);
  [[nodiscard]] journal::JournalOptions journal_options() const;

  ScriptOptions options_;
  SeededRandom random_;
  SeededRandom inbox_random_;
  std::uint64_t last_file_ = 0;
  ManualClock clock_{TimePoint{std::chrono::seconds{1'750'000'000}}};
  std::unique_ptr<Log> log_ = make_null_log();
  std::mutex mutex_;
  Facts facts_;
  std::vector<CrashPoint> pending_;
  std::set<std::string> sites_;
  std::uint64_t moments_ = 0;
  std::uint64_t points_ = 0;
  std::uint64_t faults_ = 0;
};

}  // namespace cistern::test
