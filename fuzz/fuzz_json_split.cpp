// Splitting of arbitrary bodies: nothing is lost, nothing lies outside, and what is called JSON is
// JSON.
#include "codec/json.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_separator(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == '[' || c == ']';
}

/// simdjson agrees, but for numbers that fit no machine type.
bool sound(const std::string& text) {
  simdjson::dom::parser parser;
  const auto error = parser.parse(text).error();
  return error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cistern::codec::Element;
  std::string body(reinterpret_cast<const char*>(data), size);
  const std::string before = body;
  cistern::codec::JsonSplitter splitter;
  std::vector<Element> elements;
  splitter.split(body, elements);
  require(body == before);

  const char* at = body.data();
  const char* const end = at + body.size();
  if (body.substr(0, 3) == "\xEF\xBB\xBF") at += 3;
  std::string scratch;
  std::string scratch2;
  std::vector<std::string_view> values;
  for (const Element& element : elements) {
    require(!element.raw.empty() && element.raw.data() >= at);
    require(element.raw.data() + element.raw.size() <= end);
    for (; at != element.raw.data(); ++at)
      require(is_separator(*at));
    at += element.raw.size();
    require(element.problem.empty() == (element.form == cistern::RawForm::json));
    if (element.form != cistern::RawForm::bytes) {
      require(simdjson::validate_utf8(element.raw.data(), element.raw.size()));
    }
    if (element.form != cistern::RawForm::json) continue;
    require(splitter.why_invalid(element.raw).empty());
    require(sound(std::string(element.raw)));
    const std::string compact(cistern::codec::compact_json(element.raw, scratch));
    require(compact.find('\n') == std::string::npos && compact.size() <= element.raw.size());
    require(splitter.why_invalid(compact).empty());
    splitter.top_level_fields(element.raw, {"Id", "a", ""}, values, scratch2);
  }
  for (; at != end; ++at)
    require(is_separator(*at));
  return 0;
}
