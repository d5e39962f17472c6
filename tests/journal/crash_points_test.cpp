// Crashes before every write, sync, rename and removal of long random scripts, in every way that a
// crash can leave a disk; and the proof that each sync is needed for it.
#include "crash_model.hpp"
#include "sanitizer.hpp"

#include <algorithm>
#include <cstdlib>

namespace cistern::test {
namespace {

/// Every moment in the long form, some in the short one.
bool long_form() {
  return std::getenv("CISTERN_LONG_TESTS") != nullptr;
}

class CrashPointsTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(CrashPointsTest, NothingAcknowledgedIsLostAndNothingIsTwice) {
  ScriptOptions options;
  options.seed = GetParam();
  if (!long_form()) {
    options.choose = [](const DiskState&, std::uint64_t number) {
      return number % (18 * kSparser) == 0;
    };
  }
  CrashModel model{options};
  EXPECT_EQ(model.run(), "");
  RecordProperty("points", static_cast<int>(model.points()));
}

TEST_P(CrashPointsTest, ADiskThatFailsNowAndThenLosesNothingAcknowledged) {
  ScriptOptions options;
  options.seed = GetParam();
  options.fault_every = 9;
  if (!long_form()) {
    options.choose = [](const DiskState&, std::uint64_t number) {
      return number % (43 * kSparser) == 0;
    };
  }
  CrashModel model{options};
  EXPECT_EQ(model.run(), "");
  EXPECT_GT(model.faults(), 20U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrashPointsTest,
                         ::testing::Range<std::uint64_t>(1, long_form() ? 21 : 4));

/// What a place in the order of things is for.
struct Site {
  const char* name;
  bool short_form;  ///< Shown within seconds, so it is shown in every run.
  bool needed_when_dropped;
  bool needed_when_delayed;
};

void PrintTo(const Site& site, std::ostream* out) {
  *out << site.name;
}

class SabotageTest : public ::testing::TestWithParam<Site> {
 protected:
  /// Whether some crash of the scripts shows a loss with the site spoilt, and what.
  static std::string first_loss(Sabotage::Kind kind, std::uint64_t scripts) {
    for (std::uint64_t seed = 1; seed <= scripts; ++seed) {
      ScriptOptions options;
      options.seed = seed;
      options.lives = 3;
      options.sabotage = {kind, GetParam().name};
      // A spoilt call shows soon after it, or not at all.
      options.choose = [](const DiskState& disk, std::uint64_t number) {
        const bool behind = disk.since_sabotage > 0 && disk.since_sabotage < 12;
        return (behind && (long_form() || number % 4 == 0)) || number % 150 == 0;
      };
      CrashModel model{options};
      if (std::string loss = model.run(); !loss.empty()) return loss;
    }
    return {};
  }
};

TEST_P(SabotageTest, ASyncOrRenameIsNeededOrKnownToBeHarmless) {
  if (!GetParam().short_form && !long_form()) GTEST_SKIP() << "in the long form";
  const auto expect = [](Sabotage::Kind kind, bool needed) {
    const std::string loss = first_loss(kind, needed ? 12 : 1);
    if (needed) {
      EXPECT_NE(loss, "") << "no crash shows that it is needed";
    } else {
      EXPECT_EQ(loss, "") << "it is said to be harmless";
    }
  };
  expect(Sabotage::Kind::drop, GetParam().needed_when_dropped);
  // Two calls that change places leave a narrow gap, which takes many scripts to hit.
  if (long_form()) expect(Sabotage::Kind::delay, GetParam().needed_when_delayed);
}

// What is not needed: files that a crash brings back are removed by the next start, and an index
// that does not look orderly closed is rebuilt.
constexpr Site kSites[] = {
    {"sync of a group", true, true, true},
    {"sync of a new file in journal", true, true, false},
    {"rename in journal", true, true, true},
    {"sync of folder journal after a rename", true, true, false},
    {"sync of folder journal after a removal", false, false, false},
    {"sync of a new file in identities", false, true, false},
    {"rename in identities", true, true, true},
    {"sync of folder identities after a rename", false, true, true},
    {"sync of folder identities after a removal", false, false, false},
    {"sync of a new file in inbox", true, true, false},
    {"rename in inbox", true, true, true},
    {"sync of folder inbox after a rename", true, true, false},
    {"sync of the parent of a new folder", false, true, false},
    {"sync 1 of the index", false, true, false},
    {"sync 2 of the index", false, false, false},
    {"sync 3 of the index", false, false, false},
    {"sync of sequences", false, false, false},
    {"sync of folder store after a creation", false, false, false},
};

const std::string kContinued = "/machine/store/journal/00000000000000000001.ndjson.zst";

/// The worst that a power cut can do to one file: it loses all that was not synced of this file,
/// and nothing else.
DiskState without_unsynced(DiskState disk, const std::string& path, Random& random) {
  const auto name = disk.names.find(path);
  if (name != disk.names.end()) {
    auto& node = disk.nodes.at(name->second);
    node.current = std::make_shared<std::string>(*node.durable);
    node.pending.clear();
  }
  return disk.after_power_cut(Survival::everything, random);
}

/// A killed process leaves a group that was written and not synced. Whatever the next start derives
/// from it must wait for its sync, or a power cut then makes it tell of a loss that nobody
/// suffered.
std::string loss_after_kill(const Sabotage& sabotage) {
  SeededRandom random{1};
  ManualClock clock{TimePoint{std::chrono::seconds{1'750'000'000}}};
  const auto log = make_null_log();
  journal::JournalOptions options;
  options.path = "/machine/store";
  options.group_delay = options.idle_delay = Duration{0};
  std::optional<DiskState> unsynced;
  {
    FaultyFiles files;
    auto journal = journal::open_journal(options, files, clock, random, *log);
    if (!commit_and_wait(**journal, numbered("a", 1, 5))) return "no commit";
    files.set_observer([&](const DiskState& disk) {
      // The write is done and the sync comes next.
      const auto now = disk.content(kContinued);
      for (const auto& [id, node] : disk.nodes) {
        if (now && *node.current == *now && !node.pending.empty()) unsynced = disk.killed();
      }
    });
    if (!commit_and_wait(**journal, numbered("a", 6, 5))) return "no commit";
    files.set_observer({});
  }
  if (!unsynced) return "no moment between write and sync";
  std::vector<DiskState> moments;
  FaultyFiles files{*unsynced};
  files.set_sabotage(sabotage);
  files.set_observer([&](const DiskState& disk) { moments.push_back(disk); });
  { auto journal = journal::open_journal(options, files, clock, random, *log); }
  files.set_observer({});
  moments.push_back(files.state());
  for (const DiskState& moment : moments) {
    for (const auto& cut : {without_unsynced(moment, kContinued, random),
                            moment.after_power_cut(Survival::some, random)}) {
      FaultyFiles after{cut};
      auto journal = journal::open_journal(options, after, clock, random, *log);
      if (!journal) return "does not open";
      // The writer names what is missing in its first group.
      if (!commit_and_wait(**journal, CommitMaker{"b"}.state("k", "v").take())) return "no commit";
      if (!(*journal)->health().holes.empty()) return "tells of a loss";
    }
  }
  return {};
}

TEST(ContinuedSegment, IsSyncedBeforeAnythingIsDerivedFromIt) {
  EXPECT_EQ(loss_after_kill({}), "");
  EXPECT_EQ(loss_after_kill({Sabotage::Kind::drop, "sync of a segment that is continued"}),
            "tells of a loss");
}

INSTANTIATE_TEST_SUITE_P(Sites, SabotageTest, ::testing::ValuesIn(kSites),
                         [](const ::testing::TestParamInfo<Site>& site) {
                           std::string name = site.param.name;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

}  // namespace
}  // namespace cistern::test
