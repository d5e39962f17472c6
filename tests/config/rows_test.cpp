// Options that are lists of small mappings with a table of their own.
#include "config/difference.hpp"
#include "config/loader.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::config {
namespace {

using testing::HasSubstr;

constexpr std::array<std::string_view, 2> kColours = {"red", "blue"};
constexpr std::array kColumns = {
    Option{.name = "who", .required = true, .example = "me", .text = "Whom it concerns."},
    Option{.name = "colour", .type = OptionType::choice, .text = "Which.", .choices = kColours},
    Option{.name = "weight",
           .type = OptionType::integer,
           .fallback = "7",
           .text = "How heavy.",
           .least = 1,
           .most = 9},
};
constexpr std::array kOptions = {
    Option{.name = "rules",
           .type = OptionType::rows,
           .example = "[{who: me, colour: red}]",
           .text = "What is what.",
           .columns = {.first = kColumns.data(), .count = kColumns.size()}},
};

Schema schema() {
  return {
      .store = {},
      .telemetry = {},
      .common_connector = {},
      .common_destination = {},
      .connectors = {{.name = "thing", .summary = "A thing.", .options = kOptions, .check = {}}},
      .destinations = {}};
}

Loaded load_rules(const std::string& rules) {
  const SecretSources none{
      .environment = [](const std::string&) { return std::nullopt; },
      .read_file = [](const std::string&) -> Result<std::string> { return std::string{}; },
      .credentials_directory = {}};
  return load("connectors:\n  one:\n    type: thing\n    rules: " + rules + "\n", "c.yaml",
              schema(), none);
}

TEST(Rows, EachIsReadAgainstItsColumns) {
  const auto loaded = load_rules("[{who: me, colour: red}, {who: you, weight: 3}]");
  ASSERT_TRUE(loaded.ok()) << render(loaded.problems, false);
  const auto& rows = loaded.configuration.connectors.at(0).values.rows("rules");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].text("colour"), "red");
  EXPECT_EQ(rows[0].integer("weight"), 7);
  EXPECT_FALSE(rows[1].has("colour"));
  EXPECT_EQ(rows[1].integer("weight"), 3);
}

TEST(Rows, WhatIsWrongIsNamedWithItsRule) {
  const auto problems = [](const std::string& rules) {
    return render(load_rules(rules).problems, false);
  };
  EXPECT_THAT(problems("[{who: me}, {wo: you}]"), HasSubstr("unknown option 'wo' in rule 2"));
  EXPECT_THAT(problems("[{colour: red}]"), HasSubstr("has no 'who'"));
  EXPECT_THAT(problems("[{who: me, colour: green}]"), HasSubstr("red, blue"));
  EXPECT_THAT(problems("[{who: me, weight: 10}]"), HasSubstr("from 1 to 9"));
  EXPECT_THAT(problems("[just text]"), HasSubstr("no rule"));
  EXPECT_THAT(problems("{who: me}"), HasSubstr("must be a list of rules"));
  EXPECT_THAT(problems("[]"), HasSubstr("empty list"));
}

TEST(Rows, AChangedRuleIsAChange) {
  const auto options = [](const std::string& a, const std::string& b) {
    return different_options(load_rules(a).configuration.connectors.at(0).values,
                             load_rules(b).configuration.connectors.at(0).values);
  };
  EXPECT_TRUE(options("[{who: me}]", "[{who: me, weight: 7}]").empty());
  EXPECT_EQ(options("[{who: me}]", "[{who: you}]").size(), 1U);
  EXPECT_EQ(options("[{who: me}]", "[{who: me}, {who: me}]").size(), 1U);
}

TEST(Rows, TheSchemaAndTheReferenceKnowTheColumns) {
  EXPECT_THAT(json_schema(schema()), HasSubstr("\"weight\""));
  const auto pages = reference_pages(schema());
  EXPECT_THAT(pages.at("connectors/thing.md"), HasSubstr("`colour` in a rule: Which."));
}

}  // namespace
}  // namespace cistern::config
