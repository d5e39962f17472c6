#include "codec/text_template.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Settings as CEF-like files have them; `more` follows in [Template].
std::string head(const std::string& more = {}) {
  return "[Template]\nheader_prefix = X:0|\nheader_delim = |\n"
         "escape_header = \"|\":\"\\|\",\"\\\\\":\"\\\\\\\\\"\n"
         "escape_ext = \"\\\\\":\"\\\\\\\\\",\"=\":\"\\=\",\"\\n\":\"\\\\n\",\"\\r\":\"\\\\r\"\n"
         "event_type_field = meta.type\nevent_subtype_field = body.sub\n"
         "time_fields = at, until\ntime_format = MMM dd yyyy HH:mm:ss\n" +
         more + "\n";
}

Result<TextTemplate> compile(const std::string& text, std::vector<IniNote>* notes = nullptr) {
  const auto file = parse_ini(text, "t");
  EXPECT_TRUE(file);
  std::vector<IniNote> own;
  return TextTemplate::compile(*file, load_time_zone, notes == nullptr ? own : *notes);
}

std::string render(const std::string& text, std::string_view json) {
  const auto compiled = compile(text);
  EXPECT_TRUE(compiled) << compiled.error().sentence();
  if (!compiled) return {};
  TemplateRenderer renderer{*compiled};
  std::string out;
  return renderer.render(json, "the-id", out) ? out : "(no line)";
}

std::string event(const std::string& body, const std::string& type = "T") {
  return R"({"meta":{"type":")" + type + R"("},"body":)" + body + "}";
}

/// One key `k` that reads body.v.
std::string value_of(const std::string& v, const std::string& more = {}) {
  return render(head(more) + "[T]\n__header.0 = 'h'\nkLabel = 'L'\nk = body.v\n",
                event(R"({"v":)" + v + "}"));
}

TEST(TextTemplate, PrefixHeaderAndPairs) {
  EXPECT_EQ(render(head() + "[T]\n__header.0 = meta.type\n__header.1 = 'a|b\\c'\n"
                            "__header.2 = body.gone\na = body.a\nb = \"lit eral\"\n",
                   event(R"({"a":"x"})")),
            "X:0|T|a\\|b\\\\c||a=x b=lit eral");
  EXPECT_EQ(render(head() + "[T]\n__header.0 = 'h'\n", event("{}")), "X:0|h|");
  EXPECT_EQ(render(head("field_delim = \\t\nkey_val_delim = :\nval_enclosure = \"") +
                       "[T]\n__header.0 = 'h'\na = body.a\nb = body.a\n",
                   event(R"({"a":"x"})")),
            "X:0|h|a:\"x\"\tb:\"x\"");
  EXPECT_EQ(render(head("field_delim = \t") + "[T]\n__header.0 = 'h'\na = body.a\nb = body.a\n",
                   event(R"({"a":"x"})")),
            "X:0|h|a=x\tb=x")
      << "a tab that stands in the file as itself";
}

TEST(TextTemplate, ValuesOfEveryKind) {
  EXPECT_EQ(value_of(R"("a=b\\c\nd\te\u00e9\ud83d\ude00|\"q\"")"),
            "X:0|h|kLabel=L k=a\\=b\\\\c\\nd\te\xC3\xA9\xF0\x9F\x98\x80|\"q\"");
  EXPECT_EQ(value_of("18446744073709551615"), "X:0|h|kLabel=L k=18446744073709551615");
  EXPECT_EQ(value_of("-9223372036854775808"), "X:0|h|kLabel=L k=-9223372036854775808");
  EXPECT_EQ(value_of("123456789012345678901234567890"),
            "X:0|h|kLabel=L k=123456789012345678901234567890");
  EXPECT_EQ(value_of("true"), "X:0|h|kLabel=L k=true");
  EXPECT_EQ(value_of(R"({"b" : [1, "x=y"],"a":null})"),
            R"(X:0|h|kLabel=L k={"b":[1,"x\=y"],"a":null})");
  EXPECT_EQ(value_of(R"("first\u0000second")"), "X:0|h|kLabel=L k=first second");
}

TEST(TextTemplate, FloatsAreWrittenInTheChosenForm) {
  EXPECT_EQ(value_of("8.5"), "X:0|h|kLabel=L k=8.5e+00");
  EXPECT_EQ(value_of("1e1"), "X:0|h|kLabel=L k=1e+01");
  EXPECT_EQ(value_of("-0.000125"), "X:0|h|kLabel=L k=-1.25e-04");
  EXPECT_EQ(value_of("8.5", "floats = six-digits"), "X:0|h|kLabel=L k=8.500000e+00");
  EXPECT_EQ(value_of("1e1", "floats = plain"), "X:0|h|kLabel=L k=10");
  EXPECT_EQ(value_of("1e999"), "X:0|h|kLabel=L k=1e999") << "no double holds it: as it stands";
}

