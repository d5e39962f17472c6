#include "codec/ini.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

using ::testing::HasSubstr;

IniFile parsed(std::string_view text) {
  auto file = parse_ini(text, "x.cfg");
  EXPECT_TRUE(file) << file.error().sentence();
  return file ? *file : IniFile{};
}

std::vector<std::string> effective(std::string_view text, Duplicates duplicates) {
  const auto file = parsed(text);
  std::vector<std::string> out;
  for (const auto* entry : effective_entries(file.sections.at(0).entries, duplicates))
    out.push_back(entry->key + "=" + entry->value);
  return out;
}

TEST(Ini, AValueRunsToTheEndOfItsLine) {
  const auto file = parsed(
      "# comment\n; comment\n\n[One Two]\r\n a = b = c # no comment ; none \r\nempty =\n"
      "key==\nquoted = \"|\":\"\\|\"\n");
  ASSERT_EQ(file.sections.size(), 1U);
  const auto* section = file.find("One Two");
  ASSERT_NE(section, nullptr);
  EXPECT_EQ(section->line, 4);
  EXPECT_EQ(section->find("a")->value, "b = c # no comment ; none");
  EXPECT_EQ(section->find("a")->line, 5);
  EXPECT_EQ(section->find("empty")->value, "");
  EXPECT_EQ(section->find("key")->value, "=");
  EXPECT_EQ(section->find("quoted")->value, "\"|\":\"\\|\"");
  EXPECT_EQ(section->find("missing"), nullptr);
  EXPECT_TRUE(file.notes.empty());
}

TEST(Ini, ATabAloneIsKeptBesideTheTrimmedValue) {
  const auto file = parsed("[S]\nfield_delim = \t\n");
  EXPECT_EQ(file.sections[0].entries[0].value, "");
  EXPECT_EQ(file.sections[0].entries[0].untrimmed, " \t");
}

TEST(Ini, TheLastOfEqualKeysStandsAtThePlaceOfTheFirst) {
  constexpr std::string_view kText = "[S]\na=1\nb=2\na=3\nc=4\n";
  EXPECT_THAT(effective(kText, Duplicates::last), ::testing::ElementsAre("a=3", "b=2", "c=4"));
  EXPECT_THAT(effective(kText, Duplicates::first), ::testing::ElementsAre("a=1", "b=2", "c=4"));
  EXPECT_THAT(effective(kText, Duplicates::all),
              ::testing::ElementsAre("a=1", "b=2", "a=3", "c=4"));
}

TEST(Ini, ASectionNamedTwiceIsOneAndSaid) {
  const auto file = parsed("[S]\na=1\n[T]\nb=1\n[S]\nc=1\n");
  ASSERT_EQ(file.sections.size(), 2U);
  EXPECT_EQ(file.find("S")->entries.size(), 2U);
  ASSERT_EQ(file.notes.size(), 1U);
  EXPECT_EQ(file.notes[0].line, 5);
}

TEST(Ini, LinesThatAreNothingAreNotedAndPassedOver) {
  const auto file = parsed("stray = 1\n[S]\nno sign here\n= no key\na = 1\n");
  EXPECT_EQ(file.find("S")->entries.size(), 1U);
  EXPECT_EQ(file.find("")->entries.size(), 1U);
  EXPECT_EQ(file.notes.size(), 3U);
}

TEST(Ini, HostileTextIsRefusedWithItsLine) {
  const auto why = [](const std::string& text) {
    const auto file = parse_ini(text, "x.cfg");
    return file ? std::string{} : file.error().cause;
  };
  EXPECT_THAT(why("[S]\n[broken\n"), HasSubstr("x.cfg:2"));
  EXPECT_THAT(why("[S]\n[]\n"), HasSubstr("x.cfg:2"));
  EXPECT_THAT(why(std::string("[S]\na = b\0c\n", 12)), HasSubstr("x.cfg:2: the line is not UTF-8"));
  EXPECT_THAT(why("[S]\na = \xff\n"), HasSubstr("UTF-8"));
  EXPECT_THAT(why("[S]\na = " + std::string(kMaxIniLine, 'x') + "\n"), HasSubstr("longer than"));
  EXPECT_THAT(why(std::string(kMaxIniLines + 1, '\n')), HasSubstr("lines"));
  EXPECT_THAT(why(std::string(kMaxIniBytes + 1, ' ')), HasSubstr("bytes"));
  std::string many;
  for (std::size_t i = 0; i <= kMaxIniSections; ++i)
    many += "[" + std::to_string(i) + "]\n";
  EXPECT_THAT(why(many), HasSubstr("sections"));
}

TEST(Ini, AByteOrderMarkAndNothingAtAllAreFine) {
  EXPECT_EQ(parsed("\xEF\xBB\xBF[S]\na=1\n").sections[0].name, "S");
  EXPECT_TRUE(parsed("").sections.empty());
}

}  // namespace
}  // namespace cistern::codec
