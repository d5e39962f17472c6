#include "runtime/status/coverage_hours.hpp"

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using journal::LedgerRow;
using std::chrono::hours;
using std::chrono::minutes;

TimePoint at(std::string_view text) {
  return *parse_time("2026-03-02T" + std::string{text} + ":00Z");
}

LedgerRow window(std::string_view from, std::string_view to,
                 CoverageState state = CoverageState::whole, const std::string& reason = {}) {
  LedgerRow row;
  row.connector = "tenant";
  row.coverage = {.stream = "audit",
                  .kind = "window",
                  .item = {},
                  .from = at(from),
                  .to = at(to),
                  .state = state,
                  .reason = reason};
  row.updated = at(to);
  return row;
}

LedgerRow blob(const std::string& item, std::string_view available, CoverageState state,
               const std::string& reason = {}, TimePoint expires = {}) {
  LedgerRow row;
  row.connector = "tenant";
  row.coverage = {.stream = "audit",
                  .kind = "blob",
                  .item = item,
                  .from = at(available),
                  .to = at(available),
                  .state = state,
                  .reason = reason,
                  .expires = expires};
  row.stored = 5;
  row.updated = at(available) + minutes{10};
  return row;
}

/// "whole 09-12, gap 12-13, ..." with hours of 2026-03-02.
std::string words(const std::vector<LedgerRow>& ledger, TimePoint now,
                  const std::vector<DamagedStretch>& damaged = {}, HoursQuestion question = {}) {
  question.now = now;
  const auto streams = coverage_hours(ledger, damaged, question);
  if (streams.size() != 1) return std::to_string(streams.size()) + " streams";
  std::string text;
  for (const auto& span : streams[0].spans) {
    text += (text.empty() ? "" : ", ") + std::string{to_string(span.state)} + " " +
            format_time(span.from).substr(11, 2) + "-" + format_time(span.to).substr(11, 2);
    if (!span.reason.empty()) text += " (" + span.reason + ")";
    for (const auto& item : span.items)
      text += " " + item;
  }
  return text;
}

TEST(CoverageHours, WholeUpToTheLastWindowAndFillingBehindIt) {
  EXPECT_EQ(words({window("09:00", "11:20")}, at("12:30")), "whole 09-11, filling 11-13");
}

TEST(CoverageHours, TheHourInWhichCollectingBeganOwesOnlyItsRest) {
  EXPECT_EQ(words({window("09:40", "11:00")}, at("11:00"), {}, {.from = at("07:00")}),
            "no data expected 07-09, whole 09-11");
}

TEST(CoverageHours, ALostWindowIsAGapInEachHourThatItTouches) {
  EXPECT_EQ(words({window("08:00", "09:30"),
                   window("09:30", "10:10", CoverageState::lost, "not listed in time"),
                   window("10:10", "13:00")},
                  at("13:00")),
            "whole 08-09, gap 09-11 (not listed in time), whole 11-13");
}

TEST(CoverageHours, WhatNobodyAskedForIsAGap) {
  EXPECT_EQ(words({window("08:00", "09:00"), window("11:00", "12:00")}, at("12:00")),
            "whole 08-09, gap 09-11 (not asked for), whole 11-12");
}

TEST(CoverageHours, ItemsThatWaitFillAndLostOnesAreGapsByName) {
  EXPECT_EQ(
      words({window("08:00", "12:00"), blob("b1", "09:10", CoverageState::partial, "being read"),
             blob("b2", "10:10", CoverageState::lost, "404"),
             blob("b3", "10:40", CoverageState::lost, "404"),
             blob("b4", "11:10", CoverageState::whole)},
            at("12:00")),
      "whole 08-09, filling 09-10 (being read) b1, gap 10-11 (404) b2 b3, whole 11-12");
}

TEST(CoverageHours, AnHourWithSeveralGapsNamesEach) {
  EXPECT_EQ(words({window("08:00", "09:10"),
                   window("09:10", "09:20", CoverageState::lost, "not listed in time"),
                   window("09:20", "10:00"), blob("b1", "09:40", CoverageState::lost, "404"),
                   blob("b2", "09:45", CoverageState::partial, "being read")},
                  at("10:00")),
            "whole 08-09, gap 09-10 (not listed in time; also: 404) b1 b2");
}

TEST(CoverageHours, WhatExpiredWhileItWaitedIsAGap) {
  EXPECT_EQ(words({window("08:00", "10:00"),
                   blob("b1", "09:10", CoverageState::partial, "being read", at("09:30"))},
                  at("10:00")),
            "whole 08-09, gap 09-10 (it expired at the vendor before it was stored) b1");
}

