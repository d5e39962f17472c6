#include "base/log.hpp"

#include "base/log_line.hpp"

#include <algorithm>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cistern {
namespace {

constexpr TimePoint kTime{std::chrono::seconds{1772442847}};

std::string human(std::string_view message, std::vector<LogField> fields = {}) {
  return human_line({kTime, LogLevel::warning, "contoso-audit", message, fields}, false);
}

std::string json(std::string_view message, std::vector<LogField> fields = {}) {
  return json_line({kTime, LogLevel::error, "contoso-audit", message, fields});
}

TEST(HumanLog, PutsFactsBehindTheSentence) {
  EXPECT_EQ(
      human("throttled", {{"events", 12}, {"lag", "3s"}, {"ratio", 0.5}, {"first", true}}),
      "2026-03-02T09:14:07Z WARN  contoso-audit throttled events=12 lag=3s ratio=0.5 first=true");
}

TEST(HumanLog, QuotesTextsThatWouldRunTogether) {
  EXPECT_EQ(human("x", {{"reason", "too \"many\" a=b"}, {"none", ""}}),
            "2026-03-02T09:14:07Z WARN  contoso-audit x reason=\"too \\\"many\\\" a=b\" none=\"\"");
}

TEST(HumanLog, LetsNoControlCharacterThrough) {
  const std::string line = human("a\x1b[2J\nfake line", {{"k\n", "v\r\x9b"}});
  for (const char c : line)
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(HumanLog, ColoursOnlyTheLevel) {
  const std::string line = human_line({kTime, LogLevel::error, "a", "b", {}}, true);
  EXPECT_EQ(line, "2026-03-02T09:14:07Z \x1b[1;31mERROR\x1b[0m a b");
}

TEST(JsonLog, IsOneObjectALine) {
  EXPECT_EQ(
      json("stopped", {{"events", std::uint64_t{18446744073709551615ULL}},
                       {"delta", std::int64_t{-4}},
                       {"ok", false},
                       {"rate", 1.5},
                       {"broken", std::numeric_limits<double>::quiet_NaN()}}),
      R"({"time":"2026-03-02T09:14:07.000Z","level":"error","component":"contoso-audit",)"
      R"("message":"stopped","events":18446744073709551615,"delta":-4,"ok":false,"rate":1.5,"broken":null})");
}

TEST(JsonLog, EscapesWhateverIsNotPrintable) {
  const std::string line =
      json("say \"hi\"\\\n\x1b\xFF", {{"a\"b", "\xE2\x80\xAE\xF3\xA0\x80\x81ü"}});
  EXPECT_NE(line.find(R"("message":"say \"hi\"\\\n\u001b)"
                      "\xEF\xBF\xBD\""),
            std::string::npos)
      << line;
  EXPECT_NE(line.find(R"("a\"b":"\u202e\udb40\udc01ü")"), std::string::npos) << line;
}

TEST(Log, CutsEnormousTexts) {
  const std::string huge(1'000'000, 'x');
  EXPECT_LT(human(huge, {{"a", huge}}).size(), 3 * kMaxLogText);
  EXPECT_LT(json(huge, {{"a", huge}}).size(), 3 * kMaxLogText);
}

TEST(StderrLog, WritesWholeLinesFromManyThreadsAndLeavesOutWhatIsBelowTheLevel) {
  testing::internal::CaptureStderr();
  {
    const auto log = make_stderr_log(LogFormat::human, LogLevel::info, false);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&log] {
        for (int i = 0; i < 50; ++i) {
          log->info("worker", "did it {}", {{"n", i}});
          log->debug("worker", "hidden");
        }
      });
    for (auto& thread : threads)
      thread.join();
  }
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 200);
  EXPECT_EQ(out.find("hidden"), std::string::npos);
  EXPECT_NE(out.find(" INFO  worker did it {} n=49\n"), std::string::npos);
}

TEST(NullLog, SaysNothing) {
  testing::internal::CaptureStderr();
  make_null_log()->error("a", "b");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace cistern
