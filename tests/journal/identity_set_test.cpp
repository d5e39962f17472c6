#include "journal/identity/identity_set.hpp"

#include "../destinations/crash_files.hpp"
#include "base/random.hpp"
#include "journal/identity/identity_coverage.hpp"
#include "journal/identity/identity_merge.hpp"

#include <set>

#include <gtest/gtest.h>

namespace cistern::journal {
namespace {

using cistern::testing::Aftermath;
using cistern::testing::Crashed;
using cistern::testing::CrashFiles;
using cistern::testing::CrashPlan;
using std::chrono::hours;

constexpr TimePoint kStart = TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 3 / 4}};
const std::string kDirectory = "/store/ids";

/// A well-spread identity for a number, as a hash would be.
Identity id(std::uint64_t number) {
  SeededRandom random{number};
  Identity identity;
  for (std::size_t half = 0; half < 2; ++half) {
    const std::uint64_t value = random.next();
    for (std::size_t i = 0; i < 8; ++i) {
      identity.bytes[half * 8 + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
  }
  return identity;
}

class IdentitySetTest : public ::testing::Test {
 protected:
  void open() {
    set.reset();
    auto opened = open_identity_set({.directory = kDirectory, .active_limit = 1000}, files);
    ASSERT_TRUE(opened) << opened.error().sentence();
    set = std::move(*opened);
  }
  void insert(std::uint64_t from, std::uint64_t to, TimePoint arrival) {
    for (std::uint64_t i = from; i <= to; ++i) {
      set->insert(id(i), arrival);
    }
  }
  void seal(std::uint64_t from, std::uint64_t to, TimePoint arrival) {
    insert(from, to, arrival);
    const auto sealed = set->seal(to);
    ASSERT_TRUE(sealed) << sealed.error().sentence();
  }
  std::uint64_t known(std::uint64_t from, std::uint64_t to) {
    std::uint64_t count = 0;
    for (std::uint64_t i = from; i <= to; ++i) {
      const auto answer = set->contains(id(i));
      EXPECT_TRUE(answer) << answer.error().sentence();
      count += answer && *answer ? 1 : 0;
    }
    return count;
  }
  void maintain_fully(TimePoint now) {
    for (int i = 0; i < 20; ++i) {
      const auto done = set->maintain(now);
      ASSERT_TRUE(done) << done.error().sentence();
    }
  }
  [[nodiscard]] std::size_t file_count() const { return files.contents().size(); }

  CrashFiles files;
  std::unique_ptr<IdentitySet> set;
};

TEST_F(IdentitySetTest, RemembersWhatWasInsertedAndNothingElse) {
  open();
  insert(1, 500, kStart);
  EXPECT_EQ(known(1, 500), 500U);
  EXPECT_EQ(known(501, 1500), 0U);
  seal(501, 900, kStart);
  EXPECT_EQ(known(1, 900), 900U);
  EXPECT_EQ(known(901, 30000), 0U);
  EXPECT_EQ(set->size(), 900U);
}

TEST_F(IdentitySetTest, TheZeroIdentityMeansNoneAndIsNeverRemembered) {
  open();
  set->insert(Identity{}, kStart);
  EXPECT_EQ(set->contains(Identity{}), false);
}

TEST_F(IdentitySetTest, AnswersAreExactForIdentitiesThatAreNotSpread) {
  open();
  const auto crowded = [](std::uint8_t last) {
    Identity identity;
    identity.bytes[0] = 1;
    identity.bytes[15] = last;
    return identity;
  };
  for (std::uint8_t i = 0; i < 200; ++i) {
    set->insert(crowded(i), kStart);
  }
  ASSERT_TRUE(set->seal(200));
  for (std::uint8_t i = 0; i < 200; ++i) {
    EXPECT_EQ(set->contains(crowded(i)), true) << int{i};
  }
  EXPECT_EQ(set->contains(crowded(201)), false);
}

TEST_F(IdentitySetTest, SurvivesARestartWithoutReadingTheLogAgain) {
  open();
  seal(1, 300, kStart);
  seal(301, 600, kStart);
  open();
  EXPECT_EQ(set->covered_through(), 600U);
  EXPECT_EQ(known(1, 600), 600U);
}

TEST_F(IdentitySetTest, WantsToBeSealedWhenFullOrWhenItHoldsOldIdentities) {
  open();
  insert(1, 999, kStart);
  EXPECT_FALSE(set->wants_seal());
  insert(1000, 1000, kStart);
  EXPECT_TRUE(set->wants_seal());
  ASSERT_TRUE(set->seal(1000));
  EXPECT_FALSE(set->wants_seal());
  insert(1001, 1001, kStart);
  ASSERT_TRUE(set->maintain(kStart + hours{25}));
  EXPECT_TRUE(set->wants_seal());
}

TEST_F(IdentitySetTest, MergesADayAndForgetsItAfterTheWindow) {
  open();
  for (std::uint64_t day = 0; day < 15; ++day) {
    const TimePoint noon = kStart + hours{24 * day + 12};
    for (std::uint64_t part = 0; part < 10; ++part) {
      const std::uint64_t first = day * 1000 + part * 100 + 1;
      seal(first, first + 99, noon);
      ASSERT_TRUE(set->maintain(noon));
    }
    maintain_fully(noon + hours{11});
    // The window is a minimum: everything of the last eleven days is known.
    const std::uint64_t oldest_owed = day < 11 ? 1 : (day - 11) * 1000 + 1001;
    EXPECT_EQ(known(oldest_owed, day * 1000 + 1000), day * 1000 + 1001 - oldest_owed);
  }
  maintain_fully(kStart + hours{24 * 15});
  EXPECT_LE(file_count(), 13U);
  EXPECT_EQ(known(1, 3000), 0U);
  EXPECT_EQ(set->covered_through(), 15000U);
  open();
  EXPECT_EQ(set->covered_through(), 15000U);
}

TEST_F(IdentitySetTest, TheNewestFileStaysBecauseItHoldsTheCoverage) {
  open();
  seal(1, 10, kStart);
  maintain_fully(kStart + hours{24 * 100});
  EXPECT_EQ(set->covered_through(), 10U);
}

TEST_F(IdentitySetTest, ArrivalsFromAClockThatWasAheadDoNotStayForEver) {
  open();
  seal(1, 10, kStart + hours{24 * 3650});
  maintain_fully(kStart);
  seal(11, 20, kStart + hours{24 * 12});
  maintain_fully(kStart + hours{24 * 12});
  EXPECT_EQ(known(1, 10), 0U);
  EXPECT_EQ(known(11, 20), 10U);
}

TEST_F(IdentitySetTest, ADamagedHeaderSendsTheJournalBackBeforeTheFile) {
  open();
  seal(1, 100, kStart);
  seal(101, 200, kStart);
  seal(201, 300, kStart);
  const std::string name = kDirectory + "/" + identity_file_name({101, 200});
  (*files.content(name))[20] ^= 1;
  open();
  EXPECT_EQ(set->covered_through(), 100U);
  EXPECT_NE(files.content(name + ".damaged"), nullptr);
  open();
  EXPECT_EQ(set->covered_through(), 100U) << "the gap must survive another restart";
  seal(101, 400, kStart);
  EXPECT_EQ(files.content(name + ".damaged"), nullptr) << "covered again, so of no further use";
  open();
  EXPECT_EQ(set->covered_through(), 400U);
  EXPECT_EQ(known(1, 400), 400U);
}

TEST_F(IdentitySetTest, DamageInTheFirstFileIsNotMistakenForExpiry) {
  open();
  seal(1, 100, kStart);
  seal(101, 200, kStart);
  files.content(kDirectory + "/" + identity_file_name({1, 100}))->resize(5000);
  open();
  EXPECT_EQ(set->covered_through(), 0U);
  open();
  EXPECT_EQ(set->covered_through(), 0U);
  seal(1, 200, kStart);
  EXPECT_EQ(set->covered_through(), 200U);
}

TEST_F(IdentitySetTest, AMissingFileIsAGap) {
  open();
  seal(1, 100, kStart);
  seal(101, 200, kStart);
  seal(201, 300, kStart);
  ASSERT_TRUE(files.remove(kDirectory + "/" + identity_file_name({101, 200})));
  open();
  EXPECT_EQ(set->covered_through(), 100U);
}

TEST_F(IdentitySetTest, OneFlippedByteAnywhereNeverHidesAnIdentity) {
  open();
  seal(1, 600, kStart);
  const std::string name = kDirectory + "/" + identity_file_name({1, 600});
  const std::string sound = *files.content(name);
  for (std::size_t at = 0; at < sound.size(); at += 7) {
    files.put(name, sound);
    (*files.content(name))[at] ^= 0x10;
    open();
    if (set->covered_through() == 0) {
      ASSERT_TRUE(files.remove(name + ".damaged"));
      continue;  // seen at start: the journal inserts all of it again
    }
    for (std::uint64_t i = 1; i <= 600; ++i) {
      const auto answer = set->contains(id(i));
      if (!answer) {
        EXPECT_EQ(answer.error().code, "journal/identities-damaged");
        EXPECT_EQ(set->covered_through(), 0U);
        ASSERT_TRUE(files.remove(name + ".damaged"));
        break;
      }
      ASSERT_TRUE(*answer) << "byte " << at << " hides identity " << i;
    }
  }
}

TEST_F(IdentitySetTest, ADamagedFilterIsRebuiltFromTheIdentities) {
  open();
  seal(1, 600, kStart);
  const std::string name = kDirectory + "/" + identity_file_name({1, 600});
  const std::size_t filter = 4096 + 3 * 4096;  // after 600 identities
  (*files.content(name))[filter + 2] ^= 1;
  open();
  EXPECT_EQ(verify_identity_set(kDirectory, files)->size(), 1U);
  EXPECT_EQ(known(1, 600), 600U);
  EXPECT_EQ(known(601, 700), 0U);
  maintain_fully(kStart);
  EXPECT_TRUE(verify_identity_set(kDirectory, files)->empty());
  EXPECT_EQ(known(1, 600), 600U);
}

TEST_F(IdentitySetTest, DamageFoundWhileMergingSetsOnlyThatFileAside) {
  open();
  seal(1, 100, kStart);
  seal(101, 200, kStart);
  (*files.content(kDirectory + "/" + identity_file_name({101, 200})))[4096 + 50] ^= 1;
  open();
  const auto merged = set->maintain(kStart + hours{24});
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, "journal/identities-damaged");
  EXPECT_EQ(set->covered_through(), 100U);
  EXPECT_EQ(known(1, 100), 100U);
}

TEST_F(IdentitySetTest, AFullDiskChangesNothingAndTheNextSealSucceeds) {
  open();
  seal(1, 100, kStart);
  insert(101, 200, kStart);
  files.space = 5000;
  const auto sealed = set->seal(200);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, "file/no-space");
  EXPECT_EQ(set->covered_through(), 100U);
  EXPECT_EQ(known(1, 200), 200U);
  EXPECT_EQ(file_count(), 1U);
  files.space = UINT64_MAX;
  ASSERT_TRUE(set->seal(200));
  open();
  EXPECT_EQ(set->covered_through(), 200U);
}

