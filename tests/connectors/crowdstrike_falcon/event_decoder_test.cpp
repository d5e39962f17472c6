#include "connectors/crowdstrike_falcon/event_decoder.hpp"

#include "connectors/crowdstrike_falcon/fake_vendor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const TimePoint kAt{std::chrono::milliseconds{1784698003422}};

std::shared_ptr<const StreamBatch> decode(
    std::string bytes,
    DecoderContext context = {.feed = "0", .partition = "7", .epoch = 0, .filter = nullptr}) {
  StreamValues values;
  values.bytes = std::move(bytes);
  return decode_events(std::move(values), context);
}

TEST(FalconDecoder, KeepsTheVendorsWordsAndReadsTheEnvelopeExactly) {
  const std::string line =
      R"({"event":{"ContextProcessId":17793441978049446000,"Text":"a\u0026b"},"metadata":{)"
      R"("version":"1.0","eventCreationTime":1784698003422,"offset":18446744073709551614,)"
      R"("eventType":"Neverheard","customerIDString":"ABCDEF"}})";
  const auto batch = decode(line + "\r\n\n\n" + line);
  ASSERT_EQ(batch->batch.records.size(), 2U);
  const Record& record = batch->batch.records[0];
  EXPECT_EQ(record.raw, line);
  EXPECT_EQ(record.form, RawForm::json);
  EXPECT_EQ(record.time, kAt);
  EXPECT_EQ(record.meta, R"({"feed":"0","partition":"7"})");
  EXPECT_TRUE(record.problem.empty());
  EXPECT_EQ(batch->offsets[0], 18446744073709551614ULL);
  EXPECT_EQ(record.identity,
            make_identity({"crowdstrike_falcon", "abcdef", "0", "18446744073709551614"}));
  EXPECT_EQ(batch->keep_alives, 2U);
}

TEST(FalconDecoder, ValuesNeedNoLineBreakBetweenThem) {
  const auto batch = decode(event_line(1, kAt) + event_line(2, kAt) + " " + event_line(3, kAt));
  EXPECT_THAT(batch->offsets, ElementsAre(1, 2, 3));
}

TEST(FalconDecoder, WhatIsNoEventIsKeptWithAProblem) {
  const std::string lines[] = {
      "12",
      "null",
      R"("text")",
      "[1,2]",
      "{}",
      R"({"metadata":7})",
      R"({"metadata":{"offset":"5"}})",
      R"({"metadata":{"offset":5.0}})",
      R"({"metadata":{"offset":-1}})",
      R"({"metadata":{"offset":18446744073709551615}})",
      R"({"metadata":{"offset":18446744073709551616}})",
      R"({"metadata":{"offset":1)",
      R"({"metadata":{"offset":1},})",
      std::string("\0\0", 2),
      std::string("{\"metadata\":{\"offset\":1},\"a\":\"\0\"}", 33),
      "\xff\xfe",
      "tail of a value\"}}",
  };
  for (const std::string& line : lines) {
    const auto batch = decode(line + "\n");
    ASSERT_FALSE(batch->batch.records.empty()) << line;
    std::string joined;
    for (std::size_t i = 0; i < batch->batch.records.size(); ++i) {
      const Record& record = batch->batch.records[i];
      joined += record.raw;
      EXPECT_FALSE(record.problem.empty()) << line;
      EXPECT_TRUE(record.identity.is_zero()) << line;
      EXPECT_EQ(batch->offsets[i], StreamBatch::kNoOffset) << line;
    }
    EXPECT_EQ(joined, line);
  }
}

TEST(FalconDecoder, ADamagedLineTakesNoNeighbourWithIt) {
  const auto batch =
      decode(event_line(1, kAt) + "\n" + R"({"metadata":{"customerIDString":"a","offset":12,)" +
             "\n" + event_line(12, kAt) + "\n");
  EXPECT_THAT(batch->offsets, ElementsAre(1, StreamBatch::kNoOffset, 12));
}

