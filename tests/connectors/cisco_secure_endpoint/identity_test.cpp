// Which record is the same record, and what a page becomes.
#include "connectors/cisco_secure_endpoint/identity.hpp"

#include "codec/json.hpp"
#include "connectors/cisco_secure_endpoint/page_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_endpoint::test {
namespace {

using testing::HasSubstr;

constexpr std::string_view kCloud = "api.eu.amp.cisco.com";

std::string event(std::string_view members) {
  return R"({"timestamp":1790000000,"timestamp_nanoseconds":5,"event_type_id":2164260880,)"
         R"("connector_guid":"g","computer":{"active":true})" +
         std::string{members} + "}";
}

TEST(EndpointIdentity, IdsAboveTwoToTheFiftyThreeAreNotRounded) {
  const auto a = event_key(kCloud, event(R"(,"id":6533241145273614339)"));
  const auto b = event_key(kCloud, event(R"(,"id":6533241145273614340)"));
  EXPECT_NE(a.identity, b.identity);
  EXPECT_FALSE(a.by_content);
  EXPECT_EQ(a.time, TimePoint{std::chrono::seconds{1'790'000'000} + std::chrono::nanoseconds{5}});
}

TEST(EndpointIdentity, WhatDecidesIsTheEventAndItsCloudAndNotItsOrderOrComputer) {
  const auto a = event_key(kCloud, event(R"(,"id":7,"detection_id":"8")"));
  EXPECT_EQ(a.identity,
            event_key(kCloud, R"({"detection_id":"8","id":7,"connector_guid":"g","computer":{},)"
                              R"("event_type_id":2164260880,"timestamp_nanoseconds":5,)"
                              R"("timestamp":1790000000,"event_type":"renamed"})")
                .identity);
  EXPECT_NE(a.identity,
            event_key("api.amp.cisco.com", event(R"(,"id":7,"detection_id":"8")")).identity);
  EXPECT_NE(a.identity, event_key(kCloud, event(R"(,"id":7,"detection_id":"9")")).identity);
}

TEST(EndpointIdentity, WithoutIdTheContentDecides) {
  const auto a = event_key(kCloud, event(R"(,"threat_hunting":{"a":1,"b":[1,2]})"));
  EXPECT_TRUE(a.by_content);
  EXPECT_TRUE(event_key(kCloud, event(R"(,"id":null)")).by_content);
  std::string other = event(R"(,"threat_hunting": {"b":[1, 2], "a":1})");
  other.replace(other.find("true"), 4, "false");
  EXPECT_EQ(a.identity, event_key(kCloud, other).identity);
  EXPECT_NE(a.identity,
            event_key(kCloud, event(R"(,"threat_hunting":{"a":1,"b":[2,1]})")).identity);
  EXPECT_EQ(occurrence(a.identity, 0), a.identity);
  EXPECT_NE(occurrence(a.identity, 1), a.identity);
  EXPECT_NE(occurrence(a.identity, 1), occurrence(a.identity, 2));
}

TEST(EndpointIdentity, TheCanonicalFormSaysTheSameForTheSame) {
  EXPECT_EQ(canonical_json(R"( { "b" : "\u0041" , "a":[ 1 , {"d":1,"c":2} ] } )"),
            R"({"a":[1,{"c":2,"d":1}],"b":"A"})");
  EXPECT_EQ(canonical_json(R"({"a":1,"computer":{},"x":{"computer":1}})", "computer"),
            R"({"a":1,"x":{"computer":1}})");
  // A number beyond any machine's is kept in its digits.
  EXPECT_EQ(canonical_json("[123456789012345678901234567890]"), "[123456789012345678901234567890]");
}

TEST(EndpointIdentity, AbsurdTimesAreNone) {
  EXPECT_EQ(event_key(kCloud, R"({"id":1,"timestamp":-5})").time, TimePoint{});
  EXPECT_EQ(
      event_key(kCloud, R"({"id":1,"timestamp":"soon","date":"2026-09-21T14:13:20+00:00"})").time,
      TimePoint{std::chrono::seconds{1'790'000'000}});
  EXPECT_EQ(audit_key(kCloud, R"({"created_at":"2026-09-21T14:13:20Z"})").time,
            TimePoint{std::chrono::seconds{1'790'000'000}});
}

// ---- pages ----

std::shared_ptr<const PageBatch> page(std::string data, std::string rest = "") {
  return decode_page(
      R"({"version":"v1.2.0","metadata":{"links":{"self":"x","next":"https:\/\/h\/"},)"
      R"("results":{"total":9}},"data":)" +
          std::move(data) + std::move(rest) + "}",
      {kEvents, std::string{kCloud}});
}

TEST(EndpointPage, RecordsKeepTheirBytesLessTheWhiteSpace) {
  const auto batch = page("[ {\"id\": 6533241145273614339,\n \"x\":\"a b\"} , {\"y\":1} ]");
  ASSERT_NE(batch, nullptr);
  ASSERT_EQ(batch->records.size(), 2U);
  EXPECT_EQ(batch->records[0].raw, R"({"id":6533241145273614339,"x":"a b"})");
  EXPECT_EQ(batch->records[0].form, RawForm::json);
  EXPECT_EQ(batch->facts.total, 9U);
  EXPECT_EQ(batch->facts.next, "https://h/");
  EXPECT_TRUE(batch->by_content[1]);
}

TEST(EndpointPage, WhatIsNoPageIsNotTakenForAnEmptyOne) {
  const PageContext context{kEvents, std::string{kCloud}};
  for (const std::string body :
       {"", "[]", "{}", "<html>", R"({"data":{}})", R"({"data":[{"id":1})", R"({"data":[)",
        R"({"version":"v1","errors":[{"error_code":500}]})"}) {
    EXPECT_EQ(decode_page(body, context), nullptr) << body;
  }
  const auto empty = decode_page(R"({"data":[]})", context);
  ASSERT_NE(empty, nullptr);
  EXPECT_TRUE(empty->records.empty());
  EXPECT_FALSE(empty->facts.next);
}

TEST(EndpointPage, OfADuplicateKeyTheLastCounts) {
  const auto batch = page("[{\"id\":1}]", R"(,"data":[{"id":2},{"id":3}])");
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->records.size(), 2U);
  EXPECT_EQ(event_key(kCloud, R"({"id":1,"id":2})").identity,
            event_key(kCloud, R"({"id":2})").identity);
}

TEST(EndpointPage, ARecordBeyondACommitComesInPieces) {
  const auto batch = page("[{\"id\":1,\"x\":\"" + std::string(9 << 20, 'a') + "\"},{\"id\":2}]");
  ASSERT_NE(batch, nullptr);
  ASSERT_EQ(batch->records.size(), 4U);
  EXPECT_THAT(std::string{batch->records[0].problem}, HasSubstr("too large"));
  EXPECT_TRUE(batch->records[3].problem.empty());
  EXPECT_NE(batch->records[0].identity, batch->records[1].identity);
}

TEST(EndpointPage, ARecordIsFoundInAWholeAnswer) {
  EXPECT_EQ(record_in_answer(R"({"id":1})"), R"({"id":1})");
  EXPECT_EQ(record_in_answer(R"({"version":"v1","data":{"id":1}})"), R"({"id":1})");
  EXPECT_EQ(record_in_answer(R"({"version":"v1","data":[{"id":1}]})"), R"({"id":1})");
  EXPECT_EQ(record_in_answer(R"({"version":"v1","data":[]})"), std::nullopt);
  EXPECT_EQ(record_in_answer(R"({"data":"x","id":1})"), R"({"data":"x","id":1})");
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_endpoint::test