TEST(TextTemplate, WhatIsMissingIsLeftOutWithItsLabel) {
  const std::string sections =
      "[T]\n__header.0 = 'h'\nkLabel = 'L'\nk = body.v\naloneLabel = 'A'\n";
  const auto line = [&](const std::string& body, const std::string& more = {}) {
    return render(head(more) + sections, event(body));
  };
  EXPECT_EQ(line("{}"), "X:0|h|aloneLabel=A");
  EXPECT_EQ(line(R"({"v":null})"), "X:0|h|aloneLabel=A");
  EXPECT_EQ(line("{}", "missing = empty"), "X:0|h|kLabel=L k= aloneLabel=A");
  EXPECT_EQ(line(R"({"v":""})"), "X:0|h|kLabel=L k= aloneLabel=A");
  EXPECT_EQ(line(R"({"v":""})", "empty = left-out"), "X:0|h|aloneLabel=A");
  EXPECT_EQ(line(R"({"v":[]})", "objects = left-out"), "X:0|h|aloneLabel=A");
}

TEST(TextTemplate, ObjectsInTheFormOfGo) {
  EXPECT_EQ(value_of(R"({"b":{"z":1,"y":[true,null]},"a":"x=y","b":2})", "objects = go-map"),
            "X:0|h|kLabel=L k=map[a:x\\=y b:2]");
  EXPECT_EQ(value_of(R"([{"y":[true,null]},1e3])", "objects = go-map"),
            "X:0|h|kLabel=L k=[map[y:[true <nil>]] 1e3]");
  EXPECT_EQ(value_of("{}", "objects = go-map"), "X:0|h|kLabel=L k=map[]");
}

TEST(TextTemplate, TimesByMagnitudeInTheChosenZone) {
  const auto line = [](const std::string& v, const std::string& more = {}) {
    return render(head(more) + "[T]\n__header.0 = 'h'\nat = body.v\nraw = body.v\n",
                  event(R"({"v":)" + v + "}"));
  };
  EXPECT_EQ(line("1772600767"), "X:0|h|at=Mar 04 2026 05:06:07 raw=1772600767");
  EXPECT_EQ(line("1772600767999"), "X:0|h|at=Mar 04 2026 05:06:07 raw=1772600767999");
  EXPECT_EQ(line("134170743670000000"), "X:0|h|at=Mar 04 2026 05:06:07 raw=134170743670000000");
  EXPECT_EQ(line("0"), "X:0|h|at=Jan 01 1970 00:00:00 raw=0");
  EXPECT_EQ(line("1772600767.9"), "X:0|h|at=Mar 04 2026 05:06:07 raw=1.7726007679e+09");
  EXPECT_EQ(line(R"("2026-03-04")"), "X:0|h|at=2026-03-04 raw=2026-03-04");
  EXPECT_EQ(line("9999999999999999"), "X:0|h|at=9999999999999999 raw=9999999999999999")
      << "no year that can be written";
  EXPECT_EQ(line("1772600767", "zone = Asia/Tokyo"),
            "X:0|h|at=Mar 04 2026 14:06:07 raw=1772600767");
}

TEST(TextTemplate, OneLineForEachSubEvent) {
  const std::string text =
      head() +
      "[T]\n__header.0 = 'main'\nid = body.id\nall = body.L.n\n"
      "[T_L]\n__header.0 = body.sub\nid = body.id\nn = body.L.n\nself = body.L\n"
      "[T_O]\n__header.0 = body.sub\nn = body.O.n\n";
  EXPECT_EQ(render(text, event(R"({"id":7,"L":[{"n":"a"},{"m":1},"plain"],"O":{"n":"o"}})")),
            "X:0|main|id=7\n"
            "X:0|L|id=7 n=a self={\"n\":\"a\"}\n"
            "X:0|L|id=7 self={\"m\":1}\n"
            "X:0|L|id=7 self=plain\n"
            "X:0|O|n=o");
  EXPECT_EQ(render(text, event(R"({"id":7,"L":[],"O":{}})")), "X:0|main|id=7");
  EXPECT_EQ(render(text, event(R"({"id":7,"L":null,"O":5})")), "X:0|main|id=7");
  EXPECT_EQ(render(text, event(R"({"L":[{}]})")), "X:0|main|\nX:0|L|self={}");
}

TEST(TextTemplate, NestedSubEventsAreWalkedOuterFirst) {
  const std::string text = head() +
                           "[T]\n__header.0 = 'm'\n[T_A_B]\n__header.0 = body.sub\n"
                           "outer = body.A.name\ninner = body.A.B.name\n";
  EXPECT_EQ(render(text, event(R"({"A":[{"name":"1","B":[{"name":"x"},{"name":"y"}]},)"
                               R"({"name":"2","B":{"name":"z"}},{"name":"3"}]})")),
            "X:0|m|\nX:0|A_B|outer=1 inner=x\nX:0|A_B|outer=1 inner=y\nX:0|A_B|outer=2 inner=z");
}

