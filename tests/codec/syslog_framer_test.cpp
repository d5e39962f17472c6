#include "codec/syslog_framer.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_literals;

/// Shows the stream in pieces of `step` bytes, as a reader does, and ends it.
std::vector<std::string> frames_of(std::string_view stream, std::size_t step,
                                   SyslogFraming framing = SyslogFraming::automatic,
                                   std::size_t most = 64, bool* incomplete = nullptr) {
  SyslogFramer framer(framing, most);
  std::vector<std::string> out;
  std::vector<SyslogFrame> frames;
  std::string pending;
  const auto keep = [&] {
    for (const auto& frame : frames)
      out.push_back(std::string{frame.bytes} + (frame.truncated ? "~" : ""));
    frames.clear();
  };
  for (std::size_t at = 0; at < stream.size(); at += step) {
    pending += stream.substr(at, step);
    const std::size_t used = framer.advance(pending, frames);
    keep();
    pending.erase(0, used);
    EXPECT_LE(pending.size(), most + 16 + step);
  }
  framer.finish(pending, frames);
  keep();
  if (framer.out_of_step()) out.emplace_back("OUT OF STEP");
  if (incomplete != nullptr) *incomplete = framer.incomplete();
  return out;
}

/// The same whatever the pieces are.
template <class Matcher>
void expect_frames(std::string_view stream, Matcher matcher,
                   SyslogFraming framing = SyslogFraming::automatic) {
  for (const std::size_t step : {1U, 2U, 3U, 7U, 1000U}) {
    SCOPED_TRACE(step);
    EXPECT_THAT(frames_of(stream, step, framing), matcher);
  }
}

TEST(SyslogFramer, CountsAndLinesMixedOnOneConnection) {
  expect_frames("5 <1>ab<2>line\n6 <3>a\nb<4>last\r\n",
                ElementsAre("<1>ab", "<2>line", "<3>a\nb", "<4>last"));
}

TEST(SyslogFramer, AStrayLineBreakBehindACountAndKeepAlivesAreNoMessages) {
  expect_frames("5 <1>ab\n\n\r\n5 <2>ab\n", ElementsAre("<1>ab", "<2>ab"));
}

TEST(SyslogFramer, NumbersThatAreNoCountsAreText) {
  expect_frames(
      "1234: *Nov 22 x\n2026-11-22 x\n0 zero\n1234567890 <1>x\n99999999 text\n",
      ElementsAre("1234: *Nov 22 x", "2026-11-22 x", "0 zero", "1234567890 <1>x", "99999999 text"));
}

TEST(SyslogFramer, LinesThatLookLikeCountsNeedTheOption) {
  expect_frames("12 <1>x\n7 dwarfs\n", ElementsAre("12 <1>x", "7 dwarfs"), SyslogFraming::lf);
}

TEST(SyslogFramer, TooLongIsCutMarkedAndInStep) {
  const std::string longer(200, 'x');
  expect_frames("<1>" + longer + "\n<2>next\n",
                ElementsAre("<1>" + longer.substr(0, 61) + "~", "<2>next"));
  expect_frames("203 <1>" + longer + "7 <2>next",
                ElementsAre("<1>" + longer.substr(0, 61) + "~", "<2>next"));
  const std::string exactly(61, 'y');
  expect_frames("<1>" + exactly + "\r\n<2>next\n", ElementsAre("<1>" + exactly, "<2>next"));
}

TEST(SyslogFramer, ACountThatLiesCostsItsOwnConnectionOnly) {
  expect_frames("5 <1>abcdef\n<2>x\n", ElementsAre("<1>ab", "cdef", "<2>x"));
  bool incomplete = false;
  EXPECT_THAT(frames_of("60 <1>short", 100, SyslogFraming::automatic, 64, &incomplete), IsEmpty());
  EXPECT_TRUE(incomplete);
  EXPECT_THAT(
      frames_of("300 <1>"s + std::string(100, 'x'), 9, SyslogFraming::automatic, 64, &incomplete),
      ElementsAre("<1>" + std::string(61, 'x') + "~"));
  EXPECT_TRUE(incomplete);
}

TEST(SyslogFramer, NulsEndMessagesUntilALineBreakHas) {
  expect_frames("<1>a\nb\0<2>c\0"s, ElementsAre("<1>a\nb", "<2>c"), SyslogFraming::nul);
  EXPECT_THAT(frames_of("<1>a\0<2>c\nd\0"s, 100), ElementsAre("<1>a", "<2>c\nd"));
  expect_frames("<1>a\n<2>b\0c\n"s, ElementsAre("<1>a", "<2>b\0c"s));
}

TEST(SyslogFramer, TheEndOfTheConnectionEndsALine) {
  bool incomplete = false;
  EXPECT_THAT(frames_of("<1>a\n<2>rest", 3, SyslogFraming::automatic, 64, &incomplete),
              ElementsAre("<1>a", "<2>rest"));
  EXPECT_FALSE(incomplete);
  expect_frames("123", ElementsAre("123"));
}

TEST(SyslogFramer, OctetCountingAloneIsStrict) {
  expect_frames("5 <1>ab\n5 <2>ab", ElementsAre("<1>ab", "<2>ab"), SyslogFraming::octet);
  expect_frames("5 <1>abGET /\n", ElementsAre("<1>ab", "OUT OF STEP"), SyslogFraming::octet);
}

TEST(SyslogFramer, DatagramsLoseTheirTrailer) {
  EXPECT_EQ(datagram_message("<1>a\n b\r\n\0"s), "<1>a\n b");
  EXPECT_EQ(datagram_message("\n"), "");
}

}  // namespace
}  // namespace cistern::codec
