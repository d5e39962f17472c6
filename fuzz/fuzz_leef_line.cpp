// LEEF: whatever stands in the fields, the line is read back as the same fields, but for what the
// format cannot carry; and any bytes are read without harm.
#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "codec/leef.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace leef = cistern::codec::leef;

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

/// The replacements that codec/leef.hpp names, done one character at a time.
std::string expected(std::string_view text, std::string_view spaces, std::string_view kept) {
  std::string out;
  while (!text.empty()) {
    const auto point = cistern::decode_code_point(text);
    const std::string_view one = text.substr(0, point.size == 0 ? 1 : point.size);
    text.remove_prefix(one.size());
    if (point.size == 1 && spaces.find(one) != std::string_view::npos) {
      out += ' ';
    } else if (point.size == 0 || point.value == 0x7F ||
               (point.value < 0x20 && kept.find(one) == std::string_view::npos)) {
      out += "\xEF\xBF\xBD";
    } else {
      out += one;
    }
  }
  return out;
}

void round_trip(std::string_view input, leef::Version version, char delimiter) {
  leef::Writer::Builder builder;
  const std::array<std::string_view, 3> names = {"usrName", "ownKey", "resource"};
  const auto first = builder.add("sev").value();
  std::array<std::size_t, 3> keys{};
  for (std::size_t i = 0; i < names.size(); ++i)
    keys[i] = builder.add(names[i]).value();
  const auto last = builder.add("cat").value();
  leef::Writer writer = std::move(builder).build(version, delimiter, 0);
  const auto id = take_field(input).substr(0, 200);
  writer.begin({.vendor = "v", .product = "p", .version = "1", .event_id = id});
  writer.add(first, "5");
  std::vector<std::pair<std::string, std::string>> pairs = {{"sev", "5"}};
  const std::string spaces = std::string{"\n\r"} + delimiter;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto value = take_field(input);
    writer.add(keys[i], value);
    if (!value.empty()) pairs.emplace_back(names[i], expected(value, spaces, "\t"));
  }
  writer.add(last, "end");
  pairs.emplace_back("cat", "end");
  std::string_view problem;
  const auto message = leef::read(writer.text(), problem);
  require(message.has_value() && cistern::is_utf8(writer.text()));
  require(message->event_id == (id.empty() ? "unknown" : expected(id, "\n\r\t|", "")));
  require(message->attributes.size() == pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    require(message->attributes[i].key == pairs[i].first);
    require(message->attributes[i].value == pairs[i].second);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string_view problem;
  static_cast<void>(leef::read(input, problem, {.bytes = 1 << 16, .pairs = 100}));
  round_trip(input, leef::Version::v1, '\t');
  round_trip(input, leef::Version::v2, '^');
  round_trip(input, leef::Version::v2, '\x01');
  return 0;
}
