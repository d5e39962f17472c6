#include "codec/json.hpp"

#include "codec/json_scan.hpp"

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

std::vector<Element> split(std::string& body, std::string_view* body_problem = nullptr) {
  JsonSplitter splitter;
  std::vector<Element> out;
  splitter.split(body, out);
  if (body_problem != nullptr) *body_problem = splitter.body_problem();
  return out;
}

std::string text_of(std::string_view value) {
  std::string out;
  append_json_string(out, value);
  return out;
}

TEST(JsonString, EscapesOnlyWhatMustBeEscaped) {
  EXPECT_EQ(text_of(""), "\"\"");
  EXPECT_EQ(text_of("plain /text/ \x7f \xC3\xA9"), "\"plain /text/ \x7f \xC3\xA9\"");
  EXPECT_EQ(text_of("a\"b\\c\n\r\t\x01"), R"("a\"b\\c\n\r\t\u0001")");
  EXPECT_EQ(text_of(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(JsonString, EscapesAtEveryPlaceOfABlock) {
  for (std::size_t place = 0; place < 40; ++place) {
    std::string text(40, 'x');
    text[place] = '"';
    std::string expected = "\"" + text + "\"";
    expected.insert(place + 1, "\\");
    EXPECT_EQ(text_of(text), expected) << place;
  }
}

TEST(JsonString, UnescapingReturnsWhatWasEscaped) {
  std::string all;
  for (int c = 0; c < 128; ++c)
    all.push_back(static_cast<char>(c));
  all += "\xC3\xA9\xF0\x9F\x98\x80";
  const std::string escaped = text_of(all);
  std::string back;
  append_unescaped(back, std::string_view(escaped).substr(1, escaped.size() - 2));
  EXPECT_EQ(back, all);
}

TEST(JsonString, UnescapingKeepsUtf8SoundForHalvesOfPairs) {
  std::string out;
  append_unescaped(out, R"(\ud83d\ude00|\ud83d|\ude00|\u00e9|\/)");
  EXPECT_EQ(out, "\xF0\x9F\x98\x80|\xEF\xBF\xBD|\xEF\xBF\xBD|\xC3\xA9|/");
}

TEST(SkipValue, FindsTheEndAtEveryPlaceOfABlock) {
  for (const std::string_view inside :
       {R"({"a":"]}"})", R"(["\\","\"]",{"b":[]}])", R"(["\\\"]\\"])", R"([[["}"]]])"}) {
    for (std::size_t pad = 0; pad < 140; ++pad) {
      const std::string value = "[\"" + std::string(pad, 'x') + "\"," + std::string(inside) + "]";
      for (const std::string_view after : {"", ",]}\"", "]"}) {
        const std::string text = value + std::string(after) + std::string(pad, '}');
        const std::string_view all = text;
        ASSERT_EQ(skip_json_value(all.data(), all.data() + all.size()), all.data() + value.size());
      }
      for (std::size_t cut = 0; cut < value.size(); ++cut) {
        ASSERT_EQ(skip_json_value(value.data(), value.data() + cut), nullptr) << cut;
      }
    }
  }
}

TEST(CompactJson, RemovesWhiteSpaceOnlyBetweenTokens) {
  std::string scratch;
  EXPECT_EQ(compact_json("{ \"a b\" :\r\n [1 ,\t\"x  \\\" y\"] }", scratch),
            "{\"a b\":[1,\"x  \\\" y\"]}");
}

TEST(CompactJson, ReturnsTheInputWhenNothingIsToDo) {
  std::string scratch;
  const std::string json = R"({"a":"b c"})";
  EXPECT_EQ(compact_json(json, scratch).data(), json.data());
}

TEST(JsonWriter, PutsCommasAndColonsWhereTheyBelong) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().key("a").number(std::int64_t{-1}).key("b").begin_array();
  writer.string("x").null().boolean(true).begin_object().end_object().raw("[2]").end_array();
  writer.key("c").number(1.5).key("d").number(std::uint64_t{18446744073709551615ULL});
  writer.key("e").number(1.0 / 0.0 * 0.0).end_object();
  EXPECT_EQ(out,
            R"({"a":-1,"b":["x",null,true,{},[2]],"c":1.5,"d":18446744073709551615,"e":null})");
}

