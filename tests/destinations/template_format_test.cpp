#include "destinations/format/template_format.hpp"

#include "config/loader.hpp"
#include "destinations/format/format.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace cistern::destinations {
namespace {

using ::testing::HasSubstr;

constexpr const char* kText =
    "[Template]\nevent_type_field = t\nevent_subtype_field = s\nmax_length = 12\n"
    "[T]\n__header.0 = 'h'\nk = v\n[T_L]\n__header.0 = s\n";

config::Values values_with(const std::string& name, const std::string& text) {
  auto values = config::default_values(format_options());
  values.values["format"].text = "template";
  values.values["format"].given = true;
  if (!name.empty()) {
    values.values[name].text = text;
    values.values[name].given = true;
  }
  return values;
}

journal::Envelope envelope(std::string_view raw, RawForm form = RawForm::json) {
  journal::Envelope made;
  made.id = "00112233445566778899aabbccddeeff";
  made.connector = "falcon";
  made.stream = "events";
  made.raw = raw;
  made.form = form;
  return made;
}

std::vector<config::Problem> problems_of(const config::Values& values) {
  std::vector<config::Problem> problems;
  check_format_options(values, problems);
  return problems;
}

TEST(TemplateFormat, AllLinesOfAnEventAreOnePayload) {
  const auto format = make_format(values_with("template_text", kText), {});
  ASSERT_TRUE(format) << format.error().sentence();
  std::string out = "before|";
  EXPECT_TRUE((*format)->render(envelope(R"({"t":"T","v":1,"L":[1,2]})"), out));
  EXPECT_EQ(out, "before|h|k=1\nL|\nL|");
  EXPECT_EQ(payload_shape("template"), PayloadShape::lines);
  out.clear();
  EXPECT_FALSE((*format)->render(envelope(R"({"t":"Other"})"), out));
  EXPECT_EQ(out, "");
}

TEST(TemplateFormat, TheTextMayStandInAFile) {
  const auto path =
      (std::filesystem::temp_directory_path() / ("cistern-template-" + std::to_string(getpid())))
          .string();
  std::ofstream{path} << kText;
  const auto format = make_format(values_with("template", path), {});
  std::filesystem::remove(path);
  ASSERT_TRUE(format) << format.error().sentence();
  std::string out;
  EXPECT_TRUE((*format)->render(envelope(R"({"t":"T","v":1})"), out));
  EXPECT_EQ(out, "h|k=1");
}

TEST(TemplateFormat, WhatDoesNotComeOutWholeIsTold) {
  const auto format = make_format(values_with("template_text", kText), {});
  ASSERT_TRUE(format);
  std::string out;
  (*format)->render(envelope(R"({"t":"T","v":"long enough to be cut"})"), out);
  (*format)->render(envelope(R"({"t":"Other"})"), out);
  (*format)->render(envelope("no json", RawForm::text), out);
  const auto drift = (*format)->take_drift();
  ASSERT_EQ(drift.size(), 2U);
  EXPECT_EQ(drift[0].connector, "falcon");
  EXPECT_EQ(drift[0].unknown_fields, 1U);
  EXPECT_EQ(drift[0].cut_values, 1U);
  EXPECT_THAT(drift[0].names.at(0), HasSubstr("'Other'"));
  EXPECT_EQ(drift[1].wrong_types, 1U);
  EXPECT_TRUE((*format)->take_drift().empty()) << "told once";
}

TEST(TemplateFormat, MistakesAreFoundBeforeTheStart) {
  EXPECT_TRUE(problems_of(values_with("template_text", kText)).empty());
  auto problems = problems_of(values_with("", ""));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].what, HasSubstr("needs a template"));
  problems = problems_of(values_with("template", "/nowhere/at/all"));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].what, HasSubstr("/nowhere/at/all"));
  problems = problems_of(values_with("template_text", "[Template]\nmising = empty\n"));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].what, HasSubstr("template_text:2"));
  EXPECT_THAT(problems[0].next_step, HasSubstr("missing"));
  auto both = values_with("template_text", kText);
  both.values["template"].text = "x";
  both.values["template"].given = true;
  EXPECT_THAT(problems_of(both).at(0).what, HasSubstr("both"));
}

}  // namespace
}  // namespace cistern::destinations