TEST(TextTemplate, AnArrayOfAnotherSubEventHasNoNamedMember) {
  EXPECT_EQ(render(head() + "[T]\n__header.0 = 'm'\n[T_A]\n__header.0 = 'a'\nx = body.A.x\n"
                            "[T_B]\n__header.0 = 'b'\nx = body.A.x\ny = body.B.y\n",
                   event(R"({"A":[{"x":1}],"B":[{"y":2}]})")),
            "X:0|m|\nX:0|a|x=1\nX:0|b|y=2");
}

TEST(TextTemplate, SubEventsInTheOrderOfTheEventWhenChosen) {
  const auto text = [](const std::string& more) {
    return head(more) + "[T]\n__header.0 = 'm'\n[T_A]\n__header.0 = 'a'\n[T_B]\n__header.0 = 'b'\n";
  };
  const auto json = event(R"({"B":[1],"A":[1]})");
  EXPECT_EQ(render(text(""), json), "X:0|m|\nX:0|a|\nX:0|b|");
  EXPECT_EQ(render(text("sub-order = event"), json), "X:0|m|\nX:0|b|\nX:0|a|");
}

TEST(TextTemplate, DuplicateKeysCountAsChosen) {
  const auto line = [](const std::string& more) {
    return render(head(more) +
                      "[T]\n__header.0 = 'h'\naLabel = '1'\na = body.one\nb = body.b\n"
                      "aLabel = '2'\na = body.two\n",
                  event(R"({"one":"x","b":"y"})"));
  };
  EXPECT_EQ(line(""), "X:0|h|b=y") << "body.two counts, and is missing";
  EXPECT_EQ(line("duplicates = first"), "X:0|h|aLabel=1 a=x b=y");
  EXPECT_EQ(line("duplicates = all"), "X:0|h|aLabel=1 a=x b=y")
      << "the second label goes with the second value";
}

TEST(TextTemplate, LongLinesAreCutOrLeftOut) {
  const std::string sections = "[T]\n__header.0 = 'h'\nk = body.v\n[T_L]\n__header.0 = 's'\n";
  const auto json = event(R"({"v":"ab=d","L":[1]})");
  const auto line = [&](int limit, const std::string& more = {}) {
    return render(head("max_length = " + std::to_string(limit) + "\n" + more) + sections, json);
  };
  EXPECT_EQ(line(13), "X:0|h|k=ab\\=d\nX:0|s|");
  EXPECT_EQ(line(12), "X:0|h|k=ab\\=\nX:0|s|");
  EXPECT_EQ(line(11), "X:0|h|k=ab\nX:0|s|") << "not inside the escape";
  EXPECT_EQ(line(5), "X:0|h\nX:0|s");
  EXPECT_EQ(line(12, "over-length = skip"), "X:0|s|") << "each line is judged by itself";
  EXPECT_EQ(line(0), "X:0|h|k=ab\\=d\nX:0|s|");
}

TEST(TextTemplate, WhatDidNotComeOutWholeIsCounted) {
  const auto compiled = compile(head("max_length = 8") +
                                "[Sections]\nOff = false\n"
                                "[T]\n__header.0 = 'h'\nk = body.v\n[Off]\n__header.0 = 'x'\n");
  ASSERT_TRUE(compiled);
  TemplateRenderer renderer{*compiled};
  std::string out;
  EXPECT_TRUE(renderer.render(event(R"({"v":"long enough"})"), "", out));
  EXPECT_FALSE(renderer.render(event("{}", "Other"), "", out));
  EXPECT_FALSE(renderer.render(event("{}", "Other"), "", out));
  EXPECT_FALSE(renderer.render(event("{}", "Off"), "", out));
  EXPECT_FALSE(renderer.render("[1]", "", out));
  auto tally = renderer.take_tally();
  EXPECT_EQ(tally.cut_lines, 1U);
  EXPECT_THAT(tally.without_section,
              ElementsAre(testing::Pair("", 1U), testing::Pair("Other", 2U)));
  for (int i = 0; i < 100; ++i)
    renderer.render(event("{}", "T" + std::to_string(i)), "", out);
  tally = renderer.take_tally();
  EXPECT_EQ(tally.without_section.size(), kMaxTypesNamed);
  EXPECT_EQ(tally.without_section_unnamed, 100 - kMaxTypesNamed);
}

