#include "connectors/syslog/detect.hpp"

#include "codec/key_value.hpp"
#include "codec/syslog_message.hpp"

#include <algorithm>
#include <cstddef>

namespace cistern::connectors::syslog {
namespace {

constexpr std::size_t kLookedAt = 2048;
constexpr int kFewestPairs = 3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether `name` stands at the beginning of a word, followed by a version, perhaps after a blank.
bool names_format(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    std::size_t behind = at + name.size();
    if (behind < text.size() && text[behind] == ' ') ++behind;
    const bool begins = before == ' ' || before == '>' || before == ':';
    if (begins && behind < text.size() && is_digit(text[behind]) &&
        text.find('|', behind) != std::string_view::npos)
      return true;
  }
  return false;
}

/// A log id of 12 digits beside the name of its type or component: the scheme that Sophos Firewall
/// took over from Cyberoam. Others write `logid`.
bool is_sophos_firewall(std::string_view text) {
  const std::size_t at = text.find("log_id=");
  if (at == std::string_view::npos) return false;
  std::string_view id = text.substr(at + 7);
  if (id.starts_with('"')) id.remove_prefix(1);
  if (id.size() < 12) return false;
  for (std::size_t i = 0; i < 12; ++i) {
    if (!is_digit(id[i])) return false;
  }
  return text.find("log_type=") != std::string_view::npos ||
         text.find("log_component=") != std::string_view::npos ||
         text.find("device=\"SFW\"") != std::string_view::npos;
}

/// `id="2001" severity="info" sys="SecureNet"`, or the clock that only this product writes so.
bool is_sophos_utm(std::string_view text) {
  const std::size_t at = text.find("id=\"");
  if (at != std::string_view::npos && text.find("\" severity=\"", at) != std::string_view::npos &&
      text.find("\" sys=\"", at) != std::string_view::npos)
    return true;
  if (text.starts_with('<')) text.remove_prefix(std::min(text.find('>'), text.size() - 1) + 1);
  constexpr std::string_view kClock = "dddd:dd:dd-dd:dd:dd ";
  if (text.size() < kClock.size()) return false;
  for (std::size_t i = 0; i < kClock.size(); ++i) {
    if (kClock[i] == 'd' ? !is_digit(text[i]) : text[i] != kClock[i]) return false;
  }
  return true;
}

/// Only what stands at both ends is looked at: the reader validates the whole.
bool is_json_object(std::string_view text) {
  constexpr std::string_view kCookie = "@cee:";
  if (text.starts_with(kCookie)) text.remove_prefix(kCookie.size());
  const std::size_t begin = text.find_first_not_of(" \t");
  const std::size_t end = text.find_last_not_of(std::string_view(" \t\r\n\0", 5));
  if (begin == std::string_view::npos || text[begin] != '{' || text[end] != '}') return false;
  const std::size_t first = text.find_first_not_of(" \t\r\n", begin + 1);
  return first != std::string_view::npos && (text[first] == '"' || text[first] == '}');
}

bool has_pairs(std::string_view text) {
  codec::KeyValueReader pairs(text.substr(0, kLookedAt));
  for (int left = kFewestPairs; left > 0; --left) {
    if (!pairs.next()) return false;
  }
  return true;
}

}  // namespace

std::string_view detect_stream(std::string_view message) {
  const std::string_view start = message.substr(0, kLookedAt);
  if (names_format(start, "CEF:")) return "cef";
  if (names_format(start, "LEEF:")) return "leef";
  if (is_sophos_firewall(start)) return "sophos.firewall";
  if (is_sophos_utm(start)) return "sophos.utm";
  const std::string_view text =
      codec::read_syslog_message(message, TimePoint{}, codec::WallClock{}).text;
  if (is_json_object(text)) return "json";
  return has_pairs(text) ? "key_value" : "message";
}

}  // namespace cistern::connectors::syslog