TEST(FalconDecoder, DamagedCharactersLeaveThePlaceAsItWas) {
  const std::string line = R"({"metadata":{"customerIDString":"a","offset":9},"event":{"x":")"
                           "\xc3\x28"
                           R"("}})";
  const auto batch = decode(line);
  ASSERT_THAT(batch->offsets, ElementsAre(9));
  EXPECT_EQ(batch->batch.records[0].form, RawForm::bytes);
  EXPECT_EQ(batch->batch.records[0].raw, line);
  EXPECT_FALSE(batch->batch.records[0].problem.empty());
}

TEST(FalconDecoder, NestingBeyondTheBoundIsKeptAsText) {
  const std::string line =
      R"({"metadata":{"offset":1},"a":)" + std::string(200, '[') + std::string(200, ']') + "}";
  const auto batch = decode(line);
  ASSERT_EQ(batch->batch.records.size(), 1U);
  EXPECT_EQ(batch->batch.records[0].raw, line);
  EXPECT_EQ(batch->batch.records[0].form, RawForm::text);
  EXPECT_FALSE(batch->batch.records[0].problem.empty());
}

TEST(FalconDecoder, ALargeEventComesInPiecesOfWhichTheLastHasThePlace) {
  std::string line = event_line(5, kAt);
  std::string text;
  while (text.size() < 2 * kMaxPiece)
    text += "\xe2\x82\xac";
  line.insert(line.size() - 2, R"(,"Blob":")" + text + "\"");
  const auto batch = decode(line + "\n" + event_line(6, kAt));
  ASSERT_EQ(batch->offsets.size(), 4U);
  EXPECT_THAT(batch->offsets, ElementsAre(StreamBatch::kNoOffset, StreamBatch::kNoOffset, 5, 6));
  std::string joined;
  for (std::size_t i = 0; i < 3; ++i) {
    const Record& piece = batch->batch.records[i];
    EXPECT_LE(piece.raw.size(), kMaxPiece);
    EXPECT_EQ(piece.form, RawForm::text) << "no sign is cut in two";
    EXPECT_FALSE(piece.identity.is_zero());
    joined += piece.raw;
  }
  EXPECT_TRUE(joined == line);
}

TEST(FalconDecoder, PiecesOfASeveredValueAreNoValues) {
  StreamValues values;
  values.bytes = event_line(8, kAt);  // An inner object that looks like an event.
  values.continues = true;
  values.severed = true;
  const auto batch = decode_events(std::move(values),
                                   {.feed = "0", .partition = "0", .epoch = 0, .filter = nullptr});
  EXPECT_THAT(batch->offsets, ElementsAre(StreamBatch::kNoOffset));
  EXPECT_THAT(std::string{batch->batch.records[0].problem}, HasSubstr("32 MiB"));
}

TEST(FalconDecoder, TheFilterMarksAndDropsNothing) {
  const auto filter =
      std::make_shared<EventFilter>(std::vector<std::string>{}, std::vector<std::string>{"noise"});
  const auto batch = decode(event_line(1, kAt, "Noise") + "\n" + event_line(2, kAt, "Signal"),
                            {.feed = "0", .partition = "0", .epoch = 0, .filter = filter});
  ASSERT_THAT(batch->offsets, ElementsAre(1, 2));
  EXPECT_EQ(batch->batch.records[0].stream, kLeftOut);
  EXPECT_EQ(batch->batch.records[1].stream, "events");
}

TEST(FalconDecoder, TheCustomerBecomesPartOfAKeySoItIsANameOrNothing) {
  EXPECT_EQ(read_facts(R"({"metadata":{"offset":1,"customerIDString":"a/b"}})").customer, "");
  EXPECT_EQ(read_facts(R"({"metadata":{"offset":1,"customerIDString":7}})").customer, "");
  EXPECT_EQ(read_facts(R"({"metadata":{"offset":1,"customerIDString":"0aF-1"}})").customer,
            "0aF-1");
  EXPECT_EQ(read_facts(R"({"metadata":{"offset":1,"eventCreationTime":-5}})").created, TimePoint{});
  EXPECT_EQ(
      read_facts(R"({"metadata":{"offset":1,"eventCreationTime":99999999999999999}})").created,
      TimePoint{});
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon::test
