// Records of text: the reader that a mapping names, and what rules see of a record's meta.
#include "base/bytes.hpp"
#include "tests_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::ecs {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kMapping = R"(
streams: [lines]
reader: words
vendor_key: acme
module: acme
dataset: acme.lines
known: [first, rest]
rules:
  - {copy: first, to: event.action}
  - {copy: cistern.meta.peer, as: ip, to: source.ip}
  - {lookup: cistern.meta.inner.kind, table: {a: {event.category: [web]}}}
  - {when: {cistern.meta.peer: absent}, set: {event.reason: nobody}}
)";

/// "first rest..." becomes {"first":..., "rest":..., "stream":...}; a text without a blank is
/// refused.
bool read_words(const ReaderInput& input, std::string& json) {
  const std::size_t blank = input.raw.find(' ');
  if (blank == std::string_view::npos) {
    json = "one word alone";
    return false;
  }
  codec::JsonWriter writer(json);
  writer.begin_object().key("first").string(input.raw.substr(0, blank));
  writer.key("rest").string(input.raw.substr(blank + 1)).end_object();
  return true;
}

class TextRecords : public testing::Test {
 protected:
  static std::shared_ptr<const View> compile(std::string_view yaml = kMapping) {
    const embedded::File file{"mappings/test.yaml", yaml};
    auto view = compile_view({&file, 1}, {}, {}, {{"words", read_words}});
    if (!view) ADD_FAILURE() << view.error().cause;
    return view.value_or(nullptr);
  }

  /// `stored`: as the store gives it.
  std::string render(std::string_view stored, RawForm form, std::string_view meta = {},
                     bool original = false) {
    if (view_ == nullptr) {
      view_ = compile();
      scratch_ = view_->make_scratch();
    }
    journal::Envelope envelope;
    envelope.id = "0123456789abcdef0123456789abcdef";
    envelope.stream = "lines";
    envelope.received = "2026-05-06T09:00:00.000Z";
    envelope.meta = meta;
    envelope.raw = stored;
    envelope.form = form;
    std::string out;
    outcome_ = view_->render(envelope, {.original = original}, *scratch_, out);
    EXPECT_TRUE(is_sound(out)) << out;
    return out;
  }

  std::shared_ptr<const View> view_;
  std::unique_ptr<View::Scratch> scratch_;
  Outcome outcome_ = Outcome::dropped;
};

TEST_F(TextRecords, RulesWorkOnWhatTheReaderFound) {
  const auto document = render("login by ana", RawForm::text);
  EXPECT_EQ(outcome_, Outcome::event);
  EXPECT_THAT(document, HasSubstr(R"("action":"login")"));
  EXPECT_THAT(document, HasSubstr(R"("acme":{"rest":"by ana"})"));
}

TEST_F(TextRecords, TheReaderSeesTheTextWithoutTheEscapesOfTheStore) {
  EXPECT_THAT(render(R"(a \"b\" \\c\t)", RawForm::text), HasSubstr(R"("rest":"\"b\" \\c\t")"));
}

TEST_F(TextRecords, TheOriginalIsTheText) {
  EXPECT_THAT(render(R"(a \"b\")", RawForm::text, {}, true), HasSubstr(R"("original":"a \"b\"")"));
}

TEST_F(TextRecords, BytesThatAreNoUtf8AreReadAndKeptAsBase64) {
  const std::string stored = base64_encode(
      "a b\xFF"
      "c");
  const auto document = render(stored, RawForm::bytes, {}, true);
  EXPECT_EQ(outcome_, Outcome::event);
  EXPECT_THAT(document, HasSubstr("\"rest\":\"b\xEF\xBF\xBD"
                                  "c\""));
  EXPECT_THAT(document, HasSubstr("\"original\":\"" + stored + "\""));
  EXPECT_THAT(document, HasSubstr(R"("original_encoding":"base64")"));
}

TEST_F(TextRecords, ARefusedLineTellsWhyAndKeepsItsText) {
  const auto document = render(R"(one\"word)", RawForm::text);
  EXPECT_EQ(outcome_, Outcome::pipeline_error);
  EXPECT_THAT(document, HasSubstr(R"("message":"one word alone")"));
  EXPECT_THAT(document, HasSubstr(R"("original":"one\"word")"));
}

TEST_F(TextRecords, ARecordWithAProblemIsNotRead) {
  render("login by ana", RawForm::text);
  journal::Envelope envelope;
  envelope.stream = "lines";
  envelope.raw = "login by ana";
  envelope.form = RawForm::text;
  envelope.problem = "cut";
  std::string out;
  EXPECT_EQ(view_->render(envelope, {}, *scratch_, out), Outcome::pipeline_error);
  EXPECT_THAT(out, HasSubstr(R"("message":"cut")"));
}

TEST_F(TextRecords, RulesSeeTheMeta) {
  const auto document =
      render("login by ana", RawForm::text, R"({"peer":"192.0.2.1","inner":{"kind":"a"}})");
  EXPECT_THAT(document, HasSubstr(R"("source":{"ip":"192.0.2.1"})"));
  EXPECT_THAT(document, HasSubstr(R"("category":["web"])"));
  EXPECT_THAT(document, Not(HasSubstr("nobody")));
  EXPECT_THAT(render("login by ana", RawForm::text), HasSubstr(R"("reason":"nobody")"))
      << "the meta of the last record must be forgotten";
}

TEST_F(TextRecords, NothingOfOneRecordIsLeftForTheNext) {
  render("login by ana", RawForm::text);
  EXPECT_THAT(render("logout omar", RawForm::text), Not(HasSubstr("ana")));
}

TEST_F(TextRecords, AnUnknownReaderIsAMistakeThatNamesTheNearest) {
  const embedded::File file{
      "mappings/test.yaml",
      "streams: [lines]\nreader: wodrs\nvendor_key: a\nmodule: a\ndataset: a\n"};
  const auto view = compile_view({&file, 1}, {}, {}, {{"words", read_words}});
  ASSERT_FALSE(view.has_value());
  EXPECT_THAT(view.error().cause, HasSubstr("no reader is named `wodrs`; `words` is one"));
}

TEST_F(TextRecords, AFunctionCannotReplaceMeta) {
  const embedded::File file{"mappings/test.yaml",
                            "streams: [lines]\nvendor_key: a\nmodule: a\ndataset: a\nrules:\n"
                            "  - {call: f, with: cistern.meta.x, in_place: true}\n"};
  const FunctionTable functions{{"f", [](std::string_view, FieldSink&) { return true; }}};
  const auto view = compile_view({&file, 1}, functions, {});
  ASSERT_FALSE(view.has_value());
  EXPECT_THAT(view.error().cause, HasSubstr("not of its meta"));
}

TEST_F(TextRecords, AnotherReaderMakesAnotherVersion) {
  const embedded::File file{"mappings/test.yaml", kMapping};
  const auto one = compile_view({&file, 1}, {}, {}, {{"words", read_words}});
  const auto two = compile_view({&file, 1}, {}, {}, {{"more", read_words}, {"words", read_words}});
  EXPECT_NE((*one)->version(), (*two)->version());
}

}  // namespace
}  // namespace cistern::ecs