TEST(Split, GivesEachElementAsItStands) {
  std::string body = " [ {\"a\" : 1} ,\n{\"b\":\"],[\"},3,\"x\",[] ] ";
  const auto elements = split(body);
  ASSERT_EQ(elements.size(), 5U);
  EXPECT_EQ(elements[0].raw, "{\"a\" : 1}");
  EXPECT_EQ(elements[1].raw, "{\"b\":\"],[\"}");
  EXPECT_EQ(elements[4].raw, "[]");
  for (const auto& element : elements) {
    EXPECT_EQ(element.form, RawForm::json);
    EXPECT_TRUE(element.problem.empty());
  }
}

TEST(Split, EmptyBodiesAndArraysYieldNothing) {
  for (const std::string_view text : {"", "  \r\n", "[]", " [ ] ", "\xEF\xBB\xBF[]"}) {
    std::string body(text);
    EXPECT_TRUE(split(body).empty()) << text;
  }
}

TEST(Split, ASingleObjectIsOneElement) {
  std::string body = " {\"error\":{\"code\":\"AF429\"}}\n";
  const auto elements = split(body);
  ASSERT_EQ(elements.size(), 1U);
  EXPECT_EQ(elements[0].raw, R"({"error":{"code":"AF429"}})");
  EXPECT_EQ(elements[0].form, RawForm::json);
}

TEST(Split, WhatIsNoJsonAtAllIsOneElementWithAProblem) {
  std::string body = "<html>busy</html>";
  const auto elements = split(body);
  ASSERT_EQ(elements.size(), 1U);
  EXPECT_EQ(elements[0].raw, "<html>busy</html>");
  EXPECT_EQ(elements[0].form, RawForm::text);
  EXPECT_FALSE(elements[0].problem.empty());
}

struct BrokenCase {
  const char* name;
  std::string body;
  std::vector<std::pair<std::string, RawForm>> expected;
};

void PrintTo(const BrokenCase& broken, std::ostream* out) {
  *out << broken.name;
}

class SplitBroken : public testing::TestWithParam<BrokenCase> {};

TEST_P(SplitBroken, TakesNoNeighbour) {
  std::string body = GetParam().body;
  const auto elements = split(body);
  ASSERT_EQ(elements.size(), GetParam().expected.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    EXPECT_EQ(elements[i].raw, GetParam().expected[i].first);
    EXPECT_EQ(elements[i].form, GetParam().expected[i].second);
    EXPECT_EQ(elements[i].problem.empty(), elements[i].form == RawForm::json);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, SplitBroken,
    testing::Values(
        BrokenCase{"wrong word",
                   R"([{"a":01tru},{"b":1}])",
                   {{R"({"a":01tru})", RawForm::text}, {R"({"b":1})", RawForm::json}}},
        BrokenCase{"lost quote",
                   R"([{"a":1},{"b":"x},{"c":{"d":2}},{"e":3}])",
                   {{R"({"a":1})", RawForm::json},
                    {R"({"b":"x})", RawForm::text},
                    {R"({"c":{"d":2}})", RawForm::json},
                    {R"({"e":3})", RawForm::json}}},
        BrokenCase{"lost bracket",
                   R"([{"b":[1},{"c":2},{"d":3}])",
                   {{R"({"b":[1})", RawForm::text},
                    {R"({"c":2})", RawForm::json},
                    {R"({"d":3})", RawForm::json}}},
        BrokenCase{
            "list inside a broken record",
            R"([{"a":01,"l":[{"x":1},{"y":2}]},{"b":1}])",
            {{R"({"a":01,"l":[{"x":1},{"y":2}]})", RawForm::text}, {R"({"b":1})", RawForm::json}}},
        BrokenCase{"cut in a string",
                   R"([{"a":1},{"b":"xy)",
                   {{R"({"a":1})", RawForm::json}, {R"({"b":"xy)", RawForm::text}}},
        BrokenCase{"missing comma",
                   R"([{"a":1}{"b":2}])",
                   {{R"({"a":1})", RawForm::json}, {R"({"b":2})", RawForm::json}}},
        BrokenCase{"bracket too many",
                   R"([{"a":1}},{"b":2}])",
                   {{R"({"a":1}})", RawForm::text}, {R"({"b":2})", RawForm::json}}},
        BrokenCase{"not UTF-8",
                   "[{\"a\":\"\xFF\"},{\"b\":\"\xC3\xA9\"}]",
                   {{"{\"a\":\"\xFF\"}", RawForm::bytes}, {"{\"b\":\"\xC3\xA9\"}", RawForm::json}}},
        BrokenCase{"raw control character",
                   "[{\"a\":\"\x01\"},{\"b\":1}]",
                   {{"{\"a\":\"\x01\"}", RawForm::text}, {"{\"b\":1}", RawForm::json}}},
        BrokenCase{"text after the array",
                   R"([{"a":1}] junk)",
                   {{R"({"a":1})", RawForm::json}, {"junk", RawForm::text}}},
        BrokenCase{"numbers of any size",
                   R"([{"a":123456789012345678901234567890},{"b":1e999}])",
                   {{R"({"a":123456789012345678901234567890})", RawForm::json},
                    {R"({"b":1e999})", RawForm::json}}},
        BrokenCase{"repeated keys", R"([{"a":1,"a":2}])", {{R"({"a":1,"a":2})", RawForm::json}}}));

