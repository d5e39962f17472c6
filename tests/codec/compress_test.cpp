#include "codec/compress.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace cistern::codec {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1024 * 1024;

std::string varied_text(std::size_t size) {
  std::string text;
  std::uint32_t state = 7;
  while (text.size() < size) {
    state = state * 1664525U + 1013904223U;
    text += R"({"Id":")" + std::to_string(state) + R"(","Operation":"FileAccessed"},)";
  }
  text.resize(size);
  return text;
}

/// Deflate as zlib writes it: window bits 15 for zlib, -15 for raw, 31 for gzip.
std::string zlib_deflate(std::string_view text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  std::string in{text};
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string skippable_frame(std::string_view content) {
  std::string frame("\x51\x2a\x4d\x18", 4);
  for (unsigned shift = 0; shift < 32; shift += 8)
    frame += static_cast<char>(content.size() >> shift);
  return frame.append(content);
}

std::string zstd(std::string_view text, int level = 1) {
  std::string out;
  zstd_compress(text, level, out);
  return out;
}

template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "success" : result.error().code;
}

TEST(Gunzip, ReturnsWhatWasCompressed) {
  for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 1000000U}) {
    const std::string text = varied_text(size);
    for (const int level : {-1, 0, 1, 6, 12, 99}) {
      const Result<std::string> got = gunzip(gzip(text, level), size);
      ASSERT_TRUE(got.has_value()) << size << " at level " << level << ": " << got.error().cause;
      EXPECT_EQ(*got, text);
    }
  }
}

TEST(Gunzip, ReadsAnotherWritersOutput) {
  const std::string text = varied_text(300000);
  EXPECT_EQ(gunzip(zlib_deflate(text, 31), kMiB).value(), text);
}

TEST(Gunzip, JoinsMembers) {
  std::string bytes;
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = "member " + std::to_string(i) + '\n';
    bytes += gzip(text);
    expected += text;
  }
  EXPECT_EQ(gunzip(bytes, kMiB).value(), expected);
}

TEST(Gunzip, PassesOverZeroPadding) {
  EXPECT_EQ(gunzip(gzip("text") + std::string(512, '\0'), 10).value(), "text");
}

TEST(Gunzip, RefusesWhatFollowsTheLastMember) {
  const Result<std::string> got = gunzip(gzip("text") + "<html>", 100);
  ASSERT_EQ(code_of(got), "codec/damaged");
  EXPECT_EQ(got.error().verdict, Verdict::set_aside);
  EXPECT_THAT(got.error().cause, HasSubstr("no gzip data at byte"));
}

TEST(Gunzip, EveryCutIsDamage) {
  const std::string whole = gzip(varied_text(2000));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(code_of(gunzip(whole.substr(0, size), kMiB)), "codec/damaged") << "cut to " << size;
  }
}

TEST(Gunzip, AFlippedByteOfTheContentIsFound) {
  const std::string whole = gzip(varied_text(2000));
  // The 10 bytes of the header hold time and system, which nothing protects.
  for (std::size_t place = 10; place < whole.size(); ++place) {
    std::string flipped = whole;
    flipped[place] = static_cast<char>(flipped[place] ^ 0x10);
    EXPECT_FALSE(gunzip(flipped, kMiB).has_value()) << "at " << place;
  }
}

TEST(Gunzip, ABombEndsAtTheLimit) {
  const std::string bomb = gzip(std::string(16 * kMiB, 'a'));
  ASSERT_LT(bomb.size(), 100000U);
  const Result<std::string> got = gunzip(bomb, kMiB);
  ASSERT_EQ(code_of(got), "codec/too-large");
  EXPECT_THAT(got.error().cause, HasSubstr("1048576"));
  EXPECT_FALSE(got.error().next_step.empty());
}

