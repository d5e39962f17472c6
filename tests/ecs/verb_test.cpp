// Each verb against values that no vendor documents: another type, absent, null, nested, huge,
// Unicode, escaped and repeated names. What is expected is the member of the document that the verb
// fills, and what stays below the vendor's key.
#include "tests_support.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::ecs {
namespace {

using testing::HasSubstr;

constexpr std::string_view kHead = R"(
streams: [audit.general]
vendor_key: v
module: acme
dataset: acme.log
rules:
)";

struct Case {
  std::string_view raw;
  std::string_view field;   ///< The value of `x`, as JSON; empty: the document has no `x`.
  std::string_view vendor;  ///< The object below `v`; empty: there is none.
  bool wrong_type = false;  ///< Counted as drift.
};

/// The value of a top-level member, or nothing.
std::string member(std::string_view document, std::string_view name) {
  for (codec::JsonMembers members(document); members.next();) {
    if (members.key() == name) return std::string(members.value());
  }
  return {};
}

void check(std::string_view rule, const std::vector<Case>& cases, const ViewOptions& options = {}) {
  const auto view = view_of(std::string(kHead) + "  - " + std::string(rule), {}, options);
  ASSERT_TRUE(view) << view.error().cause;
  Renderer renderer(*view);
  for (const Case& one : cases) {
    const std::string document = renderer.render(one.raw);
    EXPECT_TRUE(is_sound(document)) << document;
    EXPECT_EQ(member(document, "x"), one.field) << one.raw;
    EXPECT_EQ(member(document, "v"), one.vendor) << one.raw;
    EXPECT_EQ(!renderer.drift().empty(), one.wrong_type) << one.raw;
  }
}

TEST(Verbs, CopyTakesTextsOnly) {
  check("{copy: a, to: x}",
        {{R"({"a":"A"})", R"("A")", ""},
         {R"({})", "", ""},
         {R"({"a":null})", "", R"({"a":null})"},
         {R"({"a":""})", "", R"({"a":""})"},
         {R"({"a":" "})", R"(" ")", ""},
         {R"({"a":7})", "", R"({"a":7})", true},
         {R"({"a":true})", "", R"({"a":true})", true},
         {R"({"a":{"b":"A"}})", "", R"({"a":{"b":"A"}})", true},
         {R"({"a":["A"]})", "", R"({"a":["A"]})", true},
         {R"({"a":"\u00e9\ud83d\ude00\"\\"})", R"("\u00e9\ud83d\ude00\"\\")", ""},
         {R"({"a":"é😀"})", R"("é😀")", ""},
         {R"({"a":"{\"b\":1}"})", R"("{\"b\":1}")", ""},
         {R"({"\u0061":"A"})", R"("A")", ""},
         {R"({"A":"A"})", "", R"({"A":"A"})"},
         {R"({"a":"1","a":"2"})", R"("2")", ""},
         {R"({"a":"1","a":null})", "", R"({"a":null})"},
         {R"({"a":{"b":1},"a":"2"})", R"("2")", ""}});
}

TEST(Verbs, CopyAsText) {
  check("{copy: a, as: text, to: x}",
        {{R"({"a":7})", R"("7")", R"({"a":7})"},
         {R"({"a":-0.0})", R"("-0.0")", R"({"a":-0.0})"},
         {R"({"a":1e400})", R"("1e400")", R"({"a":1e400})"},
         {R"({"a":123456789012345678901234567890})", R"("123456789012345678901234567890")",
          R"({"a":123456789012345678901234567890})"},
         {R"({"a":false})", R"("false")", R"({"a":false})"},
         {R"({"a":"A"})", R"("A")", ""},
         {R"({"a":[7]})", "", R"({"a":[7]})", true},
         {R"({"a":null})", "", R"({"a":null})"}});
}

TEST(Verbs, CopyAsNumber) {
  check("{copy: a, as: number, to: x}", {{R"({"a":9007199254740993})", "9007199254740993", ""},
                                         {R"({"a":-1.5E+3})", "-1.5E+3", ""},
                                         {R"({"a":"18446744073709551616"})", "18446744073709551616",
                                          R"({"a":"18446744073709551616"})"},
                                         {R"({"a":"\u0037"})", "7", R"({"a":"\u0037"})"},
                                         {R"({"a":"07"})", "", R"({"a":"07"})", true},
                                         {R"({"a":"7 "})", "", R"({"a":"7 "})", true},
                                         {R"({"a":"+7"})", "", R"({"a":"+7"})", true},
                                         {R"({"a":"0x7"})", "", R"({"a":"0x7"})", true},
                                         {R"({"a":"NaN"})", "", R"({"a":"NaN"})", true},
                                         {R"({"a":true})", "", R"({"a":true})", true},
                                         {R"({"a":{}})", "", R"({"a":{}})", true}});
}