TEST_F(IdentitySetTest, SealingBackwardsIsRefused) {
  open();
  seal(1, 100, kStart);
  insert(101, 101, kStart);
  const auto sealed = set->seal(100);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, "journal/misuse");
}

/// Seals, merges and expires; returns how far seals were acknowledged.
Sequence run_script(CrashFiles& files, Sequence& acknowledged) {
  auto set = open_identity_set({.directory = kDirectory, .active_limit = 50}, files);
  if (!set) return 0;
  for (Sequence next = (*set)->covered_through() + 1; next <= 600; next += 50) {
    const TimePoint now = kStart + hours{next / 5};
    for (Sequence i = next; i < next + 50; ++i) {
      (*set)->insert(id(i), now);
    }
    if ((*set)->seal(next + 49)) acknowledged = next + 49;
    static_cast<void>((*set)->maintain(now));
    static_cast<void>((*set)->maintain(now));
  }
  return (*set)->covered_through();
}

/// Empty, or what was forgotten after a crash.
std::string lost_after(CrashFiles& files, Sequence acknowledged, Aftermath aftermath) {
  files.restart(aftermath);
  auto set = open_identity_set({.directory = kDirectory, .active_limit = 50}, files);
  if (!set) return set.error().sentence();
  if ((*set)->covered_through() < acknowledged) return "coverage went back";
  // Everything covered and younger than the window must be known.
  const Sequence covered = (*set)->covered_through();
  const Sequence owed = covered > 190 * 5 ? covered - 190 * 5 : 1;
  for (Sequence i = owed; i <= covered; ++i) {
    const auto known = (*set)->contains(id(i));
    if (!known || !*known) return "identity " + std::to_string(i) + " is forgotten";
  }
  for (const auto& [path, content] : files.contents()) {
    if (path.ends_with(".tmp")) return "left over: " + path;
  }
  return {};
}

