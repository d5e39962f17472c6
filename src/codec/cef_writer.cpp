#include "codec/cef.hpp"

#include <algorithm>
#include <array>

namespace cistern::codec::cef {
namespace {

constexpr std::size_t kLongestKey = 63;

// Lengths of the header's fields as the guide sets them for deviceVendor, deviceProduct,
// deviceVersion, deviceEventClassId and name.
constexpr std::size_t kMostVendor = 63;
constexpr std::size_t kMostProduct = 63;
constexpr std::size_t kMostVersion = 31;
constexpr std::size_t kMostEventClass = 1023;
constexpr std::size_t kMostName = 512;

constexpr TextRules kValueRules = [] {
  TextRules rules = TextRules::base();
  rules.first = '=';
  rules.second = '\\';
  rules.drops_trailing_spaces = true;
  rules.set('=', ByteAction::backslash);
  rules.set('\\', ByteAction::backslash);
  rules.set('\n', ByteAction::line_feed);
  rules.set('\r', ByteAction::line_return);
  rules.set('\t', ByteAction::plain);
  return rules;
}();

constexpr TextRules kHeaderRules = [] {
  TextRules rules = TextRules::base();
  rules.first = '|';
  rules.second = '\\';
  rules.set('|', ByteAction::backslash);
  rules.set('\\', ByteAction::backslash);
  for (const char c : {'\n', '\r', '\t'})
    rules.set(c, ByteAction::space);
  return rules;
}();

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= kLongestKey &&
         std::all_of(text.begin(), text.end(), is_key_character);
}

const TextRules& value_rules() {
  return kValueRules;
}

const TextRules& header_rules() {
  return kHeaderRules;
}

std::optional<std::size_t> Writer::Builder::add(std::string_view key) {
  if (!is_key(key)) return std::nullopt;
  const auto rule = find_key(key).value_or(KeyRule{.key = key});
  return keys_.add(
      {.name = std::string{key}, .most = rule.most, .divisible = rule.kind == KeyKind::text});
}

Writer Writer::Builder::build(std::size_t max_length) && {
  return Writer(LineBuilder(
      std::move(keys_),
      {.separator = ' ', .header = kHeaderRules, .value = kValueRules, .max_length = max_length}));
}

LineLoss Writer::begin(const Header& header) {
  line_.begin("CEF:0|");
  LineLoss loss = line_.header_field(header.vendor, kMostVendor, 4);
  loss |= line_.header_field(header.product, kMostProduct, 3);
  loss |= line_.header_field(header.version, kMostVersion, 2);
  loss |= line_.header_field(header.event_class, kMostEventClass, 1);
  loss |= line_.header_field(header.name, kMostName, 0);
  constexpr std::array<std::string_view, 11> kSeverities = {"0", "1", "2", "3", "4", "5",
                                                            "6", "7", "8", "9", "10"};
  line_.header_raw(kSeverities[static_cast<std::size_t>(std::clamp(header.severity, 0, 10))]);
  return loss;
}

}  // namespace cistern::codec::cef
