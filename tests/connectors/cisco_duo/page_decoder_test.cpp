// Bodies become records: places of the next page, identities, and what cannot be taken.
#include "connectors/cisco_duo/page_decoder.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_duo {
namespace {

using testing::HasSubstr;

struct Decoded {
  std::shared_ptr<const RecordBatch> batch;
  PageFacts facts;
  [[nodiscard]] std::vector<Identity> identities() const {
    std::vector<Identity> out;
    if (batch) {
      for (const Record& record : batch->records)
        out.push_back(record.identity);
    }
    return out;
  }
};

Decoded decode(std::string_view stream, std::string body,
               std::shared_ptr<const Occurrences> counted = nullptr) {
  Decoded out;
  out.batch = decode_page(std::move(body),
                          {.stream = find_log_stream(stream),
                           .account = "api-1a2b3c4d.duosecurity.com",
                           .counted = std::move(counted)},
                          out.facts);
  return out;
}

std::string v2(std::string_view list, std::string_view rows, std::string_view metadata) {
  std::string out = R"({"stat":"OK","response":{")";
  out.append(list).append("\":[").append(rows).append("],\"metadata\":").append(metadata);
  return out + "}}";
}

std::string next_of(std::string_view metadata) {
  const Decoded page = decode("activity", v2("items", R"({"activity_id":"a"})", metadata));
  return page.facts.problem.empty() ? page.facts.next : "problem: " + page.facts.problem;
}

TEST(DuoPage, ThePlaceOfTheNextPageInAllItsForms) {
  EXPECT_EQ(next_of(R"({"next_offset":["1767604101123","5bea1c1e"]})"), "1767604101123,5bea1c1e");
  EXPECT_EQ(next_of(R"({"next_offset":[1767604101123,"5bea1c1e"]})"), "1767604101123,5bea1c1e");
  EXPECT_EQ(next_of(R"({"next_offset":"1767604200000,720b8360"})"), "1767604200000,720b8360");
  EXPECT_EQ(next_of(R"({"next_offset":2})"), "2");
  EXPECT_EQ(next_of(R"({"next_offset":"2","total_objects":{"relation":"gte","value":7}})"), "2");
  for (const char* last : {"{}", R"({"next_offset":null})", R"({"next_offset":""})", "null",
                           R"({"next_offset":[]})"}) {
    EXPECT_EQ(next_of(last), "") << last;
  }
}

TEST(DuoPage, AnUnknownFormOfThePlaceIsNotTheLastPage) {
  for (const char* odd : {R"({"next_offset":{"a":1}})", R"({"next_offset":true})",
                          R"({"next_offset":[["x"]]})", R"({"next_offset":"a b"})"}) {
    EXPECT_THAT(next_of(odd), HasSubstr("problem")) << odd;
  }
  EXPECT_THAT(next_of("{\"next_offset\":\"" + std::string(600, 'x') + "\"}"), HasSubstr("problem"));
}

TEST(DuoPage, RowsAreKeptWordForWord) {
  const Decoded page = decode(
      "authentication",
      v2("authlogs",
         R"({"txid":"5bea","isotimestamp":"2026-01-05T09:08:21.123456+00:00","timestamp":1767604101,"big":18446744073709551615,"is_password_set":"unknown"},
            {"txid":"5beb","timestamp":1767604102})",
         "{}"));
  ASSERT_EQ(page.facts.rows, 2U);
  EXPECT_EQ(
      page.batch->records[0].raw,
      R"({"txid":"5bea","isotimestamp":"2026-01-05T09:08:21.123456+00:00","timestamp":1767604101,"big":18446744073709551615,"is_password_set":"unknown"})");
  EXPECT_EQ(format_time(page.batch->records[0].time), "2026-01-05T09:08:21.123456Z");
  EXPECT_EQ(format_time(page.batch->records[1].time), "2026-01-05T09:08:22.000Z");
  EXPECT_EQ(page.batch->records[0].stream, "authentication");
  EXPECT_EQ(page.facts.newest, page.batch->records[1].time);
  EXPECT_TRUE(page.facts.ascending);
}

TEST(DuoPage, ARowIsTheSameWhereverItIsReadAgain) {
  const std::string row =
      R"({"txid":"5bea","isotimestamp":"2026-01-05T09:08:21.123456+00:00","result":"success"})";
  const std::string more =
      R"({"txid":"5bea","isotimestamp":"2026-01-05T09:08:21.123456+00:00","result":"success","new":1})";
  const std::string later = R"({"txid":"5bea","isotimestamp":"2026-01-05T09:09:21.123456+00:00"})";
  const auto a = decode("authentication", v2("authlogs", row, "{}")).identities();
  EXPECT_EQ(a, decode("authentication", v2("authlogs", more, "{}")).identities());
  EXPECT_NE(a, decode("authentication", v2("authlogs", later, "{}")).identities());
  const std::string other = R"({"telephony_id":"5bea","ts":"2026-01-05T09:08:21.123456+00:00"})";
  EXPECT_NE(a, decode("telephony", v2("items", other, "{}")).identities());
}

