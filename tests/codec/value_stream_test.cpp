#include "codec/value_stream.hpp"

#include "base/random.hpp"
#include "codec/json.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

using Pieces = std::vector<std::pair<StreamPiece, std::string>>;
using Framers = std::unique_ptr<StreamFramer> (*)(std::size_t);
using Split = void (*)(const StreamValues&, const StreamPieceSink&);

constexpr StreamPiece kValue = StreamPiece::value;
constexpr StreamPiece kEmpty = StreamPiece::empty_line;
constexpr StreamPiece kPart = StreamPiece::part;

struct Read {
  Pieces pieces;
  std::string rest;  ///< Behind the last whole value.
};

/// What a reader does: shows arrivals to the framer, hands over at each end that it names.
class Reader {
 public:
  Reader(Framers framer, Split split, std::size_t most) : framer_(framer(most)), split_(split) {}

  void show(std::string_view arrived) {
    while (!arrived.empty()) {
      const auto found = framer_->advance(arrived);
      ASSERT_LE(found.whole, arrived.size());
      const std::size_t shown = found.severed ? found.whole : arrived.size();
      const std::size_t whole = held_.size() + found.whole;
      held_.append(arrived.substr(0, shown));
      arrived.remove_prefix(shown);
      if (found.whole > 0 || found.severed) hand_over(whole, found.severed);
    }
  }
  Read finish() {
    read_.rest = held_;
    return read_;
  }

 private:
  void hand_over(std::size_t whole, bool severed) {
    ASSERT_GT(whole, 0U);
    StreamValues values;
    values.bytes = held_.substr(0, whole);
    values.mid_line = mid_line_;
    values.continues = continues_;
    values.severed = severed;
    held_.erase(0, whole);
    mid_line_ = values.bytes.back() != '\n';
    continues_ = severed;
    split_(values,
           [&](StreamPiece kind, std::string_view raw) { read_.pieces.emplace_back(kind, raw); });
  }

  std::unique_ptr<StreamFramer> framer_;
  Split split_;
  std::string held_;
  bool mid_line_ = false;
  bool continues_ = false;
  Read read_;
};

Read read_json(const std::vector<std::string>& arrivals, std::size_t most = kMaxStreamValue) {
  Reader reader(&json_value_framer, &split_json_values, most);
  for (const auto& arrival : arrivals)
    reader.show(arrival);
  return reader.finish();
}

TEST(ValueStream, OneObjectALine) {
  const auto read = read_json({"{\"a\":1}\n{\"a\":2}\r\n{\"a\":"});
  EXPECT_EQ(read.pieces, (Pieces{{kValue, "{\"a\":1}"}, {kValue, "{\"a\":2}"}}));
  EXPECT_EQ(read.rest, "{\"a\":");
}

TEST(ValueStream, AnObjectEndsWithoutALineBreak) {
  const auto read = read_json({"{\"a\":[{}]}{\"b\":\"}{\\\"}\"} \t[1]", "{\"c\""});
  EXPECT_EQ(read.pieces,
            (Pieces{{kValue, "{\"a\":[{}]}"}, {kValue, "{\"b\":\"}{\\\"}\"}"}, {kValue, "[1]"}}));
  EXPECT_EQ(read.rest, "{\"c\"");
}

TEST(ValueStream, EmptyLinesAreCountedExactlyHoweverTheyArrive) {
  const std::string text = "\n{\"a\":1}\n\r\n  \n{\"a\":2}\n\n";
  const Pieces expected{{kEmpty, ""}, {kValue, "{\"a\":1}"}, {kEmpty, ""},
                        {kEmpty, ""}, {kValue, "{\"a\":2}"}, {kEmpty, ""}};
  EXPECT_EQ(read_json({text}).pieces, expected);
  std::vector<std::string> bytes;
  for (const char c : text)
    bytes.emplace_back(1, c);
  EXPECT_EQ(read_json(bytes).pieces, expected);
}

TEST(ValueStream, ACutLineDoesNotTakeTheNextWithIt) {
  const auto read = read_json({"{\"a\":\"cut\n{\"a\":2}\n{\"a\":{\"b\":1}\n{\"a\":3}\n"});
  EXPECT_EQ(read.pieces, (Pieces{{kValue, "{\"a\":\"cut"},
                                 {kValue, "{\"a\":2}"},
                                 {kValue, "{\"a\":{\"b\":1}"},
                                 {kValue, "{\"a\":3}"}}));
}

