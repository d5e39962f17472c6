// The mapping engine by itself: verbs, conditions, what is kept, and what does not compile.
#include "tests_support.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::ecs {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHead = R"(
streams: [audit.general]
vendor_key: acme.log
module: acme
dataset: acme.log
)";

Renderer renderer_of(std::string_view rules, const FunctionTable& functions = {},
                     const ViewOptions& options = {}) {
  const auto view = view_of(std::string(kHead) + std::string(rules), functions, options);
  if (!view) ADD_FAILURE() << view.error().cause;
  return Renderer(view.value());
}

std::string mistakes_of(const std::string& yaml, const FunctionTable& functions = {}) {
  const auto view = view_of(yaml, functions);
  return view ? "" : view.error().cause;
}

TEST(View, AlwaysWritesTheCommonFields) {
  auto renderer = renderer_of("rules: []");
  const std::string document = renderer.render(R"({"a":1})");
  EXPECT_EQ(document,
            R"({"@timestamp":"2026-05-06T08:30:00.000Z","acme":{"log":{"a":1}},)"
            R"("cistern":{"connector":"contoso-audit","id":"0123456789abcdef0123456789abcdef",)"
            R"("meta":{"blob":"20260506$1","created":"2026-05-06T08:59:00.000Z"},)"
            R"("sequence":1,"stream":"audit.general","timestamp_from":"time"},)"
            R"("ecs":{"version":"8.11.0"},"event":{"action":"unknown",)"
            R"("created":"2026-05-06T09:00:00.000Z","dataset":"acme.log",)"
            R"("id":"0123456789abcdef0123456789abcdef","ingested":"2026-05-06T09:00:00.000Z",)"
            R"("kind":"event","module":"acme","outcome":"unknown","provider":"acme",)"
            R"("type":["info"]}})");
}

TEST(View, CopiedWordsAreNotRepeatedBelowTheVendorKey) {
  auto renderer =
      renderer_of("rules: [{copy: a, to: user.id}, {copy: b, to: user.name, keep: true}]");
  const std::string document = renderer.render(R"({"x":1,"a":"A","b":"B","y":2})");
  EXPECT_THAT(document, HasSubstr(R"("log":{"x":1,"b":"B","y":2})"));
  EXPECT_THAT(document, HasSubstr(R"("user":{"id":"A","name":"B"})"));
}

TEST(View, TheFirstValueOfAFieldCounts) {
  auto renderer = renderer_of("rules: [{copy: a, to: user.id}, {copy: b, to: user.id}]");
  EXPECT_THAT(renderer.render(R"({"a":"A","b":"B"})"), HasSubstr(R"("user":{"id":"A"})"));
  const std::string second = renderer.render(R"({"a":"","b":"B"})");
  EXPECT_THAT(second, HasSubstr(R"("user":{"id":"B"})"));
  EXPECT_THAT(second, HasSubstr(R"("log":{"a":""})"));
}

TEST(View, WrongTypesAreKeptAndCounted) {
  auto renderer = renderer_of(
      "rules: [{copy: a, to: user.id}, {copy: n, as: number, to: file.size}, {copy: t, as: time, "
      "to: "
      "event.start}]");
  const std::string document = renderer.render(R"({"a":{"b":1},"n":"many","t":"noon"})");
  EXPECT_THAT(document, HasSubstr(R"("log":{"a":{"b":1},"n":"many","t":"noon"})"));
  EXPECT_THAT(document, Not(HasSubstr("user")));
  const auto drift = renderer.drift();
  EXPECT_EQ(drift.at("audit.general").wrong_types.size(), 3U);
  EXPECT_TRUE(renderer.drift().empty());
}

TEST(View, Converts) {
  auto renderer = renderer_of(R"(
rules:
  - {copy: i, as: text, to: event.code}
  - {copy: s, as: number, to: file.size}
  - {copy: u, as: lower, to: user.name}
  - {copy: b, as: boolean, to: process.interactive}
  - {copy: t, as: time, to: "@timestamp"}
  - {copy: p, as: ip, to: source.ip}
)");
  const std::string document = renderer.render(
      R"({"i":15,"s":"123456789012345678901","u":"ÄBc","b":"True","t":"2026-03-04T05:06:07","p":"::ffff:192.0.2.1"})");
  EXPECT_THAT(document, HasSubstr(R"("code":"15")"));
  EXPECT_THAT(document, HasSubstr(R"("size":123456789012345678901)"));
  EXPECT_THAT(document, HasSubstr(R"("name":"Äbc")"));
  EXPECT_THAT(document, HasSubstr(R"("interactive":true)"));
  EXPECT_THAT(document, HasSubstr(R"("@timestamp":"2026-03-04T05:06:07.000Z")"));
  EXPECT_THAT(document, HasSubstr(R"("source":{"ip":"192.0.2.1"})"));
  EXPECT_THAT(document, Not(HasSubstr("timestamp_from")));
}