TEST(Gunzip, TheLimitCountsAllMembersTogether) {
  const std::string bytes = gzip(std::string(600, 'a')) + gzip(std::string(600, 'b'));
  EXPECT_EQ(code_of(gunzip(bytes, 1199)), "codec/too-large");
  EXPECT_EQ(gunzip(bytes, 1200).value().size(), 1200U);
}

TEST(Gunzip, AnUntrueSizeInTheTrailerIsNotBelieved) {
  std::string bytes = gzip(varied_text(5000));
  std::fill(bytes.end() - 4, bytes.end(), '\xff');
  EXPECT_EQ(code_of(gunzip(bytes, 8ULL * 1024 * kMiB)), "codec/damaged");
}

TEST(InflateDeflate, AcceptsZlibAndRaw) {
  const std::string text = varied_text(100000);
  EXPECT_EQ(inflate_deflate(zlib_deflate(text, 15), kMiB).value(), text);
  EXPECT_EQ(inflate_deflate(zlib_deflate(text, -15), kMiB).value(), text);
}

TEST(InflateDeflate, RefusesCutTrailingAndOversize) {
  const std::string whole = zlib_deflate(varied_text(3000), 15);
  EXPECT_EQ(code_of(inflate_deflate("", kMiB)), "codec/damaged");
  EXPECT_EQ(code_of(inflate_deflate(whole.substr(0, whole.size() - 1), kMiB)), "codec/damaged");
  EXPECT_EQ(code_of(inflate_deflate(whole + "x", kMiB)), "codec/damaged");
  EXPECT_EQ(code_of(inflate_deflate(whole, 2999)), "codec/too-large");
}

TEST(Zstd, RoundTripAppendsToTheOutput) {
  const std::string text = varied_text(700000);
  std::string out = "kept";
  zstd_compress(text, 3, out);
  ASSERT_TRUE(out.starts_with("kept"));
  EXPECT_EQ(zstd_decompress(std::string_view{out}.substr(4), text.size()).value(), text);
}

TEST(Zstd, FramesCarrySizeAndChecksum) {
  std::string frame = zstd(varied_text(5000));
  EXPECT_EQ(ZSTD_getFrameContentSize(frame.data(), frame.size()), 5000U);
  frame.back() = static_cast<char>(frame.back() ^ 1);
  EXPECT_EQ(code_of(zstd_decompress(frame, kMiB)), "codec/damaged");
}

TEST(Zstd, JoinsFramesAndPassesOverSkippableOnes) {
  const std::string bytes =
      skippable_frame("header") + zstd("one ") + skippable_frame("") + zstd("two");
  EXPECT_EQ(zstd_decompress(bytes, 7).value(), "one two");
  EXPECT_EQ(zstd_decompress("", 7).value(), "");
}

TEST(Zstd, EveryCutIsDamage) {
  const std::string whole = skippable_frame("header") + zstd(varied_text(2000));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    if (size == 14) continue;  // exactly the skippable frame
    EXPECT_EQ(code_of(zstd_decompress(whole.substr(0, size), kMiB)), "codec/damaged") << size;
  }
}

TEST(Zstd, ABombEndsAtTheLimit) {
  const std::string bomb = zstd(std::string(64 * kMiB, 'a'));
  EXPECT_EQ(code_of(zstd_decompress(bomb, kMiB)), "codec/too-large");
  EXPECT_EQ(zstd_decompress(bomb, 64 * kMiB).value().size(), 64 * kMiB);
}

TEST(Zstd, HighRatiosWithinTheLimitSucceed) {
  std::string bytes;
  for (int i = 0; i < 5; ++i)
    bytes += zstd(std::string(kMiB, static_cast<char>('a' + i)));
  EXPECT_EQ(zstd_decompress(bytes, 5 * kMiB).value().size(), 5 * kMiB);
  EXPECT_EQ(code_of(zstd_decompress(bytes, 5 * kMiB - 1)), "codec/too-large");
}

}  // namespace
}  // namespace cistern::codec
