#include "destinations/format/format.hpp"

#include "base/bytes.hpp"
#include "config/loader.hpp"
#include "destinations/format/json_unescape.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::destinations {
namespace {

using ::testing::HasSubstr;

journal::Envelope envelope(RawForm form, std::string_view raw) {
  journal::Envelope made;
  made.sequence = 42;
  made.id = "00112233445566778899aabbccddeeff";
  made.connector = "contoso";
  made.stream = "audit.exchange";
  made.received = "2026-03-04T05:06:07.123Z";
  made.raw = raw;
  made.form = form;
  return made;
}

std::string render(std::string_view format, const journal::Envelope& event,
                   runtime::Views views = {}) {
  auto made = make_plain_format(format, std::make_shared<const runtime::Views>(std::move(views)));
  EXPECT_TRUE(made);
  std::string out = "before|";
  EXPECT_TRUE((*made)->render(event, out));
  EXPECT_EQ(out.substr(0, 7), "before|");
  return out.substr(7);
}

TEST(RawFormat, GivesTheVendorsWords) {
  EXPECT_EQ(render("raw", envelope(RawForm::json, R"({"a":1})")), R"({"a":1})");
  EXPECT_EQ(render("raw", envelope(RawForm::text, R"(say \"hi\" \\ \u00e9 \ud83d\ude00 \t)")),
            "say \"hi\" \\ \xc3\xa9 \xf0\x9f\x98\x80 \t");
  EXPECT_EQ(render("raw", envelope(RawForm::bytes, base64_encode("\xff\xfe plain"))),
            "\xff\xfe plain");
}

TEST(RawFormat, OneEventStaysOneLine) {
  EXPECT_EQ(render("raw", envelope(RawForm::text, R"(first\nsecond)")), R"("first\nsecond")");
  EXPECT_EQ(render("raw", envelope(RawForm::text, R"(first\u000dsecond)")),
            R"("first\u000dsecond")");
  EXPECT_EQ(render("raw", envelope(RawForm::bytes, base64_encode("a\nb\xff"))),
            R"({"raw_base64":"YQpi/w=="})");
}

TEST(EnvelopeFormat, GivesTheStoresOwnLine) {
  const std::string lines[] = {
      R"({"seq":7,"id":"00112233445566778899aabbccddeeff","connector":"c","stream":"s\"t","received":"2026-03-04T05:06:07.000Z","time":"2026-03-04T05:00:00.000Z","problem":"not \"json\"","meta":{"a":"}"},"raw":"{\"cut"})",
      R"({"seq":8,"id":"00112233445566778899aabbccddeeff","connector":"c","stream":"s","received":"2026-03-04T05:06:07.000Z","raw":{"a":[1,2]}})",
      R"({"seq":9,"id":"00112233445566778899aabbccddeeff","connector":"c","stream":"s","received":"2026-03-04T05:06:07.000Z","raw_base64":"/w=="})",
  };
  for (const std::string& line : lines) {
    const auto parsed = journal::parse_envelope(line);
    ASSERT_TRUE(parsed) << line;
    EXPECT_EQ(render("envelope", *parsed), line);
  }
}

class FakeView final : public ecs::View {
 public:
  class FakeScratch final : public Scratch {
   public:
    std::map<std::string, ecs::Drift, std::less<>> take_drift() override { return {}; }
  };
  [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override {
    return std::make_unique<FakeScratch>();
  }
  ecs::Outcome render(const journal::Envelope& event, const ecs::RenderOptions& options, Scratch&,
                      std::string& out) const override {
    if (event.stream == "dropped") return ecs::Outcome::dropped;
    out += options.original ? "with original" : "mapped";
    return ecs::Outcome::event;
  }
  [[nodiscard]] std::string_view version() const override { return "1"; }
};

TEST(EcsFormat, UsesTheViewOfTheEventsConnector) {
  const auto views = std::make_shared<const runtime::Views>(
      runtime::Views{{"contoso", std::make_shared<FakeView>()}});
  auto plain = make_plain_format("ecs", views);
  config::Values values = config::default_values(format_options());
  values.values.at("include_original").number = 1;
  auto original = make_format(values, views);
  std::string out;
  auto event = envelope(RawForm::json, "{}");
  EXPECT_TRUE((*plain)->render(event, out));
  EXPECT_TRUE((*original)->render(event, out));
  EXPECT_EQ(out, "mappedwith original");
  event.stream = "dropped";
  EXPECT_FALSE((*plain)->render(event, out));
}

TEST(EcsFormat, AnEventOfAConnectorThatIsGoneIsDeliveredWithTheReason) {
  auto event = envelope(RawForm::json, R"({"a":1})");
  event.connector = "removed";
  const auto document = boost::json::parse(render("ecs", event));
  EXPECT_EQ(document.at("event").at("kind"), "pipeline_error");
  EXPECT_EQ(document.at("@timestamp"), "2026-03-04T05:06:07.123Z");
  EXPECT_EQ(document.at("cistern").at("id"), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(document.at("cistern").at("sequence"), 42);
  EXPECT_EQ(document.at("cistern").at("raw").at("a"), 1);
  EXPECT_THAT(std::string{document.at("error").at("message").as_string()},
              HasSubstr("'removed' is not configured"));
}

TEST(MakeFormat, KnowsItsNamesAndRefusesOthers) {
  const auto views = std::make_shared<const runtime::Views>();
  for (const std::string_view name : format_names()) {
    // A template is what nobody has without asking for it.
    EXPECT_EQ(make_plain_format(name, views).has_value(), name != "template") << name;
  }
  const auto refused = make_plain_format("csv", views);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "config/format");
  EXPECT_THAT(refused.error().next_step, HasSubstr("ecs"));
}

TEST(JsonUnescape, KeepsWhatIsNotAValidEscape) {
  const auto unescaped = [](std::string_view text) {
    std::string out;
    append_unescaped(out, text);
    return out;
  };
  EXPECT_EQ(unescaped(R"(\ud800 alone)"), "\xef\xbf\xbd alone");
  EXPECT_EQ(unescaped(R"(\ud800A)"),
            "\xef\xbf\xbd"
            "A");
  EXPECT_EQ(unescaped(R"(cut \u12)"), R"(cut \u12)");
  EXPECT_EQ(unescaped("end \\"), "end \\");
  EXPECT_EQ(unescaped(R"(\/\b\f\r\n)"), "/\b\f\r\n");
  EXPECT_EQ(unescaped(""), "");
}

}  // namespace
}  // namespace cistern::destinations
