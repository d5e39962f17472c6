// CEF: whatever stands in the fields, the line is read back as the same fields, but for what the
// format cannot carry; and any bytes are read without harm.
#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "codec/cef.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace cef = cistern::codec::cef;

void require(bool condition) {
  if (!condition) std::abort();
}

/// Cuts the input at each 0xFE, which is no UTF-8 and so no text by itself.
std::string_view take_field(std::string_view& input) {
  const std::size_t end = input.find('\xFE');
  const std::string_view field = input.substr(0, end);
  input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  return field;
}

/// The replacements that codec/cef.hpp names, done one character at a time.
std::string expected(std::string_view text, bool header) {
  std::string out;
  while (!text.empty()) {
    const auto point = cistern::decode_code_point(text);
    const std::string_view one = text.substr(0, point.size == 0 ? 1 : point.size);
    text.remove_prefix(one.size());
    const char c = one.front();
    const bool line_space = c == '\n' || c == '\r' || c == '\t';
    if (point.size == 0 || point.value == 0x7F || (point.value < 0x20 && !line_space)) {
      out += "\xEF\xBF\xBD";
    } else if (header && line_space) {
      out += ' ';
    } else {
      out += one;
    }
  }
  if (header) return out.empty() ? "unknown" : out;
  while (out.ends_with(' '))
    out.pop_back();
  return out;
}

void round_trip(std::string_view input) {
  cef::Writer::Builder builder;
  const std::array<std::string_view, 3> names = {"cs1", "ownKey", "rawEvent2"};
  std::array<std::size_t, 3> keys{};
  for (std::size_t i = 0; i < names.size(); ++i)
    keys[i] = builder.add(names[i]).value();
  cef::Writer writer = std::move(builder).build(0);
  const auto vendor = take_field(input).substr(0, 31);
  const auto name = take_field(input).substr(0, 200);
  writer.begin({.vendor = vendor,
                .product = "p",
                .version = "1",
                .event_class = name,
                .name = name,
                .severity = 7});
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto value = take_field(input).substr(0, 3000);
    writer.add(keys[i], value);
    if (value.find_first_not_of(' ') != std::string_view::npos)
      pairs.emplace_back(names[i], expected(value, false));
  }
  std::string_view problem;
  const auto message = cef::read(writer.text(), problem);
  require(message.has_value() && message->severity == "7");
  require(cistern::is_utf8(writer.text()));
  require(message->vendor == expected(vendor, true));
  require(message->name == expected(name, true) && message->event_class == message->name);
  require(message->extension.size() == pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    require(message->extension[i].key == pairs[i].first);
    require(message->extension[i].value == pairs[i].second);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string_view problem;
  static_cast<void>(cef::read(input, problem, {.bytes = 1 << 16, .pairs = 100}));
  round_trip(input);
  return 0;
}
