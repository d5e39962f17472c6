#include "destinations/syslog/relp_window.hpp"

#include "destinations/syslog/relp_progress.hpp"

#include <gtest/gtest.h>

namespace cistern::destinations::syslog {
namespace {

codec::RelpFrame answer(std::uint32_t transaction, std::string_view data = "200 OK") {
  return {.transaction = transaction, .command = "rsp", .data = data};
}

TEST(RelpWindow, AnswersComeInAnyOrder) {
  RelpWindow window{3};
  EXPECT_EQ(window.add(10), 1U);
  EXPECT_EQ(window.add(11), 2U);
  EXPECT_EQ(window.add(12), 3U);
  EXPECT_FALSE(window.has_room());
  EXPECT_EQ(window.settle(answer(3))->item, 12U);
  // The oldest is open: so many frames are bounded, not so many answers.
  EXPECT_FALSE(window.has_room());
  EXPECT_EQ(window.settle(answer(1))->item, 10U);
  EXPECT_TRUE(window.has_room());
  EXPECT_EQ(window.settle(answer(2))->item, 11U);
  EXPECT_TRUE(window.empty());
}

TEST(RelpWindow, NumbersWrap) {
  RelpWindow window{4, codec::kLastRelpTransaction};
  EXPECT_EQ(window.add(1), codec::kLastRelpTransaction);
  EXPECT_EQ(window.add(2), 1U);
  EXPECT_EQ(window.settle(answer(1))->item, 2U);
  EXPECT_EQ(window.settle(answer(codec::kLastRelpTransaction))->item, 1U);
  EXPECT_TRUE(window.empty());
}

TEST(RelpWindow, AnswersToNothingAreRefused) {
  RelpWindow window{3};
  EXPECT_FALSE(window.settle(answer(1)));
  window.add(0);
  window.add(1);
  for (const std::uint32_t unknown : {0U, 3U, 700U, codec::kLastRelpTransaction})
    EXPECT_EQ(window.settle(answer(unknown)).error().code, "relp/grammar") << unknown;
  ASSERT_TRUE(window.settle(answer(2)));
  EXPECT_EQ(window.settle(answer(2)).error().code, "relp/grammar");
  EXPECT_EQ(window.settle(answer(1, "fine")).error().code, "relp/grammar");
}

TEST(RelpWindow, ARefusalSaysWhy) {
  RelpWindow window{3};
  window.add(7);
  const auto settled = window.settle(answer(1,
                                            "500 queue\x01"
                                            "full"));
  ASSERT_TRUE(settled);
  EXPECT_FALSE(settled->accepted);
  EXPECT_EQ(settled->refusal, "500 queue.full");
}

TEST(RelpProgress, GivesUpSoonOnAnEventThatAloneIsRefused) {
  RelpProgress progress;
  EXPECT_FALSE(progress.refuse(5, true));
  EXPECT_FALSE(progress.refuse(5, true));
  EXPECT_TRUE(progress.refuse(5, true));
}

TEST(RelpProgress, IsPatientWithAReceiverThatRefusesEverything) {
  RelpProgress progress;
  for (int i = 0; i < 9; ++i)
    EXPECT_FALSE(progress.refuse(5, false));
  EXPECT_TRUE(progress.refuse(5, false));
}

TEST(RelpProgress, ForgetsWhatIsDone) {
  RelpProgress progress;
  progress.accept(5);
  progress.accept(6);
  EXPECT_TRUE(progress.answered(5));
  runtime::Batch batch;
  batch.payloads.push_back({.sequence = 5, .bytes = {}});
  progress.forget(batch);
  EXPECT_FALSE(progress.answered(5));
  EXPECT_TRUE(progress.answered(6));
}

}  // namespace
}  // namespace cistern::destinations::syslog
