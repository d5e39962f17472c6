// Which files of a log follow each other, and what becomes of those that come late.
#include "join_harness.hpp"

namespace cistern::test {
namespace {

constexpr std::int64_t kDay = 1'710'720'000;  // 2024-03-18 00:00:00 UTC

/// A file of a log: what its lines say, each with its second.
class FileWriter {
 public:
  FileWriter(std::string id, std::int64_t begin) {
    file_.id = std::move(id);
    file_.begin = begin;
    say(begin, "Begin Logfile");
    say(begin, "Version: 15.0.1-030 SN: 42127C7D");
    say(begin, "Time offset from UTC: 0 seconds");
  }
  FileWriter& say(std::int64_t at, const std::string& text) {
    file_.records.push_back(asctime_of(at) + " Info: " + text);
    return *this;
  }
  /// The end of a line that the file before begins, as an intake adds it to the line before.
  FileWriter& rest(const std::string& text) {
    file_.records.back() += "\n" + text;
    return *this;
  }
  LogFile ended(std::int64_t at) { return say(at, "End Logfile").file_; }
  LogFile torn() { return file_; }

 private:
  LogFile file_;
};

/// Receives MID 7001 before second 99.
FileWriter first_file() {
  FileWriter file{"first", kDay};
  file.say(kDay + 90, "Start MID 7001 ICID 0")
      .say(kDay + 90, "MID 7001 ICID 0 From: <news@example.com>")
      .say(kDay + 90, "MID 7001 ICID 0 RID 0 To: <ann@contoso.com>")
      .say(kDay + 91, "MID 7001 ready 15731 bytes from <news@example.com>");
  return file;
}

FileWriter last_lines(FileWriter file) {
  file.say(kDay + 104, "MID 7001 queued for delivery")
      .say(kDay + 104, "Message done DCID 0 MID 7001 to RID [0] []")
      .say(kDay + 104, "Message finished MID 7001 done")
      .say(kDay + 300, "Status: CrtMID 7001");
  return file;
}

std::string events_of(JoinHarness& harness) {
  std::string all;
  for (const auto& event : harness.events())
    all += boost::json::serialize(event) + "\n";
  return all;
}

// A file of three seconds is missing: that the others are no further apart proves nothing.
TEST(JoinFiles, AShortFileBetweenIsWaitedFor) {
  JoinHarness harness;
  harness.push(first_file().ended(kDay + 100));
  harness.push(last_lines({"last", kDay + 103}).ended(kDay + 301));
  EXPECT_EQ(events_of(harness), "");
  FileWriter between{"between", kDay + 100};
  between.say(kDay + 101, "MID 7001 antivirus negative");
  harness.push(between.ended(kDay + 103));
  ASSERT_EQ(harness.events().size(), 1U) << events_of(harness);
  const auto& event = harness.events().front();
  EXPECT_EQ(text_at(event, {"revision"}), "1");
  EXPECT_EQ(text_at(event, {"verdicts", "antivirus"}), "negative");
  EXPECT_EQ(text_at(event, {"finished"}), "done");
  EXPECT_FALSE(event.contains("incomplete"));
}

// Any two halves make a line; those of one line were written when the second file began.
TEST(JoinFiles, HalvesOfDifferentLinesAreNotPutTogether) {
  JoinHarness harness;
  harness.push(first_file().say(kDay + 100, "MID 7001 anti").torn());
  FileWriter last{"last", kDay + 103};
  harness.push(last_lines(last.rest("aging MID 7001 for quarantine")).ended(kDay + 301));
  EXPECT_EQ(events_of(harness), "");
  FileWriter between{"between", kDay + 100};
  between.rest("virus negative").say(kDay + 103, "EUQ: T");
  harness.push(between.torn());
  harness.push(FileWriter{"newest", kDay + 301}.say(kDay + 302, "Status: CrtMID 1").torn());
  ASSERT_EQ(harness.events().size(), 1U) << events_of(harness);
  const auto& event = harness.events().front();
  EXPECT_EQ(text_at(event, {"verdicts", "antivirus"}), "negative");
  EXPECT_FALSE(event.contains("incomplete"));
  EXPECT_EQ(harness.joiner().counts().incidents.contains("torn_line"), false);
}

// Torn in its time, a line goes with the rest of any other.
TEST(JoinFiles, AHalfWithoutATimeProvesNothing) {
  JoinHarness harness;
  harness.push(first_file().rest("Mon Mar").torn());
  FileWriter last{"last", kDay + 103};
  const std::string status = ": Status: CrtMID 1";
  harness.push(last_lines(last.rest(" 18 00:01:43 2024 Info" + status)).ended(kDay + 301));
  EXPECT_EQ(events_of(harness), "");
  FileWriter between{"between", kDay + 100};
  between.rest(" 18 00:01:40 2024 Info: MID 7001 antivirus negative");
  between.say(kDay + 101, "MID 7001 antivirus negative");
  harness.push(between.rest("Mon Mar").torn());
  harness.pause(std::chrono::seconds{61});
  ASSERT_EQ(harness.events().size(), 1U) << events_of(harness);
  EXPECT_EQ(text_at(harness.events().front(), {"verdicts", "antivirus"}), "negative");
  EXPECT_EQ(text_at(harness.events().front(), {"revision"}), "1");
}

// A slow roll-over is waited for like a missing file, but is none.
TEST(JoinFiles, ASlowRollOverIsNoGap) {
  JoinHarness harness;
  harness.push(first_file().ended(kDay + 100));
  harness.push(last_lines({"last", kDay + 103}).ended(kDay + 301));
  EXPECT_EQ(events_of(harness), "");
  harness.pause(std::chrono::seconds{61});
  ASSERT_EQ(harness.events().size(), 1U) << events_of(harness);
  EXPECT_FALSE(harness.events().front().contains("incomplete"));
  EXPECT_FALSE(harness.joiner().counts().incidents.contains("gap"));
}

// The log is known far beyond a file that comes too late, but not what it will say next.
TEST(JoinFiles, AFileThatComesTooLateIsReadToItsEndBeforeItsMessagesAreTold) {
  JoinHarness harness;
  harness.push(first_file().ended(kDay + 100));
  harness.push(
      FileWriter{"last", kDay + 9000}.say(kDay + 9001, "Status: CrtMID 1").ended(kDay + 9002));
  harness.pause(std::chrono::seconds{61});
  FileWriter between{"between", kDay + 100};
  between.say(kDay + 200, "Start MID 7002 ICID 0")
      .say(kDay + 200, "MID 7002 ICID 0 From: <news@example.com>")
      .say(kDay + 200, "MID 7002 ICID 0 RID 0 To: <bob@contoso.com>")
      .say(kDay + 201, "MID 7002 ready 900 bytes from <news@example.com>")
      .say(kDay + 202, "MID 7002 antivirus negative")
      .say(kDay + 300, "MID 7002 queued for delivery")
      .say(kDay + 303, "Message done DCID 0 MID 7002 to RID [0] []")
      .say(kDay + 303, "Message finished MID 7002 done")
      .say(kDay + 304, "MID 7002 RID [0] Response '2.0.0 OK'");
  harness.push(between.ended(kDay + 9000));
  harness.restart();
  harness.pause(std::chrono::seconds{61});
  std::vector<boost::json::object> told;
  for (const auto& event : harness.events())
    if (text_at(event, {"mid"}) == "7002") told.push_back(event);
  ASSERT_EQ(told.size(), 1U) << events_of(harness);
  EXPECT_EQ(text_at(told.front(), {"revision"}), "1");
  EXPECT_EQ(text_at(told.front(), {"verdicts", "antivirus"}), "negative");
  EXPECT_EQ(text_at(told.front(), {"finished"}), "done");
}

}  // namespace
}  // namespace cistern::test