TEST(TextTemplate, OneEventCannotFillTheDisk) {
  const auto compiled = compile(head() + "[T_L]\n__header.0 = 's'\n");
  ASSERT_TRUE(compiled);
  TemplateRenderer renderer{*compiled};
  std::string body = R"({"L":[0)";
  for (std::size_t i = 0; i < kMaxTemplateLines + 10; ++i)
    body += ",0";
  std::string out;
  EXPECT_TRUE(renderer.render(event(body + "]}"), "", out));
  EXPECT_EQ(static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n')) + 1,
            kMaxTemplateLines);
  EXPECT_EQ(renderer.take_tally().beyond_bound, 1U);
}

TEST(TextTemplate, ALineWithoutALimitHasOneAllTheSame) {
  std::string sections = "[T]\n__header.0 = 'h'\n";
  for (int i = 0; i < 12; ++i)
    sections += "k" + std::to_string(i) + " = body.v\n";
  const auto line =
      render(head() + sections, event(R"({"v":")" + std::string(8U << 20, 'x') + "\"}"));
  EXPECT_EQ(line.size(), kMaxTemplateBytes);
}

TEST(TextTemplate, SwitchesAndAliases) {
  const std::string text =
      "[Sections]\nA = false\nT_L = false\n[Aliases]\nTT = T\nAA = A\n"
      "[A]\n__header.0 = 'a'\n[A_L]\n__header.0 = 'al'\n"
      "[T]\n__header.0 = meta.type\n[T_L]\n__header.0 = 'l'\n"
      "[T_M]\n__header.0 = 'm'\n";
  const auto body = std::string{R"({"L":[1],"M":[1]})"};
  EXPECT_EQ(render(head() + text, event(body, "A")), "(no line)");
  EXPECT_EQ(render(head() + text, event(body)), "X:0|T|\nX:0|m|");
  EXPECT_EQ(render(head() + text, event(body, "TT")), "X:0|TT|\nX:0|m|");
  EXPECT_EQ(render(head() + text, event(body, "t")), "(no line)") << "names are exact";
  EXPECT_EQ(render(head("unlisted-switch = off") + "[Sections]\nT = true\n" +
                       "[T]\n__header.0 = 'h'\n[T_M]\n__header.0 = 'm'\n",
                   event(body)),
            "X:0|h|");
  EXPECT_THAT(compile(head() + text)->types(), ElementsAre("T"));
}

TEST(TextTemplate, ACorrelationKeyEndsEachLine) {
  EXPECT_EQ(render(head("correlation_key = cid") + "[T]\n__header.0 = 'h'\nk = body.v\n"
                                                   "[T_L]\n__header.0 = 's'\n",
                   event(R"({"v":1,"L":[1]})")),
            "X:0|h|k=1 cid=the-id\nX:0|s|cid=the-id");
}

TEST(TextTemplate, MistakesNameTheirLine) {
  const auto why = [](const std::string& text) {
    const auto compiled = compile(text);
    return compiled ? std::string{"compiled"} : compiled.error().cause;
  };
  EXPECT_THAT(why("[Template]\nheader_prefx = x\n"), HasSubstr("t:2"));
  EXPECT_THAT(why("[Template]\nmissing = gone\n"), HasSubstr("t:2"));
  EXPECT_THAT(why("[Template]\nmax_length = 2k\n"), HasSubstr("t:2"));
  EXPECT_THAT(why("[Template]\nescape_ext = a:b\n"), HasSubstr("t:2"));
  EXPECT_THAT(why("[Template]\ntime_format = QQ\n"), HasSubstr("t:2"));
  EXPECT_THAT(why("[Template]\nzone = Nowhere/Land\n"), HasSubstr("t:2"));
  EXPECT_THAT(why("[Template]\nzone = ../../etc/passwd\n"), HasSubstr("t:2"));
  EXPECT_THAT(why("[Sections]\nA = maybe\n"), HasSubstr("t:2"));
  std::vector<IniNote> notes;
  EXPECT_TRUE(compile(head() + "[T]\n__header.0 = 'a'\n__header.2 = 'c'\nk =\n", &notes));
  EXPECT_EQ(notes.size(), 2U) << "a gap in the header, a key without value";
}

TEST(TextTemplate, NothingOfTheEventBeforeIsLeft) {
  const auto compiled = compile(head() +
                                "[T]\n__header.0 = 'h'\na = body.a\n[T_L]\n__header.0 = 's'\n"
                                "a = body.L.a\n");
  ASSERT_TRUE(compiled);
  TemplateRenderer renderer{*compiled};
  std::string out;
  EXPECT_TRUE(renderer.render(event(R"({"a":1,"L":[{"a":2}]})"), "", out));
  out.clear();
  EXPECT_TRUE(renderer.render(event("{}"), "", out));
  EXPECT_EQ(out, "X:0|h|");
}

}  // namespace
}  // namespace cistern::codec
