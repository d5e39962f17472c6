#include "tests_support.hpp"

#include "base/bytes.hpp"

#include <set>

#include <gtest/gtest.h>
#include <simdjson.h>

namespace cistern::ecs {
namespace {

bool has_repeated_key(std::string_view json, int depth) {
  if (depth == 0 || json.empty() || json.front() != '{') return false;
  std::set<std::string_view> keys;
  for (codec::JsonMembers members(json); members.next();) {
    if (!keys.insert(members.key()).second) return true;
    if (has_repeated_key(members.value(), depth - 1)) return true;
  }
  return false;
}

}  // namespace

std::shared_ptr<const View> microsoft_365_view(std::string_view redact) {
  ViewOptions options;
  options.tables["tenant_names"]["7d1c0f3e-5a2b-4c6d-8e9f-0a1b2c3d4e5f"] = "Fabrikam";
  options.texts["redact_detected_values"] = redact;
  auto view = compile_view(embedded::microsoft_365::files(),
                           connectors::microsoft_365::mapping_functions(), options);
  if (!view) ADD_FAILURE() << view.error().cause;
  return view.value();
}

std::shared_ptr<const View> crowdstrike_falcon_view() {
  auto view = compile_view(embedded::crowdstrike_falcon::files(),
                           connectors::crowdstrike_falcon::mapping_functions(), {});
  if (!view) ADD_FAILURE() << view.error().cause;
  return view.value();
}

Result<std::shared_ptr<const View>> view_of(std::string_view yaml, const FunctionTable& functions,
                                            const ViewOptions& options) {
  const embedded::File file{"mappings/test.yaml", yaml};
  return compile_view({&file, 1}, functions, options);
}

bool is_sound(std::string_view document) {
  if (document.find('\n') != std::string_view::npos) return false;
  simdjson::dom::parser parser;
  const auto error = parser.parse(std::string(document)).error();
  if (error != simdjson::SUCCESS && error != simdjson::NUMBER_ERROR) return false;
  // The record's own objects below the vendor's key (third level) are the vendor's words.
  return codec::JsonSplitter().why_invalid(document).empty() && !has_repeated_key(document, 3);
}

Renderer::Renderer(std::shared_ptr<const View> view, RecordOrigin origin)
    : view_(std::move(view)), origin_(origin), scratch_(view_->make_scratch()) {}

journal::Envelope Renderer::envelope(std::string_view raw) {
  journal::Envelope envelope;
  envelope.sequence = ++sequence_;
  envelope.id = "0123456789abcdef0123456789abcdef";
  envelope.connector = origin_.connector;
  envelope.stream = origin_.stream;
  envelope.received = "2026-05-06T09:00:00.000Z";
  envelope.time = "2026-05-06T08:30:00.000Z";
  envelope.meta = origin_.meta;
  envelope.raw = raw;
  return envelope;
}

Outcome Renderer::render(const journal::Envelope& envelope, const RenderOptions& options,
                         std::string& out) {
  return view_->render(envelope, options, *scratch_, out);
}

std::string Renderer::render(std::string_view raw, const RenderOptions& options) {
  std::string out;
  return render(envelope(raw), options, out) == Outcome::dropped ? "dropped" : out;
}

std::vector<std::string> Renderer::render_all(std::string& body) {
  codec::JsonSplitter splitter;
  std::vector<codec::Element> elements;
  splitter.split(body, elements);
  std::vector<std::string> documents;
  for (const auto& element : elements) {
    journal::Envelope stored = envelope(element.raw);
    stored.problem = element.problem;
    stored.form = element.form;
    std::string text;
    if (element.form == RawForm::text) {
      codec::append_json_string(text, element.raw);
      stored.raw = std::string_view(text).substr(1, text.size() - 2);
    } else if (element.form == RawForm::bytes) {
      text = base64_encode(element.raw);
      stored.raw = text;
    }
    render(stored, {}, documents.emplace_back());
  }
  return documents;
}

}  // namespace cistern::ecs