TEST(View, ReadsNestedFieldsAndLists) {
  auto renderer =
      renderer_of("rules: [{copy: m.from, to: user.email}, {add: m.to, to: email.to.address}]");
  const std::string document =
      renderer.render(R"({"m":{"from":"a@x","to":["b@x","c@x","b@x",""]}})");
  EXPECT_THAT(document, HasSubstr(R"("address":["b@x","c@x"])"));
  EXPECT_THAT(document, HasSubstr(R"("log":{"m":{"from":"a@x","to":["b@x","c@x","b@x",""]}})"));
}

TEST(View, ConditionsDecideByEqualityAndPresence) {
  auto renderer = renderer_of(R"(
rules:
  - {when: {type: [1, 2]}, set: {event.code: low}}
  - {when: {type: {not: [1, 2]}, name: present}, set: {event.code: named}}
  - {when: {name: absent}, set: {event.code: nameless}}
  - {when: {to.event.code: absent}, set: {event.code: never}}
)");
  EXPECT_THAT(renderer.render(R"({"type":2})"), HasSubstr(R"("code":"low")"));
  EXPECT_THAT(renderer.render(R"({"type":"1"})"), HasSubstr(R"("code":"low")"));
  EXPECT_THAT(renderer.render(R"({"type":3,"name":"n"})"), HasSubstr(R"("code":"named")"));
  EXPECT_THAT(renderer.render(R"({"name":null})"), HasSubstr(R"("code":"nameless")"));
}

TEST(View, OptionsDecideWhenTheMappingIsCompiled) {
  constexpr std::string_view kRules = "rules: [{when: {option.mode: on}, set: {event.code: set}}]";
  ViewOptions options;
  EXPECT_THAT(renderer_of(kRules).render("{}"), Not(HasSubstr("code")));
  options.texts["mode"] = "on";
  EXPECT_THAT(renderer_of(kRules, {}, options).render("{}"), HasSubstr(R"("code":"set")"));
}

TEST(View, LooksUpTexts) {
  ViewOptions options;
  options.tables["names"]["42"] = "the \"answer\"";
  auto renderer = renderer_of(R"(
tables:
  kinds: {a: {event.category: [file], event.code: A}}
rules:
  - {lookup: id, option: names, to: host.name}
  - {lookup: kind, table: kinds}
  - {lookup: result, ignore_case: true, to: event.outcome, table: {"true": success, failed: failure}}
)",
                              {}, options);
  const std::string document = renderer.render(R"({"id":42,"kind":"a","result":"FAILED"})");
  EXPECT_THAT(document, HasSubstr(R"("name":"the \"answer\"")"));
  EXPECT_THAT(document, HasSubstr(R"("category":["file"],"code":"A")"));
  EXPECT_THAT(document, HasSubstr(R"("outcome":"failure")"));
  EXPECT_THAT(renderer.render(R"({"result":true})"), HasSubstr(R"("outcome":"success")"));
}

TEST(View, SplitsAtTheLastSeparator) {
  auto renderer =
      renderer_of(R"(rules: [{split: u, by: "@", to: [user.name, user.domain, user.email]}])");
  EXPECT_THAT(renderer.render(R"({"u":"a@b@c"})"),
              HasSubstr(R"("user":{"domain":"c","email":"a@b@c","name":"a@b"})"));
  for (const char* raw : {R"({"u":"ab"})", R"({"u":"@b"})", R"({"u":"a@"})", R"({"u":7})"}) {
    EXPECT_THAT(renderer.render(raw), Not(HasSubstr("user"))) << raw;
  }
}

struct EndpointCase {
  const char* text;
  const char* expected;
};