TEST(CoverageHours, AnItemWithoutATimeMayBelongToAnyHour) {
  auto row = blob("b1", "09:10", CoverageState::lost, "404");
  row.coverage.from = row.coverage.to = TimePoint{};
  EXPECT_EQ(words({window("08:00", "10:00"), row}, at("10:00")), "gap 08-10 (404) b1");
}

TEST(CoverageHours, WindowsThatOverlapCountOnce) {
  // 30 minutes twice are not an hour.
  EXPECT_EQ(words({window("09:00", "09:30"), window("09:00", "09:30"), window("10:00", "11:00")},
                  at("11:00")),
            "gap 09-10 (not asked for), whole 10-11");
}

TEST(CoverageHours, DamageHitsWhatWasStoredMeanwhile) {
  const std::vector<LedgerRow> ledger{window("08:00", "12:00"),
                                      blob("b1", "09:10", CoverageState::whole),
                                      blob("b2", "10:10", CoverageState::whole)};
  // b1 was stored at 09:20, b2 at 10:20.
  const DamagedStretch damage{
      .hole = {7, 9, "damaged"}, .received_from = at("09:00"), .received_to = at("09:15")};
  EXPECT_EQ(words(ledger, at("12:00"), {damage}),
            "whole 08-09, gap 09-10 (damaged in the store: sequences 7 to 9) b1, whole 10-12");
}

TEST(CoverageHours, DamageThatWasAskedForAgainIsWholeAgainAsFarAsItWasAsked) {
  const DamagedStretch damage{
      .hole = {7, 9, "damaged"}, .received_from = at("09:00"), .received_to = at("11:00")};
  LedgerRow mended = blob("7-9", "08:30", CoverageState::whole);
  mended.coverage.kind = kMendedKind;
  std::vector<LedgerRow> ledger{window("08:00", "12:00"), blob("b0", "08:10", CoverageState::whole),
                                blob("b1", "09:10", CoverageState::whole), mended};
  ledger[1].updated = at("09:20");
  EXPECT_TRUE(asked_again(ledger, damage));
  EXPECT_EQ(words(ledger, at("12:00"), {damage}),
            "gap 08-09 (damaged in the store: sequences 7 to 9) b0, whole 09-12");
  ledger[2].coverage.state = CoverageState::damaged;
  ledger[2].coverage.reason = "the group is damaged";
  EXPECT_EQ(words(ledger, at("12:00"), {damage}),
            "gap 08-09 (damaged in the store: sequences 7 to 9) b0, gap 09-10 (the group is "
            "damaged) b1, whole 10-12");
  // A later damage was not asked for again by that.
  EXPECT_FALSE(asked_again(
      ledger,
      {.hole = {20, 21, "damaged"}, .received_from = at("09:00"), .received_to = at("11:00")}));
}

TEST(CoverageHours, DamageOfLongAgoIsHeldAgainstAllThatMayBeHit) {
  const DamagedStretch damage{
      .hole = {7, 9, "damaged"}, .received_from = at("09:00"), .received_to = at("10:00")};
  // The ledger has forgotten which blobs were stored then.
  const auto text = words({window("08:00", "12:00"), blob("b1", "11:30", CoverageState::whole)},
                          at("12:00") + hours{24 * 10}, {damage}, {.to = at("12:00")});
  EXPECT_EQ(text, "gap 08-10 (damaged in the store: sequences 7 to 9), whole 10-12");
}

TEST(CoverageHours, ABlobIsForgottenByItsAgeAndNotByTheDamages) {
  // It became available at about 09:10 and arrived at 15:00: nine days later the ledger has
  // forgotten it, although the damage itself is younger than that.
  const DamagedStretch damage{
      .hole = {7, 9, "damaged"}, .received_from = at("15:00"), .received_to = at("15:01")};
  const auto text = words({window("08:00", "18:00"), blob("b1", "14:55", CoverageState::whole)},
                          at("10:00") + hours{24 * 9}, {damage}, {.to = at("18:00")});
  EXPECT_EQ(text,
            "gap 08-10 (damaged in the store: sequences 7 to 9), whole 10-14, "
            "gap 14-15 (damaged in the store: sequences 7 to 9) b1, whole 15-18");
}

TEST(CoverageHours, OnlyWhatWasAskedForIsTold) {
  EXPECT_EQ(
      words({window("08:00", "12:00")}, at("12:00"), {}, {.from = at("09:30"), .to = at("10:30")}),
      "whole 09-11");
}

}  // namespace
}  // namespace cistern::runtime
