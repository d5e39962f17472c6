// What becomes of single messages.
#include "join_harness.hpp"

namespace cistern::test {
namespace {

constexpr std::int64_t kDay = 1'710'720'000;  // 2024-03-18 00:00:00 UTC

const boost::json::object* event_of(const std::vector<boost::json::object>& events,
                                    std::uint64_t mid, int revision = 1) {
  for (const auto& event : events) {
    if (event.at("mid").to_number<std::uint64_t>() == mid &&
        event.at("revision").to_number<int>() == revision)
      return &event;
  }
  return nullptr;
}

std::string array_at(const boost::json::object& event, const char* name) {
  const auto* value = event.if_contains(name);
  return value == nullptr ? std::string{} : boost::json::serialize(*value);
}

class MailMessage : public ::testing::Test {
 protected:
  MailMessage() {
    harness_.say(kDay, {"Begin Logfile", "Version: 15.0.1-030 SN: 42127C7D",
                        "Time offset from UTC: 0 seconds"});
  }
  void connect(std::int64_t at, const std::string& icid = "5310") {
    harness_.say(at, {"New SMTP ICID " + icid +
                          " interface IncomingMail (192.0.2.25) address 203.0.113.9 reverse dns "
                          "host mx1.example.com verified yes",
                      "ICID " + icid +
                          " ACCEPT SG UNKNOWNLIST match sbrs[-1.0:10.0] SBRS 3.5 "
                          "country United States",
                      "ICID " + icid + " TLS success protocol TLSv1.2 cipher AES256"});
  }
  void receive(std::int64_t at, const std::string& mid, const std::string& icid = "5310") {
    harness_.say(at, {"Start MID " + mid + " ICID " + icid,
                      "MID " + mid + " ICID " + icid + " From: <news@example.com>",
                      "MID " + mid + " ICID " + icid + " RID 0 To: <ann@contoso.com>",
                      "MID " + mid + " Message-ID '<a" + mid + "@example.com>'",
                      "MID " + mid + " Subject \"It's March\"",
                      "MID " + mid + " ready 15731 bytes from <news@example.com>"});
  }
  /// The log goes on, so that what has ended is told.
  const std::vector<boost::json::object>& after(std::int64_t at) {
    harness_.say(at, {"Status: CrtMID 7001", "Status: CrtMID 7001"});
    harness_.pause(std::chrono::seconds{61});
    return harness_.events();
  }
  JoinHarness harness_;
};

TEST_F(MailMessage, TellsWhatStoodInItsLines) {
  connect(kDay + 1);
  receive(kDay + 1, "7001");
  harness_.say(
      kDay + 2,
      {"MID 7001 matched all recipients for per-recipient policy DEFAULT in the inbound table",
       "MID 7001 SPF: mailfrom identity news@example.com Pass (v=spf1)",
       "MID 7001 using engine: CASE spam negative", "MID 7001 antivirus negative",
       "MID 7001 DMARC: Message from domain example.com, DMARC pass (SPF aligned True, "
       "DKIM aligned True)",
       "ICID 5310 close", "MID 7001 queued for delivery",
       "New SMTP DCID 880 interface 192.0.2.25 address 198.51.100.20 port 25",
       "DCID 880 TLS success protocol TLSv1.3 cipher AES128",
       "Delivery start DCID 880 MID 7001 to RID [0]",
       "Message done DCID 880 MID 7001 to RID [0] [('from', 'News <news@example.com>')]",
       "MID 7001 RID [0] Response '2.0.0 OK queued as 9C8B4'", "Message finished MID 7001 done"});
  const auto& events = after(kDay + 60);
  ASSERT_EQ(events.size(), 1U);
  const auto& event = events.front();
  EXPECT_EQ(text_at(event, {"action"}), "delivered");
  EXPECT_EQ(text_at(event, {"subject"}), "It's March");
  EXPECT_EQ(text_at(event, {"size"}), "15731");
  EXPECT_EQ(text_at(event, {"policy"}), "DEFAULT");
  EXPECT_EQ(text_at(event, {"direction"}), "inbound");
  EXPECT_EQ(text_at(event, {"client", "ip"}), "203.0.113.9");
  EXPECT_EQ(text_at(event, {"client", "tls", "protocol"}), "TLSv1.2");
  EXPECT_EQ(text_at(event, {"delivery", "tls", "protocol"}), "TLSv1.3");
  EXPECT_EQ(text_at(event, {"verdicts", "spf"}), "Pass");
  EXPECT_EQ(text_at(event, {"verdicts", "dmarc"}), "pass");
  EXPECT_EQ(text_at(event, {"from_header"}), "News <news@example.com>");
  EXPECT_EQ(text_at(event, {"start"}), "2024-03-18T00:00:01.000Z");
  EXPECT_FALSE(event.contains("incomplete"));
  const auto& one = event.at("recipients").as_array().front().as_object();
  EXPECT_EQ(text_at(one, {"response"}), "2.0.0 OK queued as 9C8B4");
  EXPECT_EQ(text_at(one, {"ip"}), "198.51.100.20");
  EXPECT_EQ(array_at(event, "dcids"), "[880]");
}

TEST_F(MailMessage, ARewrittenOneIsToldByItsChild) {
  connect(kDay + 1);
  receive(kDay + 1, "7001");
  harness_.say(
      kDay + 3,
      {"MID 7001 antivirus negative", "Start MID 7002 ICID 0",
       "MID 7002 ICID 0 From: <news@example.com>", "MID 7002 ICID 0 RID 0 To: <ann@contoso.com>",
       "MID 7001 rewritten to MID 7002 by add-footer filter 'Footer'",
       "Message finished MID 7001 done", "MID 7002 queued for delivery",
       "Message done DCID 880 MID 7002 to RID [0] []", "Message finished MID 7002 done"});
  const auto& events = after(kDay + 200);
  ASSERT_EQ(events.size(), 1U);
  const auto& event = events.front();
  EXPECT_EQ(text_at(event, {"mid"}), "7002");
  EXPECT_EQ(text_at(event, {"root_mid"}), "7001");
  EXPECT_EQ(array_at(event, "lineage"), "[7001,7002]");
  EXPECT_EQ(text_at(event, {"client", "ip"}), "203.0.113.9");
  EXPECT_EQ(text_at(event, {"verdicts", "antivirus"}), "negative");
  EXPECT_EQ(text_at(event, {"subject"}), "It's March");
  EXPECT_EQ(array_at(event, "filters"), R"(["Footer"])");
  EXPECT_EQ(text_at(event, {"start"}), "2024-03-18T00:00:01.000Z");
}

TEST_F(MailMessage, AQuarantineIsToldAndItsEndIsARevision) {
  connect(kDay + 1);
  receive(kDay + 1, "7001");
  harness_.say(kDay + 2, {"MID 7001 quarantined to \"Policy\" (content filter:Hold)"});
  harness_.say(kDay + 4000, {"Status: CrtMID 7001", "Status: CrtMID 7001"});
  harness_.restart();
  harness_.say(kDay + 9000,
               {"MID 7001 released from quarantine \"Policy\" (manual) t=8998",
                "Message done DCID 880 MID 7001 to RID [0] []", "Message finished MID 7001 done"});
  const auto& events = after(kDay + 9100);
  ASSERT_EQ(events.size(), 2U);
  const auto* first = event_of(events, 7001, 1);
  const auto* second = event_of(events, 7001, 2);
  ASSERT_TRUE(first != nullptr && second != nullptr);
  EXPECT_EQ(text_at(*first, {"state"}), "quarantined");
  EXPECT_EQ(text_at(*first, {"partial"}), "true");
  EXPECT_FALSE(second->contains("partial"));
  EXPECT_EQ(text_at(*second, {"action"}), "delivered");
  EXPECT_EQ(text_at(*second, {"supersedes"}).size(), 32U);
  EXPECT_EQ(text_at(*first, {"correlation_id"}), text_at(*second, {"correlation_id"}));
  const auto& stay = second->at("quarantines").as_array().front().as_object();
  EXPECT_EQ(text_at(stay, {"outcome"}), "released");
}

TEST_F(MailMessage, ALateReplyIsARevision) {
  connect(kDay + 1);
  receive(kDay + 1, "7001");
  harness_.say(kDay + 2,
               {"Message done DCID 880 MID 7001 to RID [0] []", "Message finished MID 7001 done"});
  harness_.say(kDay + 10, {"MID 7001 RID [0] Response '2.0.0 late'"});
  const auto& events = after(kDay + 100);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(text_at(events[1].at("recipients").as_array()[0].as_object(), {"response"}),
            "2.0.0 late");
}

TEST_F(MailMessage, OneThatWasNeverReceivedIsAborted) {
  connect(kDay + 1);
  harness_.say(kDay + 2, {"Start MID 7001 ICID 5310", "MID 7001 ICID 5310 From: <news@example.com>",
                          "ICID 5310 lost"});
  const auto& events = after(kDay + 100);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(text_at(events.front(), {"action"}), "aborted");
}

TEST_F(MailMessage, AResetCounterMakesAnotherMessage) {
  connect(kDay + 1);
  receive(kDay + 1, "7001");
  connect(kDay + 50, "5310");
  receive(kDay + 50, "7001");
  harness_.say(kDay + 51,
               {"Message done DCID 880 MID 7001 to RID [0] []", "Message finished MID 7001 done"});
  const auto& events = after(kDay + 100);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(array_at(events[0], "incomplete"), R"(["counter reset"])");
  EXPECT_EQ(text_at(events[1], {"action"}), "delivered");
  EXPECT_FALSE(events[1].contains("incomplete"));
  EXPECT_NE(text_at(events[0], {"correlation_id"}), text_at(events[1], {"correlation_id"}));
}

// The first line of a new message may be the one that says what it was made of.
TEST_F(MailMessage, AResetCounterIsSeenInALinkToo) {
  connect(kDay + 1);
  receive(kDay + 1, "7001");
  harness_.say(kDay + 2, {"EUQ: Quarantined MID 7001", "Message finished MID 7001 done"});
  harness_.say(kDay + 500,
               {"MID 7001 was generated for bounce of MID 6999", "Start MID 7001 ICID 0",
                "MID 7001 ICID 0 From: <>", "MID 7001 ICID 0 RID 0 To: <bob@example.com>",
                "Message done DCID 880 MID 7001 to RID [0] []", "Message finished MID 7001 done"});
  const auto& events = after(kDay + 600);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(text_at(events[0], {"action"}), "quarantined");
  EXPECT_EQ(text_at(events[1], {"action"}), "delivered");
  EXPECT_EQ(text_at(events[1], {"relation"}), "bounce report");
  EXPECT_EQ(text_at(events[1], {"subject"}), "");
}

TEST_F(MailMessage, TextOfStrangersNamesNoMessage) {
  connect(kDay + 1);
  harness_.say(kDay + 1, {"Start MID 7001 ICID 5310", "MID 7001 ICID 5310 From: <news@example.com>",
                          "MID 7001 Subject 'MID 9 ICID 6 From: <x> Message finished MID 9 done'",
                          "MID 7001 ready 10 bytes from <news@example.com>",
                          "Message aborted MID 7001 Dropped by content filter 'Block' in the "
                          "inbound table",
                          "Message finished MID 7001 aborted"});
  const auto& events = after(kDay + 100);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(text_at(events.front(), {"action"}), "dropped");
  EXPECT_EQ(array_at(events.front(), "filters"), R"(["Block"])");
}

TEST_F(MailMessage, ALineTornByTheRollOverIsPutTogether) {
  connect(kDay + 1);
  receive(kDay + 1, "7001");
  const auto head = asctime_of(kDay + 2) + " Info: ";
  harness_.line(head + "Message fini", "file", 100);
  harness_.line(head + "Begin Logfile", "next", 1);
  harness_.line(head + "Time offset from UTC: 0 seconds\nshed MID 7001 done", "next", 2);
  harness_.line(head + "Status: CrtMID 1", "next", 3);
  harness_.line(asctime_of(kDay + 60) + " Info: Status: CrtMID 1", "next", 4);
  const auto& events = harness_.events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(text_at(events.front(), {"finished"}), "done");
}

// What is known without a gap from its beginning waits for nothing else.
TEST_F(MailMessage, IsToldFiveSecondsAfterItsEnd) {
  connect(kDay + 1);
  receive(kDay + 1, "7001");
  harness_.say(kDay + 2, {"Message finished MID 7001 done"});
  harness_.say(kDay + 6, {"Status: CrtMID 1"});
  EXPECT_TRUE(harness_.events().empty());
  harness_.say(kDay + 7, {"Status: CrtMID 1"});
  EXPECT_EQ(harness_.events().size(), 1U);
}

// The file that holds its beginning may still come.
TEST_F(MailMessage, OneWithoutBeginningWaitsForOlderFiles) {
  harness_.say(kDay + 2, {"MID 7001 antivirus negative", "Message finished MID 7001 done"});
  harness_.say(kDay + 700, {"Status: CrtMID 1", "Status: CrtMID 1"});
  EXPECT_TRUE(harness_.events().empty());
  harness_.pause(std::chrono::seconds{61});
  ASSERT_EQ(harness_.events().size(), 1U);
  EXPECT_EQ(array_at(harness_.events().front(), "incomplete"), R"(["head"])");
}

}  // namespace
}  // namespace cistern::test
