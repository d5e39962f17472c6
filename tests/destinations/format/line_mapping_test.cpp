#include "destinations/format/line_mapping.hpp"

#include "format_fixture.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

namespace cistern::destinations::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class OwnMapping : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "cistern-mapping-XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string_view text) {
    const std::string path = folder_ + "/own.yaml";
    std::ofstream(path) << text;
    return path;
  }
  std::vector<config::Problem> check(std::string_view text, std::string_view format = "cef") {
    std::vector<config::Problem> problems;
    check_format_options(values_of({{"format", format}, {"format_mapping", file(text)}}), problems);
    return problems;
  }

  std::string folder_;
};

constexpr std::string_view kHeader =
    "header: {vendor: {value: V}, product: {value: P}, version: {value: '1'}, "
    "event_class: [event.code, {value: none}], name: event.action}\n";

TEST_F(OwnMapping, ReplacesTheBuiltInOne) {
  const std::string text = std::string{kHeader} +
                           "severity: [{from: vendor.level, table: {HIGH: 9}}, {value: 2}]\n"
                           "keys:\n"
                           "  - {key: act, from: [vendor.missing, vendor.verb]}\n"
                           "  - {key: src, from: source.ip, as: ip}\n"
                           "  - {key: cs1, from: vendor.list, label: List}\n"
                           "  - {key: cs2, from: vendor.list, as: first}\n"
                           "  - {key: own_key, value: constant, when: {vendor.verb: [go, stay]}}\n"
                           "  - {key: other, value: no, when: {vendor.verb: absent}}\n"
                           "  - {key: score, from: vendor.score, bands: [[0, low], [50, high]]}\n"
                           "  - {key: act, value: second}\n";
  const auto format = format_of({{"format", "cef"}, {"format_mapping", file(text)}});
  EXPECT_EQ(
      line_of(*format,
              R"({"event":{"action":"A"},"source":{"ip":"2001:db8::1"},"vendor":{"verb":"go",)"
              R"("level":"high","score":61.5,"list":["x",2,true]}})"),
      "CEF:0|V|P|1|none|A|9|act=go src=2001:db8::1 cs1=x, 2, true cs1Label=List cs2=x "
      "own_key=constant score=high");
  EXPECT_EQ(line_of(*format, R"({"vendor":{"score":-1}})"),
            "CEF:0|V|P|1|none|unknown|2|other=no act=second");
}

TEST_F(OwnMapping, AllMistakesAreNamedWithTheirLine) {
  const auto problems = check(
      "header: {vendor: {value: V}, produkt: {value: P}}\n"
      "keys:\n"
      "  - {key: a b, from: x}\n"
      "  - {key: src, from: x, label: No}\n"
      "  - {key: act}\n"
      "  - {key: act, form: x, value: y}\n"
      "  - {key: act, from: x, as: integr}\n"
      "  - {key: act, from: a..b}\n"
      "  - {key: act, from: a, bands: [[x, 1]]}\n"
      "sevrity: []\n");
  ASSERT_EQ(problems.size(), 1U);
  const auto& what = problems[0].what;
  EXPECT_THAT(what, HasSubstr("did you mean `product`?"));
  EXPECT_THAT(what, HasSubstr("own.yaml:3"));
  EXPECT_THAT(what, AllOf(HasSubstr("own.yaml:4"), HasSubstr("`src` has no label")));
  EXPECT_THAT(what, HasSubstr("own.yaml:5"));
  EXPECT_THAT(what, AllOf(HasSubstr("own.yaml:6"), HasSubstr("did you mean `from`?")));
  EXPECT_THAT(what, AllOf(HasSubstr("own.yaml:7"), HasSubstr("did you mean `integer`?")));
  EXPECT_THAT(what, AllOf(HasSubstr("own.yaml:8"), HasSubstr("`a..b` is no field")));
  EXPECT_THAT(what, HasSubstr("own.yaml:9"));
  EXPECT_THAT(what, AllOf(HasSubstr("own.yaml:10"), HasSubstr("did you mean `severity`?")));
  EXPECT_THAT(what, HasSubstr("`header` says nothing of `name`"));
  EXPECT_THAT(problems[0].next_step, HasSubstr("format_mapping"));
}

TEST_F(OwnMapping, LeefKeysMayNotRedefinePredefinedOnes) {
  const auto problems = check(
      "header: {vendor: {value: V}, product: {value: P}, version: {value: '1'}, event_id: x}\n"
      "keys: [{key: SRC, from: x}]\n",
      "leef");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].what, HasSubstr("no predefined key in other letters"));
}

TEST_F(OwnMapping, BadFilesAreRefusedWithoutHarm) {
  for (const std::string_view text :
       {"", "[]", "keys: {}", "keys: [1]", "header: 1\nkeys: [[]]", "{", "a: &x [*x]", "\xFF"}) {
    EXPECT_FALSE(check(text).empty()) << text;
  }
  EXPECT_FALSE(check(std::string((1 << 20) + 1, '#')).empty());
  std::vector<config::Problem> problems;
  check_format_options(values_of({{"format", "cef"}, {"format_mapping", folder_ + "/absent"}}),
                       problems);
  EXPECT_EQ(problems.size(), 1U);
}

TEST(FormatOptions, WhatDoesNothingIsRefusedWithTheCure) {
  const auto check =
      [](std::initializer_list<std::pair<std::string_view, std::string_view>> given) {
        std::vector<config::Problem> problems;
        check_format_options(values_of(given), problems);
        return problems;
      };
  EXPECT_TRUE(check({{"format", "ecs"}, {"include_original", "true"}}).empty());
  EXPECT_TRUE(check({{"format", "raw"}, {"include_original", "false"}}).empty());
  EXPECT_TRUE(check({{"format", "leef"}, {"leef_delimiter", "^"}, {"max_length", "480"}}).empty());
  const auto one = check({{"format", "cef"}, {"leef_version", "1.0"}});
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].what, "'leef_version' does nothing with format cef");
  EXPECT_EQ(one[0].next_step, "remove it, or set 'format' to leef");
  EXPECT_EQ(check({{"format", "raw"}, {"include_original", "true"}}).size(), 1U);
  EXPECT_EQ(check({{"format", "ecs"}, {"max_length", "4096"}}).size(), 1U);
  EXPECT_EQ(check({{"format", "cef"}, {"max_length", "479"}}).size(), 1U);
  EXPECT_EQ(check({{"format", "leef"}, {"leef_delimiter", "="}}).size(), 1U);
  EXPECT_EQ(check({{"format", "leef"}, {"leef_version", "1.0"}, {"leef_delimiter", "^"}}).size(),
            1U);
}

TEST(FormatShapes, OnlyPrettyJsonGoesOverManyLines) {
  EXPECT_EQ(payload_shape("falcon-pretty"), PayloadShape::multi_line);
  for (const std::string_view name : {"ecs", "raw", "envelope", "cef", "leef"})
    EXPECT_EQ(payload_shape(name), PayloadShape::one_line) << name;
}

}  // namespace
}  // namespace cistern::destinations::test