TEST(View, ReadsEndpoints) {
  auto renderer = renderer_of("rules: [{endpoint: ip, to: client}]");
  const EndpointCase cases[] = {
      {"203.0.113.7", R"("client":{"address":"203.0.113.7","ip":"203.0.113.7"})"},
      {"203.0.113.7:51234", R"({"address":"203.0.113.7","ip":"203.0.113.7","port":51234})"},
      {"[203.0.113.7]", R"("client":{"address":"203.0.113.7","ip":"203.0.113.7"})"},
      {"[203.0.113.7]:1", R"({"address":"203.0.113.7","ip":"203.0.113.7","port":1})"},
      {"2001:db8::abcd", R"("client":{"address":"2001:db8::abcd","ip":"2001:db8::abcd"})"},
      {"[2001:db8::abcd]:443", R"({"address":"2001:db8::abcd","ip":"2001:db8::abcd","port":443})"},
      {"::ffff:203.0.113.7", R"("client":{"address":"203.0.113.7","ip":"203.0.113.7"})"},
      {"[::ffff:203.0.113.7]:443", R"({"address":"203.0.113.7","ip":"203.0.113.7","port":443})"},
      {" ::1\\n", R"("client":{"address":"::1","ip":"::1"})"},
      {"localhost", R"("client":{"address":"localhost","domain":"localhost"})"},
      {"[client.example]:12345",
       R"("client":{"address":"client.example","domain":"client.example","port":12345})"}};
  for (const auto& one : cases) {
    EXPECT_THAT(renderer.render(std::string(R"({"ip":")") + one.text + "\"}"),
                HasSubstr(one.expected))
        << one.text;
  }
  for (const char* junk :
       {"", "<null>", "NAME (10.900.0.1)", "10.900.0.1", "203.0.113.7:99999", "[203.0.113.7", "a b",
        "203.0.113.7:", "1.2.3.4\\u0000x", "fe80::1%eth0"}) {
    const std::string document = renderer.render(std::string(R"({"ip":")") + junk + "\"}");
    EXPECT_THAT(document, Not(HasSubstr("client"))) << junk;
    EXPECT_THAT(document, HasSubstr(std::string(R"("ip":")") + junk)) << junk;
  }
}

TEST(View, FunctionsGiveFieldsAndReplaceInPlace) {
  FunctionTable functions;
  functions["f"] = [](std::string_view json, FieldSink& sink) {
    if (json == "7") return false;
    sink.set_string("user.name", "n");
    sink.add_string("related.user", "r");
    sink.set_string(".a.b", "1");
    sink.set_json(".k", "2");
    sink.set_json(".k", "3");
    sink.set_json("undeclared", "1");
    return true;
  };
  auto renderer = renderer_of(
      "rules: [{call: f, with: x, in_place: true, gives: [user.name], adds: [related.user]}]",
      functions);
  const std::string document = renderer.render(R"({"w":0,"x":"v","y":1})");
  EXPECT_THAT(document, HasSubstr(R"("log":{"w":0,"x":{"a.b":"1","k":[2,3]},"y":1})"));
  EXPECT_THAT(document, HasSubstr(R"("related":{"user":["r"]},"user":{"name":"n"})"));
  EXPECT_THAT(document, Not(HasSubstr("undeclared")));
  EXPECT_THAT(renderer.render(R"({"x":7})"), HasSubstr(R"("log":{"x":7})"));
  const auto drift = renderer.drift();
  EXPECT_EQ(drift.at("audit.general").wrong_types.count("x"), 1U);
  EXPECT_EQ(drift.at("audit.general").wrong_types.count("x (undeclared result)"), 1U);
}

TEST(View, DropsWhatARuleDrops) {
  auto renderer = renderer_of("rules: [{when: {a: 1}, drop: true}]");
  EXPECT_EQ(renderer.render(R"({"a":1})"), "dropped");
  EXPECT_NE(renderer.render(R"({"a":2})"), "dropped");
}

TEST(View, UnknownFieldsAreKeptAndCounted) {
  auto renderer = renderer_of("known: [a]\nrules: []");
  EXPECT_THAT(renderer.render(R"({"a":1,"new":2,"n\u0065w2":3})"),
              HasSubstr(R"("log":{"a":1,"new":2,"n\u0065w2":3})"));
  EXPECT_EQ(renderer.drift().at("audit.general").unknown_fields,
            (std::map<std::string, std::uint64_t, std::less<>>{{"new", 1}, {"new2", 1}}));
  for (int i = 0; i < 300; ++i) {
    renderer.render("{\"f" + std::to_string(i) + "\":1}");
  }
  const auto drift = renderer.drift();
  EXPECT_EQ(drift.at("audit.general").unknown_fields.size(), 256U);
  EXPECT_EQ(drift.at("audit.general").names_left_out, 44U);
}

TEST(View, OfRepeatedKeysTheLastCounts) {
  auto renderer =
      renderer_of("rules: [{copy: a.b, to: user.id}, {copy: c, to: user.name, keep: true}]");
  const std::string document =
      renderer.render(R"({"a":{"b":"1"},"c":"1","z":1,"a":{},"z":2,"\u0063":"2","y":0,"z":3})");
  EXPECT_THAT(document, HasSubstr(R"("log":{"z":3,"a":{},"\u0063":"2","y":0})"));
  EXPECT_THAT(document, HasSubstr(R"("user":{"name":"2"})"));
  EXPECT_TRUE(is_sound(document));
}

TEST(View, WhatIsNoObjectIsAPipelineError) {
  auto renderer = renderer_of("rules: []");
  for (const char* raw : {"[1]", "\"text\"", "7", "", "{\"cut\":", "{} x", "{\"a\":1,}"}) {
    std::string out;
    EXPECT_EQ(renderer.render(renderer.envelope(raw), {}, out), Outcome::pipeline_error) << raw;
    EXPECT_THAT(out, HasSubstr(R"("kind":"pipeline_error")"));
    EXPECT_TRUE(is_sound(out)) << out;
  }
}

TEST(View, ProblemsOfTheStoreAreTold) {
  auto renderer = renderer_of("rules: []");
  auto stored = renderer.envelope(R"({\"a\":01})");
  stored.form = RawForm::text;
  stored.problem = "not \\\"JSON\\\"";
  std::string out;
  EXPECT_EQ(renderer.render(stored, {}, out), Outcome::pipeline_error);
  EXPECT_THAT(out, HasSubstr(R"("error":{"message":"not \"JSON\""})"));
  EXPECT_THAT(out, HasSubstr(R"("original":"{\"a\":01}")"));
  EXPECT_TRUE(is_sound(out));
  stored = renderer.envelope("/w==");
  stored.form = RawForm::bytes;
  stored.problem = "not UTF-8";
  out.clear();
  renderer.render(stored, {}, out);
  EXPECT_THAT(out, HasSubstr(R"("original_encoding":"base64")"));
  EXPECT_THAT(out, HasSubstr(R"("original":"/w==")"));
}

TEST(View, AStreamWithoutMappingIsDeliveredWithTheReason) {
  auto renderer = renderer_of("rules: []");
  auto stored = renderer.envelope("{}");
  stored.stream = "other";
  std::string out;
  EXPECT_EQ(renderer.render(stored, {}, out), Outcome::pipeline_error);
  EXPECT_THAT(out, HasSubstr("no mapping is known for this stream"));
}

TEST(View, GivesTheOriginalOnRequest) {
  auto renderer = renderer_of("rules: []");
  EXPECT_THAT(renderer.render("{\"a\":\"x\\ny\"}", {.original = true}),
              HasSubstr(R"("original":"{\"a\":\"x\\ny\"}")"));
}

TEST(View, LineBreaksBetweenTokensDoNotReachTheDocument) {
  auto renderer = renderer_of("rules: []");
  EXPECT_THAT(renderer.render("{\n \"a\" : [ 1,\r\n 2 ]\n}"), HasSubstr(R"("log":{"a":[1,2]})"));
}

TEST(View, TheVersionFollowsMappingsAndOptions) {
  const std::string head(kHead);
  ViewOptions options;
  options.texts["a"] = "b";
  const auto one = view_of(head + "rules: []");
  const auto same = view_of(head + "rules: []");
  const auto other = view_of(head + "rules: [{copy: a, to: user.id}]");
  const auto optioned = view_of(head + "rules: []", {}, options);
  EXPECT_EQ((*one)->version(), (*same)->version());
  EXPECT_NE((*one)->version(), (*other)->version());
  EXPECT_NE((*one)->version(), (*optioned)->version());
}

TEST(ViewMistakes, AllAreFoundAtOnceWithTheirLines) {
  const std::string cause =
      mistakes_of(std::string(kHead) + R"(rules:
  - {copi: a, to: user.id}
  - {copy: a, to: user.id, too: x}
  - {copy: b, to: user}
  - {call: nmae, with: x}
  - {copy: c, to: event.created}
  - {add: d, to: user.id}
  - {lookup: e, table: none, to: user.name}
  - {copy: f, as: date, to: event.end}
  - {include: absent.yaml}
)",
                  {{"name", [](std::string_view, FieldSink&) { return true; }}});
  for (const char* part :
       {"test.yaml:7: a rule needs a verb", "test.yaml:8: `too` is not known here; `to` is",
        "test.yaml:9: `user` collides with", "no function is named `nmae`; `name` is one",
        "test.yaml:11: `event.created` is filled by cistern itself",
        "test.yaml:12: `user.id` is a single field in test.yaml:8 and a list here",
        "test.yaml:13: no table is named `none`", "test.yaml:14: `as` is one of",
        "test.yaml:15: no mapping file is named `absent.yaml`"}) {
    EXPECT_THAT(cause, HasSubstr(part));
  }
}

TEST(ViewMistakes, TheHeadIsChecked) {
  EXPECT_THAT(mistakes_of("streams: [a]\nrules: []"), HasSubstr("`vendor_key` is missing"));
  EXPECT_THAT(mistakes_of("streams: [a\n"), HasSubstr("test.yaml:"));
  EXPECT_THAT(mistakes_of("- x"), HasSubstr("a mapping file is a map"));
  EXPECT_THAT(mistakes_of("rules: []"), HasSubstr("no file names the streams"));
  EXPECT_THAT(mistakes_of(std::string(kHead) + "known: [a]\nrules: [{copy: b, to: user.id}]"),
              HasSubstr("`b` is not in the list `known`"));
  EXPECT_THAT(mistakes_of(std::string(kHead) + "rules: [{copy: a, to: acme.log.x}]"),
              HasSubstr("collides"));
}

TEST(ViewMistakes, LaterFilesReplaceEarlierOnesOfTheSameName) {
  const std::string first = std::string(kHead) + "rules: [{set: {event.code: first}}]";
  const std::string second = std::string(kHead) + "rules: [{set: {event.code: second}}]";
  const embedded::File files[] = {{"mappings/a.yaml", first}, {"/etc/mappings/a.yaml", second}};
  const auto view = compile_view(files, {}, {});
  ASSERT_TRUE(view) << view.error().cause;
  EXPECT_THAT(Renderer(*view).render("{}"), HasSubstr("second"));
}

/// The text between the first `open` at or after `from` and the `close` behind it.
std::string between(const std::string& text, std::size_t& from, std::string_view open,
                    std::string_view close) {
  from = text.find(open, from) + open.size();
  const std::size_t end = text.find(close, from);
  std::string found = text.substr(from, end - from);
  from = end;
  return found;
}

TEST(MappingDocs, TheExampleIsTrue) {
  std::ifstream file(std::string(CISTERN_SOURCE_DIR) + "/docs/mappings.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::size_t at = 0;
  std::string yaml = between(text, at, "```yaml\n", "```");
  const std::string record = between(text, at, "record `", "`");
  const std::string expected = between(text, at, "```json\n", "```");
  yaml.replace(yaml.find("acme.sign_in"), std::string("acme.sign_in").size(), "audit.general");
  const auto view = view_of(yaml);
  ASSERT_TRUE(view) << view.error().cause;
  Renderer renderer(*view);
  const std::string document = renderer.render(record);
  for (codec::JsonMembers objects(expected); objects.next();) {
    if (objects.key() != "event") {
      EXPECT_THAT(document, HasSubstr(std::string(objects.member())));
      continue;
    }
    for (codec::JsonMembers fields(objects.value()); fields.next();) {
      EXPECT_THAT(document, HasSubstr(std::string(fields.member())));
    }
  }
  EXPECT_EQ(renderer.drift().at("audit.general").unknown_fields.count("new"), 1U);
}

TEST(Microsoft365View, RedactsMatchedTextsUnlessToldOtherwise) {
  const std::string raw =
      R"({"RecordType":13,"PolicyDetails":[{"Rules":[{"ConditionsMatched":{"SensitiveInformation":)"
      R"([{"Count":1,"SensitiveInformationDetections":{"Detected\u0056alues":[{"Name":"4111","Value":)"
      R"("card 4111"}]}}]}}]}]})";
  Renderer redacting(microsoft_365_view());
  const std::string redacted = redacting.render(raw, {.original = true});
  EXPECT_THAT(redacted, Not(HasSubstr("4111")));
  EXPECT_THAT(redacted, HasSubstr(R"([{"Name":"redacted","Value":"redacted"}])"));
  EXPECT_THAT(redacted, HasSubstr(R"("Count":1)"));
  EXPECT_TRUE(is_sound(redacted));
  Renderer open(microsoft_365_view("false"));
  EXPECT_THAT(open.render(raw), HasSubstr("card 4111"));
}

}  // namespace
}  // namespace cistern::ecs