TEST(Verbs, CopyAsBoolean) {
  check("{copy: a, as: boolean, to: x}", {{R"({"a":false})", "false", ""},
                                          {R"({"a":"TRUE"})", "true", R"({"a":"TRUE"})"},
                                          {R"({"a":"yes"})", "", R"({"a":"yes"})", true},
                                          {R"({"a":1})", "", R"({"a":1})", true},
                                          {R"({"a":[]})", "", R"({"a":[]})", true}});
}

TEST(Verbs, CopyAsLower) {
  check("{copy: a, as: lower, to: x}", {{R"({"a":"abc"})", R"("abc")", ""},
                                        {R"({"a":"ÄbC"})", R"("Äbc")", R"({"a":"ÄbC"})"},
                                        {R"({"a":"\u0041\n"})", R"("a\n")", R"({"a":"\u0041\n"})"},
                                        {R"({"a":7})", "", R"({"a":7})", true}});
}

TEST(Verbs, CopyAsIp) {
  check("{copy: a, as: ip, to: x}",
        {{R"({"a":"192.0.2.1"})", R"("192.0.2.1")", R"({"a":"192.0.2.1"})"},
         {R"({"a":"192.0.2.1:80"})", "", R"({"a":"192.0.2.1:80"})", true},
         {R"({"a":"192.0.2"})", "", R"({"a":"192.0.2"})", true},
         {R"({"a":"::ffff:192.0.2.1"})", R"("192.0.2.1")", R"({"a":"::ffff:192.0.2.1"})"},
         {R"({"a":"192.0.2.1\u0000"})", "", R"({"a":"192.0.2.1\u0000"})", true},
         {R"({"a":3221225985})", "", R"({"a":3221225985})", true}});
}

TEST(Verbs, CopyAsTime) {
  check("{copy: a, as: time, to: x}",
        {{R"({"a":"2026-03-04T05:06:07+02:00"})", R"("2026-03-04T03:06:07.000Z")",
          R"({"a":"2026-03-04T05:06:07+02:00"})"},
         {R"({"a":"2026-02-30T00:00:00Z"})", "", R"({"a":"2026-02-30T00:00:00Z"})", true},
         {R"({"a":1772600767})", R"("2026-03-04T05:06:07.000Z")", R"({"a":1772600767})"},
         {R"({"a":1772600767123})", R"("2026-03-04T05:06:07.123Z")", R"({"a":1772600767123})"},
         {R"({"a":"1772600767"})", R"("2026-03-04T05:06:07.000Z")", R"({"a":"1772600767"})"},
         {R"({"a":7})", "", R"({"a":7})", true},
         {R"({"a":-1772600767})", "", R"({"a":-1772600767})", true},
         {R"({"a":true})", "", R"({"a":true})", true},
         {R"({"a":""})", "", R"({"a":""})"}});
}

TEST(Verbs, NoTimeIsNoDrift) {
  check("{copy: a, as: time, to: x}",
        {{R"({"a":0})", "", R"({"a":0})"},
         {R"({"a":"0"})", "", R"({"a":"0"})"},
         {R"({"a":"0001-01-01T00:00:00Z"})", "", R"({"a":"0001-01-01T00:00:00Z"})"}});
}

TEST(Verbs, CopyFromANestedPath) {
  check("{copy: a.b, to: x}", {{R"({"a":{"b":"B","c":1}})", R"("B")", R"({"a":{"b":"B","c":1}})"},
                               {R"({"a":{"\u0062":"B"}})", R"("B")", R"({"a":{"\u0062":"B"}})"},
                               {R"({"a":"b"})", "", R"({"a":"b"})"},
                               {R"({"a":[{"b":"B"}]})", "", R"({"a":[{"b":"B"}]})"},
                               {R"({"a":null})", "", R"({"a":null})"},
                               {R"({"a.b":"B"})", "", R"({"a.b":"B"})"}});
}

TEST(Verbs, OfANestedNameThatIsRepeatedTheLastValueCounts) {
  const auto view = view_of(std::string(kHead) + "  - {copy: a.b, to: x}");
  const std::string document = Renderer(*view).render(R"({"a":{"b":"1","b":"2"}})");
  EXPECT_EQ(member(document, "x"), R"("2")");
  EXPECT_EQ(member(document, "v"), R"({"a":{"b":"1","b":"2"}})") << "the vendor's words stay";
}

