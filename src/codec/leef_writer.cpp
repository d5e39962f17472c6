#include "base/bytes.hpp"
#include "codec/leef.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cistern::codec::leef {
namespace {

constexpr std::size_t kLongestKey = 63;
// LEEF sets no lengths; no product has a longer name or version, and an event id is a short one.
constexpr std::size_t kMostHeaderField = 255;
constexpr char kTab = '\t';

constexpr auto kInteger = KeyKind::integer;
constexpr auto kIp = KeyKind::ip;
constexpr auto kMac = KeyKind::mac;

constexpr std::array kKeys = {
    KeyRule{"cat"},
    KeyRule{"devTime", KeyKind::time},
    KeyRule{"devTimeFormat"},
    KeyRule{"proto"},
    KeyRule{"sev", kInteger},
    KeyRule{"src", kIp},
    KeyRule{"dst", kIp},
    KeyRule{"srcPort", kInteger},
    KeyRule{"dstPort", kInteger},
    KeyRule{"srcPreNAT", kIp},
    KeyRule{"dstPreNAT", kIp},
    KeyRule{"srcPostNAT", kIp},
    KeyRule{"dstPostNAT", kIp},
    KeyRule{"srcPreNATPort", kInteger},
    KeyRule{"dstPreNATPort", kInteger},
    KeyRule{"srcPostNATPort", kInteger},
    KeyRule{"dstPostNATPort", kInteger},
    KeyRule{"usrName"},
    KeyRule{"srcMAC", kMac},
    KeyRule{"dstMAC", kMac},
    KeyRule{"identSrc", kIp},
    KeyRule{"identHostName"},
    KeyRule{"identNetBios"},
    KeyRule{"identGrpName"},
    KeyRule{"identMAC", kMac},
    KeyRule{"vSrc", kIp},
    KeyRule{"vSrcName"},
    KeyRule{"accountName"},
    KeyRule{"srcBytes", kInteger},
    KeyRule{"dstBytes", kInteger},
    KeyRule{"srcPackets", kInteger},
    KeyRule{"dstPackets", kInteger},
    KeyRule{"totalPackets", kInteger},
    KeyRule{"role"},
    KeyRule{"realm"},
    KeyRule{"policy"},
    KeyRule{"resource"},
    KeyRule{"url"},
    KeyRule{"groupID"},
    KeyRule{"domain"},
    KeyRule{"isLoginEvent", KeyKind::boolean},
    KeyRule{"isLogoutEvent", KeyKind::boolean},
    KeyRule{"calLanguage"},
    KeyRule{"calCountryOrRegion"},
};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr TextRules kHeaderRules = [] {
  TextRules rules = TextRules::base();
  rules.first = '|';
  rules.second = '|';
  rules.set('|', ByteAction::space);
  for (const char c : {'\n', '\r', '\t'})
    rules.set(c, ByteAction::space);
  return rules;
}();

TextRules value_rules(char delimiter) {
  TextRules rules = TextRules::base();
  rules.set(kTab, ByteAction::plain);
  for (const char c : {'\n', '\r', delimiter})
    rules.set(c, ByteAction::space);
  rules.first = delimiter;
  rules.second = delimiter;
  return rules;
}

/// As the header names it: a character that can be seen as it is, others by their number.
std::string delimiter_name(char delimiter) {
  if (delimiter > ' ') return std::string(1, delimiter);
  return "x" + hex_encode(std::string_view{&delimiter, 1});
}

}  // namespace

std::optional<KeyRule> find_key(std::string_view key) {
  const auto found = std::find_if(kKeys.begin(), kKeys.end(),
                                  [&](const KeyRule& rule) { return rule.key == key; });
  return found == kKeys.end() ? std::nullopt : std::optional{*found};
}

bool is_key(std::string_view text) {
  if (text.empty() || text.size() > kLongestKey) return false;
  if (!std::all_of(text.begin(), text.end(),
                   [](char c) { return is_letter_or_digit(c) || c == '_'; })) {
    return false;
  }
  return std::none_of(kKeys.begin(), kKeys.end(), [&](const KeyRule& rule) {
    return rule.key != text && equal_ignoring_case(rule.key, text);
  });
}

std::optional<char> parse_delimiter(std::string_view text) {
  unsigned value = 0;
  if (text.size() == 1) {
    value = static_cast<unsigned char>(text.front());
  } else {
    if (text.starts_with('0')) text.remove_prefix(1);
    if (!text.starts_with('x') || text.size() < 2 || text.size() > 5) return std::nullopt;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 1, end, value, 16);
    if (error != std::errc{} || stop != end) return std::nullopt;
  }
  constexpr std::string_view kRefused{"\0\n\r =|_'\"\x7F", 10};
  if (value >= 0x80) return std::nullopt;
  const char c = static_cast<char>(value);
  if (is_letter_or_digit(c) || kRefused.find(c) != std::string_view::npos) return std::nullopt;
  return c;
}

std::optional<std::size_t> Writer::Builder::add(std::string_view key) {
  if (!is_key(key)) return std::nullopt;
  const auto rule = find_key(key);
  return keys_.add(
      {.name = std::string{key}, .most = 0, .divisible = !rule || rule->kind == KeyKind::text});
}

Writer Writer::Builder::build(Version version, char delimiter, std::size_t max_length) && {
  const char separator = version == Version::v1 ? kTab : delimiter;
  return {LineBuilder(std::move(keys_), {.separator = separator,
                                         .header = kHeaderRules,
                                         .value = value_rules(separator),
                                         .max_length = max_length}),
          version == Version::v1 ? std::string{} : delimiter_name(separator)};
}

LineLoss Writer::begin(const Header& header) {
  line_.begin(delimiter_.empty() ? "LEEF:1.0|" : "LEEF:2.0|");
  LineLoss loss = line_.header_field(header.vendor, kMostHeaderField, 3);
  loss |= line_.header_field(header.product, kMostHeaderField, 2);
  loss |= line_.header_field(header.version, kMostHeaderField, 1);
  loss |= line_.header_field(header.event_id, kMostHeaderField, 0);
  if (!delimiter_.empty()) line_.header_raw(delimiter_);
  return loss;
}

}  // namespace cistern::codec::leef
