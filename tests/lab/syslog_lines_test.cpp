// What lab firewalls say: seeded lines, each with its own number in it, and the frames around them.
#include "lab/syslog/framing.hpp"
#include "lab/syslog/line_generator.hpp"
#include "lab/syslog/marker.hpp"
#include "lab/syslog/sender_plan.hpp"

#include <set>

#include <gtest/gtest.h>

namespace cistern::lab {

namespace {

const TimePoint kTime = *parse_time("2026-03-04T05:06:07.25Z");

TEST(Marker, IsFoundAgainAndNothingElseIs) {
  for (const std::uint64_t sequence : {0ULL, 1ULL, 4711ULL, 999'999'999ULL}) {
    const Marker marker{42, sequence};
    const auto text = marker_text(marker);
    EXPECT_EQ(text.size(), 14U);
    EXPECT_EQ(find_marker("id=12345678901234 connid=\"" + text + "\""), marker);
    auto wrong = text;
    wrong[5] = wrong[5] == '1' ? '2' : '1';
    EXPECT_EQ(find_marker(wrong), std::nullopt) << wrong;
    EXPECT_EQ(find_marker("1" + text), std::nullopt);
  }
}

TEST(SyslogLines, AreTheSameForTheSameSeedAndCarryTheirNumber) {
  const LineGenerator generator(7, 3);
  const LineGenerator same(7, 3);
  const LineGenerator other(8, 3);
  std::set<std::string> texts;
  std::size_t different = 0;
  for (std::uint64_t sequence = 0; sequence < 5000; ++sequence) {
    const auto line = generator.line(sequence, kTime);
    ASSERT_EQ(line.text, same.line(sequence, kTime).text);
    different += line.text != other.line(sequence, kTime).text ? 1 : 0;
    ASSERT_EQ(line.text.find('\n'), std::string::npos);
    ASSERT_EQ(find_marker(line.text), (Marker{3, sequence})) << line.text;
    for (const auto& value : line.values)
      ASSERT_NE(line.text.find(value), std::string::npos) << value << " in " << line.text;
    texts.insert(line.text);
  }
  EXPECT_EQ(texts.size(), 5000U);
  EXPECT_EQ(different, 5000U);
}

TEST(SyslogLines, AllFormatsAreThere) {
  std::set<std::string> seen;
  const LineGenerator generator(1, 1);
  for (std::uint64_t sequence = 0; sequence < 2000; ++sequence) {
    const auto text = generator.line(sequence, kTime).text;
    for (const auto* part :
         {"device=\"SFW\"", "device_name=\"SFW\" timestamp=", "sys=\"SecureNet\"", "CEF:0|",
          "LEEF:2.0|", "{\"session\":", "[lab@32473 seq=", "devname="}) {
      if (text.find(part) != std::string::npos) seen.insert(part);
    }
  }
  EXPECT_EQ(seen.size(), 8U);
}

TEST(Frames, SayWhatWasWholeWhenAStreamBroke) {
  FrameBatch lf(Framing::lf);
  lf.add("one");
  lf.add("three");
  EXPECT_EQ(lf.bytes(), "one\nthree\n");
  EXPECT_EQ(lf.whole_within(3), 0U);
  EXPECT_TRUE(lf.begun_within(3));
  EXPECT_EQ(lf.whole_within(4), 1U);
  EXPECT_FALSE(lf.begun_within(4));
  EXPECT_EQ(lf.whole_within(10), 2U);
  FrameBatch octet(Framing::octet);
  octet.add("one");
  octet.add("three");
  EXPECT_EQ(octet.bytes(), "3 one5 three");
  EXPECT_EQ(octet.whole_within(5), 1U);
}

TEST(SendingPace, KeepsTheRateAndAddsFloods) {
  SendingPace pace(100, {}, 1);
  std::size_t sent = 0;
  for (int at = 0; at < 50; ++at)
    sent += pace.due(std::chrono::milliseconds{20}, 1000);
  EXPECT_EQ(sent, 100U);
  pace.flood(500);
  EXPECT_EQ(pace.due(Duration{0}, 300), 300U);
  EXPECT_EQ(pace.due(Duration{0}, 300), 200U);
  EXPECT_FALSE(pace.fault(std::chrono::seconds{1}));
  SendingPace hostile(100, habits_of(FaultProfile::hostile), 1);
  std::set<SenderFault> faults;
  for (int at = 0; at < 1000; ++at) {
    if (const auto fault = hostile.fault(std::chrono::milliseconds{100})) faults.insert(*fault);
  }
  EXPECT_EQ(faults.size(), 5U);
}

}  // namespace

}  // namespace cistern::lab