std::string first_loss(bool syncs_work, bool directory_syncs_work) {
  CrashFiles counting;
  Sequence all = 0;
  run_script(counting, all);
  EXPECT_EQ(all, 600U);
  for (std::uint64_t at = 1; at <= counting.operations; ++at) {
    for (const auto moment :
         {CrashPlan::Moment::before, CrashPlan::Moment::within, CrashPlan::Moment::after}) {
      for (const auto aftermath : {Aftermath::killed, Aftermath::power_cut, Aftermath::torn}) {
        CrashFiles files;
        files.syncs_work = syncs_work;
        files.directory_syncs_work = directory_syncs_work;
        files.plan = {.at = at, .moment = moment};
        Sequence acknowledged = 0;
        try {
          run_script(files, acknowledged);
        } catch (const Crashed&) {
        }
        const std::string lost = lost_after(files, acknowledged, aftermath);
        if (!lost.empty()) {
          return lost + " after a crash at operation " + std::to_string(at) + ", " +
                 files.journal.back();
        }
      }
    }
  }
  return {};
}

TEST(IdentitySetCrash, NothingAcknowledgedIsForgottenWhereverTheProcessEnds) {
  EXPECT_EQ(first_loss(true, true), "");
}

TEST(IdentitySetCrash, TheTestNoticesMissingSyncs) {
  EXPECT_NE(first_loss(false, true), "");
  EXPECT_NE(first_loss(true, false), "");
}

