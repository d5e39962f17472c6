#include "codec/json.hpp"
#include "codec/json_recover.hpp"
#include "codec/json_scan.hpp"

#include <simdjson.h>

namespace cistern::codec {
namespace {

constexpr std::string_view kTooDeep = "nested deeper than 128 levels";
constexpr std::string_view kNotUtf8 = "not UTF-8";
constexpr std::string_view kTooMany = "too many elements in one body";
// The parse of a whole body takes up to 24 times its size when its elements are tiny, and a thread
// keeps that memory. Larger bodies are split by the scanner, which needs none.
constexpr std::size_t kMaxWholeParse = 8U << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view trim(std::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  const char* const end = text.data() + text.size();
  const char* const begin = skip_json_space(text.data(), end);
  text = {begin, static_cast<std::size_t>(end - begin)};
  while (!text.empty() && skip_json_space(&text.back(), end) == end)
    text.remove_suffix(1);
  return text;
}

Element judged(std::string_view raw, std::string_view problem) {
  if (problem.empty()) return {raw, RawForm::json, {}};
  if (!simdjson::validate_utf8(raw.data(), raw.size())) return {raw, RawForm::bytes, kNotUtf8};
  return {raw, RawForm::text, problem};
}

/// What stands between two elements belongs to the rest as well.
void extend(Element& rest, std::string_view raw) {
  const char* const begin = rest.raw.data();
  rest.raw = {begin, static_cast<std::size_t>(raw.data() + raw.size() - begin)};
}

/// Borders of the elements of an array that is known to be valid.
void cut_valid_array(std::string_view array, std::vector<Element>& out, std::size_t most) {
  const char* const end = array.data() + array.size();
  const char* at = skip_json_space(array.data() + 1, end);
  while (at != end && *at != ']') {
    if (out.size() == most) {
      const std::string_view rest(at, static_cast<std::size_t>(end - at));
      out.push_back({rest, RawForm::text, kTooMany});
      return;
    }
    std::size_t depth = 0;
    const char* const next = skip_json_value(at, end, depth);
    if (next == nullptr) return;
    const std::string_view raw(at, static_cast<std::size_t>(next - at));
    const bool deep = depth > static_cast<std::size_t>(kMaxJsonDepth);
    out.push_back(
        {raw, deep ? RawForm::text : RawForm::json, deep ? kTooDeep : std::string_view{}});
    at = skip_json_space(next, end);
    if (at != end && *at == ',') at = skip_json_space(at + 1, end);
  }
}

}  // namespace

struct JsonSplitter::Parser {
  simdjson::dom::parser dom;
  std::string_view body_problem;

  /// Whether the whole text is known to be valid; it must be followed by SIMDJSON_PADDING readable
  /// bytes.
  bool valid(std::string_view text) {
    if (text.size() > kMaxWholeParse) return false;
    return dom.parse(text.data(), text.size(), false).error() == simdjson::SUCCESS;
  }
};

JsonSplitter::JsonSplitter() : parser_(new Parser) {}
JsonSplitter::~JsonSplitter() {
  delete parser_;
}

std::string_view JsonSplitter::body_problem() const {
  return parser_->body_problem;
}

void JsonSplitter::split(std::string& body, std::vector<Element>& out, std::size_t most) {
  out.clear();
  parser_->body_problem = {};
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  const std::string_view text = trim(body);
  if (text.empty()) return;
  if (text.front() != '[') {
    out.push_back(judged(text, why_invalid(text)));
    return;
  }
  if (parser_->valid(text)) {
    cut_valid_array(text, out, most);
    return;
  }
  parser_->body_problem = recover_elements(text, [&](std::string_view raw, std::string_view why) {
    if (out.size() > most) return extend(out.back(), raw);
    if (out.size() == most) return out.push_back({raw, RawForm::text, kTooMany});
    if (why.empty() && !simdjson::validate_utf8(raw.data(), raw.size())) why = kNotUtf8;
    out.push_back(judged(raw, why));
  });
  if (out.size() > most && !simdjson::validate_utf8(out.back().raw.data(), out.back().raw.size()))
    out.back().form = RawForm::bytes;
}

std::string_view JsonSplitter::why_invalid(std::string_view json) {
  std::string_view problem;
  std::size_t read = 0;
  const std::size_t length =
      validate_json_prefix(json, static_cast<std::size_t>(kMaxJsonDepth), problem, read);
  if (length == 0) return problem;
  const char* const end = json.data() + json.size();
  if (skip_json_space(json.data() + length, end) != end) return "text after the end of the value";
  return simdjson::validate_utf8(json.data(), json.size()) ? std::string_view{} : kNotUtf8;
}

void JsonSplitter::top_level_fields(std::string_view json,
                                    const std::vector<std::string_view>& keys,
                                    std::vector<std::string_view>& values, std::string& scratch) {
  values.assign(keys.size(), {});
  scratch.clear();
  // Unescaped text is never longer than its source and each byte is a source once, unless a key is
  // repeated or asked for twice; then views into an earlier buffer would dangle.
  scratch.reserve(json.size());
  const auto text_of = [&scratch](std::string_view value) -> std::string_view {
    if (value.front() == '{' || value.front() == '[' || value == "null") return {};
    if (value.front() != '"') return value;
    value = value.substr(1, value.size() - 2);
    if (value.find('\\') == std::string_view::npos) return value;
    const std::size_t from = scratch.size();
    append_unescaped(scratch, value);
    return std::string_view(scratch).substr(from);
  };
  for (JsonMembers members(json); members.next();) {
    std::string_view key = members.key();
    const std::size_t before = scratch.size();
    if (key.find('\\') != std::string_view::npos) {
      append_unescaped(scratch, key);
      key = std::string_view(scratch).substr(before);
    }
    bool found = false;
    std::string_view text;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i] != key) continue;
      if (!found) text = text_of(members.value());
      found = true;
      values[i] = text;
    }
    if (!found) scratch.resize(before);
  }
}

}  // namespace cistern::codec
