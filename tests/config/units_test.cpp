#include "config/units.hpp"

#include <gtest/gtest.h>

namespace cistern::config {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsNumbersWithUnits) {
  const std::pair<const char*, Duration> cases[] = {
      {"0", 0s},        {"0s", 0s},
      {"500ms", 500ms}, {"30s", 30s},
      {"5m", 5min},     {"12h", 12h},
      {"7d", 7 * 24h},  {"2w", 14 * 24h},
      {"1h30m", 90min}, {"1d12h5m1s1ms", 36h + 5min + 1s + 1ms}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* bad :
       {"", "30", "s", "-5s", "+5s", "1.5h", "30 s", "30S", "5min", "30m1h", "1h1h", "1h30", " 5s",
        "99999999999w", "9223372036854775807s", "18446744073709551616s", "0x5s"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(ParseSize, ReadsDecimalAndBinaryUnits) {
  const std::pair<const char*, std::uint64_t> cases[] = {{"0", 0},
                                                         {"512", 512},
                                                         {"512B", 512},
                                                         {"1KB", 1000},
                                                         {"1kB", 1000},
                                                         {"512KiB", 524288},
                                                         {"10MB", 10000000},
                                                         {"100MiB", 104857600},
                                                         {"1GB", 1000000000},
                                                         {"2GiB", 2147483648},
                                                         {"1TB", 1000000000000},
                                                         {"1TiB", 1099511627776}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(parse_size(text), expected) << text;
}

TEST(ParseSize, RefusesEverythingElse) {
  for (const char* bad : {"", "B", "-1", "1.5GiB", "5 MiB", "5mib", "5Mb", "5M", "99999999TiB",
                          "99999999999999999999"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(Writing, IsShortAndReadBack) {
  EXPECT_EQ(write_duration(0), "0");
  EXPECT_EQ(write_duration(90), "1m30s");
  EXPECT_EQ(write_duration(2592000), "30d");
  EXPECT_EQ(write_size(1 << 20), "1MiB");
  EXPECT_EQ(write_size(5'000'000), "5MB");
  EXPECT_EQ(write_size(1001), "1001B");
  for (const std::int64_t seconds : {1, 59, 3600, 5400, 86400, 694861})
    EXPECT_EQ(parse_duration(write_duration(seconds)), std::chrono::seconds{seconds});
}

}  // namespace
}  // namespace cistern::config