TEST(ValueStream, WhatIsNoContainerLastsUntilTheLineEnds) {
  const auto read = read_json({"end\":\"}{\"a\":1}\n12\n{\"a\":2}} {\"b\":3}\n"});
  EXPECT_EQ(read.pieces, (Pieces{{kValue, "end\":\"}{\"a\":1}"},
                                 {kValue, "12"},
                                 {kValue, "{\"a\":2}"},
                                 {kValue, "} {\"b\":3}"}}))
      << "an object inside a damaged line must not pass for a value";
}

TEST(ValueStream, AValueAtTheBoundIsWholeAndOneBeyondItIsSevered) {
  const std::string fits = "{\"a\":\"0123\"}";
  ASSERT_EQ(fits.size(), 12U);
  EXPECT_EQ(read_json({fits, "\n"}, 12).pieces, (Pieces{{kValue, fits}}));
  const std::string beyond = "{\"a\":\"01234{}{}{}56789\"}\n{\"b\":1}\n";
  const auto read = read_json({beyond}, 12);
  EXPECT_EQ(read.pieces,
            (Pieces{{kPart, "{\"a\":\"01234{"}, {kPart, "}{}{}56789\"}"}, {kValue, "{\"b\":1}"}}));
}

TEST(ValueStream, PartsOfASeveredValueAreNeverTakenForValues) {
  const std::string line = "{\"list\":[" + std::string(40, ' ') + "{\"offset\":9}]}\n{\"b\":1}\n";
  const auto read = read_json({line}, 20);
  for (const auto& [kind, raw] : read.pieces) {
    EXPECT_TRUE(raw.find("offset") == std::string::npos || kind == kPart) << raw;
  }
  EXPECT_EQ(read.pieces.back(), (std::pair{kValue, std::string{"{\"b\":1}"}}));
}

TEST(ValueStream, LinesAreWhatStandsBetweenLineBreaks) {
  Reader reader(&line_framer, &split_lines, 10);
  reader.show("one\r\n\n two\n{}{}\n0123456789ab\nlast");
  const auto read = reader.finish();
  EXPECT_EQ(read.pieces, (Pieces{{kValue, "one"},
                                 {kEmpty, ""},
                                 {kValue, " two"},
                                 {kValue, "{}{}"},
                                 {kPart, "0123456789"},
                                 {kPart, "ab"}}));
  EXPECT_EQ(read.rest, "last");
}

/// Lines as vendors and damage make them.
std::string random_text(SeededRandom& random) {
  static const std::vector<std::string> kSeeds = {"{\"a\":1}",
                                                  "{\"s\":\"}{[\\\"\\\\\"}",
                                                  "[[],{}]",
                                                  "\n",
                                                  "\n",
                                                  "\r\n",
                                                  "\n\n",
                                                  " ",
                                                  "{\"cut\":[",
                                                  "\"half",
                                                  "}",
                                                  "7",
                                                  "\\",
                                                  "\\\"",
                                                  "\xff",
                                                  std::string(30, 'x'),
                                                  "{\"long\":\"" + std::string(70, 'y') + "\"}"};
  std::string text;
  const std::uint64_t count = random.next() % 40;
  for (std::uint64_t i = 0; i < count; ++i)
    text += kSeeds[random.next() % kSeeds.size()];
  return text;
}

std::string without_space(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') result += c;
  }
  return result;
}

TEST(ValueStream, ThePiecesAreTheSameHoweverTheBytesArriveAndNothingIsLost) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random{seed};
    const std::string text = random_text(random);
    const std::size_t most = seed % 3 == 0 ? 1 + random.next() % 50 : kMaxStreamValue;
    const auto whole = read_json({text}, most);
    std::vector<std::string> arrivals;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + random.next() % (seed % 2 == 0 ? 3 : 60);
      arrivals.push_back(text.substr(at, size));
      at += size;
    }
    const auto parts = read_json(arrivals, most);
    ASSERT_EQ(parts.pieces, whole.pieces) << text;
    ASSERT_EQ(parts.rest, whole.rest) << text;
    std::string all;
    for (const auto& [kind, raw] : whole.pieces) {
      all += raw;
      ASSERT_LE(raw.size(), most);
    }
    ASSERT_EQ(without_space(all + whole.rest), without_space(text));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(ValueStream, ALongValueCostsNoMoreThanItsBytes) {
  // Each byte is looked at once: a quadratic framer would need hours for this.
  const std::string half = "{\"a\":\"" + std::string(8 << 20, 'x');
  Reader reader(&json_value_framer, &split_json_values, kMaxStreamValue);
  for (std::size_t at = 0; at < half.size(); at += 64)
    reader.show(std::string_view{half}.substr(at, 64));
  reader.show("\"}\n");
  const auto read = reader.finish();
  ASSERT_EQ(read.pieces.size(), 1U);
  EXPECT_EQ(read.pieces[0].second.size(), half.size() + 2);
}

}  // namespace
}  // namespace cistern::codec