TEST(Verbs, AddTakesTextsAndLists) {
  const auto in_list = [](std::string_view raw) {
    const auto view = view_of(std::string(kHead) + "  - {add: a, to: x}");
    return member(Renderer(*view).render(raw), "x");
  };
  EXPECT_EQ(in_list(R"({"a":["A","B","A","",null]})"), R"(["A","B"])");
  EXPECT_EQ(in_list(R"({"a":"A"})"), R"(["A"])");
  EXPECT_EQ(in_list(R"({"a":[]})"), "");
  EXPECT_EQ(in_list(R"({"a":[7,"A",{"b":"B"},["C"]]})"), R"(["A"])");
  EXPECT_EQ(in_list(R"({"a":{"b":"B"}})"), "");
  std::string many = R"({"a":[)";
  std::string expected = "[";
  for (int i = 0; i < 50; ++i) {
    const std::string text = '"' + std::to_string(i) + '"';
    many += text + "," + text + ",";
    expected += (i == 0 ? "" : ",") + text;
  }
  EXPECT_EQ(in_list(many + R"("0"]})"), expected + "]") << "also where a list is indexed";
}

TEST(Verbs, AddTakesThePartsOfATextOrAMemberOfEachElement) {
  const auto list = [](std::string_view rule, std::string_view raw) {
    const auto view = view_of(std::string(kHead) + "  - " + std::string(rule));
    Renderer renderer(*view);
    const std::string document = renderer.render(raw);
    EXPECT_EQ(member(document, "v"), raw) << "the vendor's words stay";
    return member(document, "x") + (renderer.drift().empty() ? "" : " drift");
  };
  constexpr std::string_view kParts = R"({add: a, by: ",", to: x})";
  EXPECT_EQ(list(kParts, R"({"a":"A, B,,A , C"})"), R"(["A","B","C"])");
  EXPECT_EQ(list(kParts, R"({"a":["A,B","C"]})"), R"(["A","B","C"])");
  EXPECT_EQ(list(kParts, R"({"a":"\u0041\u002c\"B\""})"), R"(["A","\"B\""])");
  EXPECT_EQ(list(kParts, R"({"a":" , "})"), "");
  EXPECT_EQ(list(kParts, R"({"a":7})"), " drift");
  EXPECT_EQ(list(R"({add: a, by: ";", as: ip, to: x})", R"({"a":"192.0.2.1;junk"})"),
            R"(["192.0.2.1"] drift)");
  constexpr std::string_view kMember = "{add: a, member: b, to: x}";
  EXPECT_EQ(list(kMember, R"({"a":[{"b":"A"},{"c":"C"},{"b":["B",""]},{"b":null},null]})"),
            R"(["A","B"])");
  EXPECT_EQ(list(kMember, R"({"a":{"b":"A"}})"), R"(["A"])");
  EXPECT_EQ(list(kMember, R"({"a":[{"b":"A"},"B",{"b":{"b":"C"}}]})"), R"(["A"] drift)");
}

TEST(Verbs, LookupComparesTexts) {
  check(R"({lookup: a, to: x, table: {7: seven, "true": yes, é: accent, twelve-letters: l,)"
        R"( a name of more than sixteen bytes: long, a name of more than Sixteen bytes: other}})",
        {{R"({"a":7})", R"("seven")", R"({"a":7})"},
         {R"({"a":"7"})", R"("seven")", R"({"a":"7"})"},
         {R"({"a":7.0})", "", R"({"a":7.0})"},
         {R"({"a":true})", R"("yes")", R"({"a":true})"},
         {R"({"a":"\u00e9"})", R"("accent")", R"({"a":"\u00e9"})"},
         {R"({"a":"twelve-letters"})", R"("l")", R"({"a":"twelve-letters"})"},
         {R"({"a":"a name of more than sixteen bytes"})", R"("long")",
          R"({"a":"a name of more than sixteen bytes"})"},
         {R"({"a":"a name of more than seventeen byte"})", "",
          R"({"a":"a name of more than seventeen byte"})"},
         {R"({"a":null})", "", R"({"a":null})"},
         {R"({"a":[7]})", "", R"({"a":[7]})"},
         {R"({"a":{"b":7}})", "", R"({"a":{"b":7}})"}});
}

TEST(Verbs, LookupInALargeTableFindsEveryKey) {
  ViewOptions options;
  for (int i = 0; i < 2000; ++i)
    options.tables["names"]["key number " + std::to_string(i)] = std::to_string(i * i);
  const auto view =
      view_of(std::string(kHead) + "  - {lookup: a, option: names, to: x}", {}, options);
  Renderer renderer(*view);
  for (int i = 0; i < 2001; ++i) {
    const std::string document =
        renderer.render(R"({"a":"key number )" + std::to_string(i) + "\"}");
    EXPECT_EQ(member(document, "x"), i == 2000 ? "" : '"' + std::to_string(i * i) + '"');
  }
}

TEST(Verbs, SplitNeedsAText) {
  check(R"({split: a, by: "::", to: [x]})",
        {{R"({"a":"A::B"})", R"("A")", R"({"a":"A::B"})"},
         {R"({"a":"\u0041\u003a:\"B"})", R"("A")", R"({"a":"\u0041\u003a:\"B"})"},
         {R"({"a":"A:B"})", "", R"({"a":"A:B"})"},
         {R"({"a":"::"})", "", R"({"a":"::"})"},
         {R"({"a":null})", "", R"({"a":null})"},
         {R"({"a":1})", "", R"({"a":1})", true},
         {R"({"a":["A::B"]})", "", R"({"a":["A::B"]})", true}});
}