TEST(IdentityCoverage, GapsEndTheCoverage) {
  EXPECT_EQ(covered_by({}, {}), 0U);
  EXPECT_EQ(covered_by({{5, 9}, {10, 12}}, {}), 12U);
  EXPECT_EQ(covered_by({{5, 9}, {11, 12}}, {}), 9U);
  EXPECT_EQ(covered_by({{5, 30}, {6, 8}, {31, 40}}, {{7, 8}}), 40U);
  EXPECT_EQ(covered_by({{5, 9}}, {{1, 4}}), 0U);
  EXPECT_EQ(covered_by({}, {{7, 9}}), 6U);
}

TEST(IdentityMergePlan, FewFilesRemainAndLargeOnesAreLeftAlone) {
  const auto file = [](std::uint64_t count, int day) {
    return MergeCandidate{.count = count, .newest = kStart + hours{24 * day}};
  };
  EXPECT_EQ(plan_merge({file(10, 0), file(10, 0), file(10, 0)}, kStart), std::nullopt);
  EXPECT_EQ(plan_merge({file(10, 0), file(10, 0), file(10, 0), file(10, 0)}, kStart),
            (MergePlan{0, 4}));
  EXPECT_EQ(plan_merge({file(100, 0), file(10, 0), file(10, 0), file(10, 0)}, kStart),
            (MergePlan{1, 4}));
  EXPECT_EQ(plan_merge({file(100, 0), file(10, 0), file(10, 1)}, kStart + hours{24}),
            (MergePlan{0, 2}));
  EXPECT_EQ(plan_merge({file(kMaxMerged, 0), file(10, 0), file(10, 1)}, kStart + hours{24}),
            std::nullopt);
}

TEST(IdentityFileName, OnlyOurOwnNamesAreTaken) {
  const std::string name = identity_file_name({1, 4200});
  EXPECT_EQ(name, "ids-00000000000000000001-00000000000000004200.bin");
  EXPECT_EQ(parse_identity_file_name(name, ""), (CoveredRange{1, 4200}));
  EXPECT_EQ(parse_identity_file_name(name + ".damaged", ""), std::nullopt);
  EXPECT_EQ(parse_identity_file_name(name + ".damaged", ".damaged"), (CoveredRange{1, 4200}));
  EXPECT_EQ(parse_identity_file_name("ids-1-2.bin", ""), std::nullopt);
  EXPECT_EQ(parse_identity_file_name("notes.txt", ""), std::nullopt);
}

}  // namespace
}  // namespace cistern::journal
