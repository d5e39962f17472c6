#include "codec/escape_table.hpp"

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

std::string applied(std::string_view table, std::string_view text, std::size_t limit = 0) {
  auto parsed = EscapeTable::parse(table);
  EXPECT_TRUE(parsed) << parsed.error().sentence();
  std::string out = "before ";
  LineWriter writer(out, limit);
  parsed->apply(text, writer);
  if (writer.too_long()) writer.cut();
  return out.substr(7);
}

// As the settings stand in a file: | and \ of a header; \ = LF CR of a value.
constexpr std::string_view kHeader = R"("|":"\|","\\":"\\\\")";
constexpr std::string_view kValue = R"("\\":"\\\\","=":"\=","\n":"\\n","\r":"\\r")";

TEST(EscapeTable, DecodesBothSides) {
  EXPECT_EQ(applied(kHeader, R"(a|b\c=d)"), R"(a\|b\\c=d)");
  EXPECT_EQ(applied(kValue, "a=b\\c\nd\re|f\t\"g\""), "a\\=b\\\\c\\nd\\re|f\t\"g\"");
  EXPECT_EQ(applied(R"( "\t" : "\\t" , "\"":"'" )", "a\tb\"c"), "a\\tb'c");
  EXPECT_EQ(applied("", "a|b"), "a|b");
}

TEST(EscapeTable, WhatAReplacementWroteIsNotReplacedAgain) {
  EXPECT_EQ(applied(R"("a":"b","b":"a")", "aabb"), "bbaa");
  EXPECT_EQ(applied(R"("a":"1","aa":"2")", "aaa"), "21") << "the longest one first";
}

TEST(EscapeTable, RefusesWhatIsNoTable) {
  for (const std::string_view bad : {R"("a")", R"("a":)", R"("a":"b" "c":"d")", R"(a:b)",
                                     R"("":"b")", R"("a":"b)", R"("a":"b",,)"})
    EXPECT_FALSE(EscapeTable::parse(bad)) << bad;
}

TEST(EscapeTable, LineBreaksAndNulNeverEndALine) {
  auto table = *EscapeTable::parse(kHeader);
  table.protect_lines();
  std::string out;
  LineWriter writer(out, 0);
  table.apply(std::string_view("a\nb\rc\0d", 7), writer);
  EXPECT_EQ(out, "a b c d");
  auto own = *EscapeTable::parse(kValue);
  own.protect_lines();
  out.clear();
  LineWriter second(out, 0);
  own.apply("a\nb", second);
  EXPECT_EQ(out, "a\\nb") << "what the table says stays";
}

TEST(LineWriter, ALineIsNotCutInsideAnEscapeOrACharacter) {
  EXPECT_EQ(applied(kValue, "abc=d", 5), "abc\\=");
  EXPECT_EQ(applied(kValue, "abc=d", 4), "abc");
  EXPECT_EQ(applied(kValue, "abc=d", 3), "abc");
  EXPECT_EQ(applied(kValue, "a===", 6), "a\\=\\=");
  EXPECT_EQ(applied("", "ab\xC3\xA9z", 3), "ab");
  EXPECT_EQ(applied("", "ab\xC3\xA9z", 4), "ab\xC3\xA9");
  EXPECT_EQ(applied("", "\xF0\x9F\x98\x80z", 3), "");
  EXPECT_EQ(applied("", "abc", 3), "abc");
}

}  // namespace
}  // namespace cistern::codec
