#include "codec/stream_inflater.hpp"

#include "codec/compress.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

/// Inflates what is there, in pieces of at most `most`.
Status inflate(StreamInflater& inflater, std::string_view input, std::string& out,
               std::size_t most = 1000) {
  while (true) {
    const std::size_t before = out.size();
    const std::size_t left = input.size();
    if (Status status = inflater.advance(input, out, most); !status) return status;
    EXPECT_LE(out.size() - before, most);
    if (out.size() == before && input.size() == left) return {};
  }
}

TEST(StreamInflater, MembersAreReadByteByByteAsTheyCome) {
  const std::string bytes = gzip("first") + gzip(std::string(5000, 's')) + gzip("");
  StreamInflater inflater;
  std::string out;
  EXPECT_TRUE(inflater.at_end());
  for (const char c : bytes)
    ASSERT_TRUE(inflate(inflater, {&c, 1}, out).has_value());
  EXPECT_EQ(out, "first" + std::string(5000, 's'));
  EXPECT_TRUE(inflater.at_end());
}

TEST(StreamInflater, ABombExpandsOnlyAsFarAsItIsAskedTo) {
  const std::string bomb = gzip(std::string(64 << 20, '\0'));
  StreamInflater inflater;
  std::string_view input = bomb;
  std::string out;
  ASSERT_TRUE(inflater.advance(input, out, 4096).has_value());
  EXPECT_EQ(out.size(), 4096U);
  EXPECT_FALSE(input.empty());
  EXPECT_FALSE(inflater.at_end());
}

TEST(StreamInflater, DamageIsAnError) {
  std::string bytes = gzip("some text that is long enough to be damaged in its middle");
  bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 0x55);
  StreamInflater inflater;
  std::string out;
  const Status status = inflate(inflater, bytes, out);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, "codec/damaged");
}

TEST(StreamInflater, ACutMemberIsNotAtItsEnd) {
  const std::string bytes = gzip("something");
  StreamInflater inflater;
  std::string out;
  ASSERT_TRUE(inflate(inflater, std::string_view{bytes}.substr(0, bytes.size() - 3), out));
  EXPECT_FALSE(inflater.at_end());
}

}  // namespace
}  // namespace cistern::codec