TEST(Verbs, EndpointNeedsAText) {
  check("{endpoint: a, to: x}",
        {{R"({"a":"192.0.2.1"})", R"({"address":"192.0.2.1","ip":"192.0.2.1"})", ""},
         {R"({"a":"\u0031\u0039\u0032.0.2.1"})", R"({"address":"192.0.2.1","ip":"192.0.2.1"})",
          R"({"a":"\u0031\u0039\u0032.0.2.1"})"},
         {R"({"a":3221225985})", "", R"({"a":3221225985})", true},
         {R"({"a":{"ip":"192.0.2.1"}})", "", R"({"a":{"ip":"192.0.2.1"}})", true},
         {R"({"a":""})", "", R"({"a":""})"},
         {R"({"a":null})", "", R"({"a":null})"}});
}

TEST(Verbs, ConditionsOnOddValues) {
  check(R"({when: {a: ["1", "é", a text of more than sixteen]}, set: {x: met}})",
        {{R"({"a":1})", R"("met")", R"({"a":1})"},
         {R"({"a":"\u00e9"})", R"("met")", R"({"a":"\u00e9"})"},
         {R"({"a":"a text of more than sixteen"})", R"("met")",
          R"({"a":"a text of more than sixteen"})"},
         {R"({"a":"a text of less than sixteen"})", "", R"({"a":"a text of less than sixteen"})"},
         {R"({"a":1.0})", "", R"({"a":1.0})"},
         {R"({"a":[1]})", "", R"({"a":[1]})"},
         {R"({"a":null})", "", R"({"a":null})"},
         {R"({})", "", ""}});
  check("{when: {a: {not: [1]}}, set: {x: met}}", {{R"({})", R"("met")", ""},
                                                   {R"({"a":null})", R"("met")", R"({"a":null})"},
                                                   {R"({"a":[1]})", R"("met")", R"({"a":[1]})"},
                                                   {R"({"a":"1"})", "", R"({"a":"1"})"}});
  check("{when: {a: present}, set: {x: met}}", {{R"({"a":false})", R"("met")", R"({"a":false})"},
                                                {R"({"a":0})", R"("met")", R"({"a":0})"},
                                                {R"({"a":{}})", R"("met")", R"({"a":{}})"},
                                                {R"({"a":""})", "", R"({"a":""})"}});
}

TEST(Verbs, NothingOfARecordIsLeftForTheNextOne) {
  const auto view = view_of(std::string(kHead) +
                            "  - {copy: a.b, to: x.y}\n  - {add: c, to: z}\n"
                            "  - {when: {d: 1}, set: {w.q: [s]}}");
  Renderer renderer(*view);
  const std::string full = R"({"a":{"b":"B"},"c":["C"],"d":1})";
  const std::string before = renderer.render("{}");
  EXPECT_THAT(renderer.render(full), HasSubstr(R"("x":{"y":"B"},"z":["C"])"));
  std::string after = renderer.render("{}");
  // Only the sequence differs.
  EXPECT_EQ(after.replace(after.find("\"sequence\":3"), 12, "\"sequence\":1"), before);
}

TEST(Verbs, AScratchServesSeveralMappingsInTurn) {
  const std::string one =
      "streams: [one]\nvendor_key: v\nmodule: m\ndataset: d\n"
      "rules: [{copy: a, to: x.one}, {copy: b, to: y.one}]";
  const std::string two =
      "streams: [two]\nvendor_key: w\nmodule: m\ndataset: d\n"
      "rules: [{copy: b, to: z.two}]";
  const embedded::File files[] = {{"mappings/one.yaml", one}, {"mappings/two.yaml", two}};
  const auto view = compile_view(files, {}, {});
  ASSERT_TRUE(view) << view.error().cause;
  Renderer renderer(*view);
  for (int turn = 0; turn < 2; ++turn) {
    for (const bool first : {true, false}) {
      auto stored = renderer.envelope(R"({"a":"A","b":"B"})");
      stored.stream = first ? "one" : "two";
      std::string out;
      renderer.render(stored, {}, out);
      EXPECT_EQ(member(out, "x"), first ? R"({"one":"A"})" : "");
      EXPECT_EQ(member(out, "y"), first ? R"({"one":"B"})" : "");
      EXPECT_EQ(member(out, "z"), first ? "" : R"({"two":"B"})");
      EXPECT_EQ(member(out, "w"), first ? "" : R"({"a":"A"})");
    }
  }
}

}  // namespace
}  // namespace cistern::ecs