TEST(DuoPage, AChangeOfAnUnusualEventIsANewOne) {
  const auto of = [](std::string_view row) {
    return decode("trust_monitor", v2("events", row, "{}")).identities();
  };
  const auto fresh = of(R"({"sekey":"SE1","state":"new","state_updated_timestamp":null})");
  EXPECT_EQ(fresh, of(R"({"state":"new","sekey":"SE1"})"));
  EXPECT_NE(fresh, of(R"({"sekey":"SE1","state":"processed","state_updated_timestamp":17})"));
}

constexpr std::string_view kRow =
    R"({"action":"user_update","object":"arivera","timestamp":1767604320,"username":"x"})";
constexpr std::string_view kReordered =
    R"({"username":"x","timestamp":1767604320,"object":"arivera","action":"user_update"})";

std::string v1(std::initializer_list<std::string_view> rows) {
  std::string out = R"({"stat":"OK","response":[)";
  for (const std::string_view row : rows) {
    if (out.back() != '[') out += ",";
    out += row;
  }
  return out + "]}";
}

TEST(DuoPage, EqualRowsWithoutAnIdAreCountedFromTheBeginningOfTheirSecond) {
  const auto one = decode("administrator", v1({kRow})).identities();
  const auto three = decode("administrator", v1({kRow, kReordered, kRow})).identities();
  ASSERT_EQ(three.size(), 3U);
  EXPECT_EQ(one.front(), three.front());
  EXPECT_EQ(std::set<Identity>(three.begin(), three.end()).size(), 3U);
  // Read again with one more: the first two are the same, the third is new.
  EXPECT_EQ(three, decode("administrator", v1({kReordered, kRow, kRow})).identities());
}

TEST(DuoPage, CountingGoesOnOverThePagesOfAChain) {
  const std::string row = R"({"ts":"2026-01-05T09:08:21+00:00","action":"odd"})";
  const Decoded first = decode("activity", v2("items", row, R"({"next_offset":"1"})"));
  EXPECT_EQ(first.facts.without_id, 1U);
  const Decoded second = decode("activity", v2("items", row, "{}"), first.facts.counted);
  EXPECT_NE(first.identities(), second.identities());
  // Had the page border not cut them, they would have the same names.
  auto both = decode("activity", v2("items", row + "," + row, "{}")).identities();
  EXPECT_EQ(both[0], first.identities()[0]);
  EXPECT_EQ(both[1], second.identities()[0]);
}

TEST(DuoPage, RowsThatAreNoObjectsAreKeptWithTheReason) {
  const Decoded page = decode("administrator", v1({"17", R"("words")", "null"}));
  ASSERT_EQ(page.facts.rows, 3U);
  for (const Record& record : page.batch->records)
    EXPECT_FALSE(record.problem.empty());
}

TEST(DuoPage, BodiesThatCannotBeTakenSayWhy) {
  EXPECT_THAT(decode("activity", "<html>").facts.problem, HasSubstr("valid JSON"));
  EXPECT_THAT(decode("activity", "").facts.problem, HasSubstr("valid JSON"));
  EXPECT_THAT(decode("activity", v2("items", R"({"a":01})", "{}")).facts.problem,
              HasSubstr("valid JSON"));
  EXPECT_THAT(decode("activity", v2("items", "{\"a\":\"\xff\"}", "{}")).facts.problem,
              HasSubstr("valid JSON"));
  EXPECT_THAT(decode("activity", R"({"stat":"OK","response":{}})").facts.problem,
              HasSubstr("no list"));
  EXPECT_THAT(decode("administrator", R"({"stat":"OK","response":null})").facts.problem,
              HasSubstr("no list"));
  const Decoded cut = decode("activity", v2("items", "{}", "{}").substr(0, 40));
  EXPECT_FALSE(cut.facts.problem.empty());
  EXPECT_EQ(cut.batch, nullptr);
}

TEST(DuoPage, ASuccessMaySayFail) {
  const Decoded page =
      decode("activity", R"({"stat":"FAIL","code":40301,"message":"Access forbidden"})");
  ASSERT_TRUE(page.facts.refusal);
  EXPECT_EQ(page.facts.refusal->code, 40301);
}

TEST(DuoPage, TimesComeInSeveralForms) {
  const Decoded page =
      decode("administrator",
             v1({R"({"timestamp":1626781291,"isotimestamp":"2021-07-20T11: 41: 31+00: 00"})",
                 R"({"timestamp":"1626781292"})", R"({"isotimestamp":"2021-07-20T11:41:33+00:00"})",
                 R"({"timestamp":null})"}));
  EXPECT_EQ(format_time(page.batch->records[0].time), "2021-07-20T11:41:31.000Z");
  EXPECT_EQ(format_time(page.batch->records[1].time), "2021-07-20T11:41:32.000Z");
  EXPECT_EQ(format_time(page.batch->records[2].time), "2021-07-20T11:41:33.000Z");
  EXPECT_EQ(page.batch->records[3].time, TimePoint{});
  const Decoded surfaced = decode(
      "trust_monitor", v2("events", R"({"sekey":"S","surfaced_timestamp":1767601549059})", "{}"));
  EXPECT_EQ(format_time(surfaced.batch->records[0].time), "2026-01-05T08:25:49.059Z");
}

}  // namespace
}  // namespace cistern::connectors::cisco_duo