TEST(Split, NamesACutArrayWhoseElementsAreWhole) {
  std::string_view problem;
  std::string body = R"([{"a":1},{"b":2})";
  EXPECT_EQ(split(body, &problem).size(), 2U);
  EXPECT_NE(problem.find("cut"), std::string_view::npos);
  body = R"([{"a":1}])";
  split(body, &problem);
  EXPECT_TRUE(problem.empty());
}

TEST(Split, AllowsExactlyTheDocumentedDepth) {
  for (const std::size_t levels : {128U, 129U, 5000U}) {
    std::string deep(levels, '[');
    deep.append(levels, ']');
    std::string body = "[" + deep + ",{\"a\":1}]";
    const auto elements = split(body);
    ASSERT_EQ(elements.size(), 2U) << levels;
    EXPECT_EQ(elements[0].raw, deep);
    EXPECT_EQ(elements[0].form, levels <= 128 ? RawForm::json : RawForm::text) << levels;
    if (levels > 128) {
      EXPECT_EQ(elements[0].problem, "nested deeper than 128 levels");
    }
    EXPECT_EQ(elements[1].form, RawForm::json);
  }
}

TEST(Split, BadRecordsInALargeBodyLeaveTheOthers) {
  std::string body = "[";
  for (int i = 0; i < 20000; ++i) {
    if (i > 0) body += ',';
    body += i % 1000 == 500 ? R"({"id":7,"s":"lost)" : R"({"id":7,"list":[{"a":1},{"b":2}]})";
    if (i % 1000 == 500) body += '}';
  }
  body += ']';
  std::size_t sound = 0;
  std::size_t broken = 0;
  for (const auto& element : split(body))
    ++(element.form == RawForm::json ? sound : broken);
  EXPECT_EQ(broken, 20U);
  EXPECT_EQ(sound, 19980U);
}

TEST(WhyInvalid, SaysWhatIsWrong) {
  JsonSplitter splitter;
  EXPECT_EQ(splitter.why_invalid(R"({"a":[1,-0.5e+3,"\u00e9",true,null]})"), "");
  for (const char* text :
       {"",      "{",          "{}x", "[1,]",    "{\"a\"}",     "{a:1}",    "01",
        "1.",    "-",          "tru", "\"\\x\"", "\"\\ud800\"", "\"\xFF\"", "\"a\nb\"",
        "[1 2]", "{\"a\":1,}", "nul", "+1",      "1e",          ".5",       "'a'"}) {
    EXPECT_NE(splitter.why_invalid(text), "") << text;
  }
}

TEST(TopLevelFields, FindsTextsAndNumbers) {
  JsonSplitter splitter;
  std::vector<std::string_view> values;
  std::string scratch;
  const std::string json =
      R"({"n":{"Id":"inner"},"Id":"a\u0041\n","Time":"t","Type":15,"Null":null,"Ok":true,)"
      R"("Twice":"x\\1","Twice":"y\\2","\u004bey":"k\t"})";
  splitter.top_level_fields(json, {"Id", "Time", "Type", "Null", "Ok", "Twice", "Key", "n", "no"},
                            values, scratch);
  EXPECT_EQ(values,
            (std::vector<std::string_view>{"aA\n", "t", "15", "", "true", "y\\2", "k\t", "", ""}));
}

TEST(TopLevelFields, EndsAtDamageWithoutHarm) {
  JsonSplitter splitter;
  std::vector<std::string_view> values;
  std::string scratch;
  splitter.top_level_fields(R"({"Id":"x","b":"cut)", {"Id", "b"}, values, scratch);
  EXPECT_EQ(values, (std::vector<std::string_view>{"x", ""}));
  splitter.top_level_fields("", {"Id"}, values, scratch);
  EXPECT_EQ(values, (std::vector<std::string_view>{""}));
}

}  // namespace
}  // namespace cistern::codec
