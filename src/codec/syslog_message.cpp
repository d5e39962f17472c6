#include "codec/syslog_message.hpp"

#include "codec/syslog_time.hpp"

#include <algorithm>

namespace cistern::codec {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMostTag = 64;  // RFC 3164 says 32; names of units and containers are longer.

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// `<PRI>` at the start of `text`; its size, or 0. Leading zeros are let pass: senders write them.
std::size_t read_priority(std::string_view text, SyslogMessage& message) {
  if (text.size() < 3 || text[0] != '<') return 0;
  unsigned value = 0;
  std::size_t at = 1;
  while (at < text.size() && at < 4 && is_digit(text[at]))
    value = value * 10 + static_cast<unsigned>(text[at++] - '0');
  if (at == 1 || at == text.size() || text[at] != '>' || value > 191) return 0;
  message.has_priority = true;
  message.facility = static_cast<std::uint8_t>(value / 8);
  message.severity = static_cast<std::uint8_t>(value % 8);
  return at + 1;
}

/// Takes the word up to the next blank, and the blank.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::string_view without_nil(std::string_view word) {
  return word == "-" ? std::string_view{} : word;
}

/// The size of the elements at the start of `text`; 0 when they are not well-formed.
std::size_t structured_data_size(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] == '[') {
    bool quoted = false;
    bool closed = false;
    for (++at; at < text.size() && !closed; ++at) {
      if (quoted && text[at] == '\\' && at + 1 < text.size()) {
        ++at;
      } else if (text[at] == '"') {
        quoted = !quoted;
      } else if (text[at] == ']' && !quoted) {
        closed = true;
      }
    }
    if (!closed) return 0;
  }
  return at;
}

void take_structured_data(std::string_view& rest, SyslogMessage& message) {
  if (rest == "-" || rest.starts_with("- ")) {
    rest.remove_prefix(std::min<std::size_t>(2, rest.size()));
    return;
  }
  const std::size_t size = structured_data_size(rest);
  if (size == 0 || (size < rest.size() && rest[size] != ' ')) return;
  message.structured_data = rest.substr(0, size);
  rest.remove_prefix(std::min(size + 1, rest.size()));
}

/// Whether a version and a time, or the sign for none, follow the PRI.
bool is_rfc5424(std::string_view text) {
  std::size_t at = 0;
  while (at < 3 && at < text.size() && is_digit(text[at]))
    ++at;
  if (at == 0 || text[0] == '0' || at >= text.size() || text[at] != ' ') return false;
  const std::string_view behind = text.substr(at + 1);
  if (behind.starts_with("- ")) return true;
  return behind.size() > 4 && std::all_of(behind.begin(), behind.begin() + 4, is_digit) &&
         behind[4] == '-';
}

void read_rfc5424(std::string_view rest, const WallClock& clock, SyslogMessage& message) {
  message.form = SyslogMessage::Form::rfc5424;
  take_word(rest);
  const std::string_view time = take_word(rest);
  const SyslogTime found = read_iso_time(time, clock);
  if (found.size == time.size()) {
    message.time = found.time;
    message.time_has_zone = found.has_zone;
  }
  message.host = without_nil(take_word(rest));
  message.app = without_nil(take_word(rest));
  message.process = without_nil(take_word(rest));
  message.message_id = without_nil(take_word(rest));
  take_structured_data(rest, message);
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  message.text = rest;
}

bool is_ipv6(std::string_view word) {
  if (std::count(word.begin(), word.end(), ':') < 2) return false;
  const std::string_view address = word.substr(0, word.find('%'));
  const bool all = std::all_of(address.begin(), address.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  });
  return all && (!address.ends_with(':') || address.ends_with("::"));
}

/// Whether the word behind the time is a host, and not already the tag or the text.
bool is_host(std::string_view word) {
  if (word.empty() || word.size() > 255) return false;
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-' || c == '%';
  });
  return plain ? word.front() != '%' : is_ipv6(word);
}

bool fits_tag(char c) {
  return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == '%' ||
         c == '@' || c == '(' || c == ')' || c == '#' || c == '+';
}

/// `app:`, `app[4711]:`, `app[4711]`, and nothing else: a colon inside a word (`CEF:0|`) belongs to
/// the text.
bool take_tag(std::string_view& rest, SyslogMessage& message) {
  std::size_t at = 0;
  while (at < rest.size() && at < kMostTag && fits_tag(rest[at]))
    ++at;
  if (at == 0 || at == rest.size()) return false;
  std::size_t end = at;
  std::string_view process;
  if (rest[at] == '[') {
    const std::size_t close = rest.substr(0, at + kMostTag).find(']', at);
    if (close == std::string_view::npos) return false;
    process = rest.substr(at + 1, close - at - 1);
    if (process.find(' ') != std::string_view::npos) return false;
    end = close + 1;
    if (end < rest.size() && rest[end] == ':') ++end;
  } else if (rest[at] == ':') {
    ++end;
  } else {
    return false;
  }
  if (end < rest.size() && rest[end] != ' ') return false;
  message.app = rest.substr(0, at);
  message.process = process;
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return true;
}

/// Cisco numbers its messages: `1234: ` before the time.
void take_sequence(std::string_view& rest, SyslogMessage& message) {
  std::size_t digits = 0;
  while (digits < rest.size() && digits < 12 && is_digit(rest[digits]))
    ++digits;
  if (digits == 0 || rest.substr(digits, 2) != ": ") return;
  message.sequence = rest.substr(0, digits);
  rest.remove_prefix(digits + 2);
}

void read_rfc3164(std::string_view rest, TimePoint received, const WallClock& clock,
                  SyslogMessage& message) {
  const std::string_view whole = rest;
  take_sequence(rest, message);
  const SyslogTime found = read_bsd_time(rest, received, clock);
  if (found.size == 0) {
    message.sequence = {};
    rest = whole;
    if (take_tag(rest, message)) message.form = SyslogMessage::Form::rfc3164;
  } else {
    message.form = SyslogMessage::Form::rfc3164;
    message.time = found.time;
    message.time_has_zone = found.has_zone;
    message.clock_unsure = found.clock_unsure;
    rest.remove_prefix(found.size);
    while (rest.starts_with(' '))
      rest.remove_prefix(1);
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (is_host(word)) message.host = take_word(rest);
    // ASA writes `host : %ASA-6-302013: text`.
    if (rest.starts_with(": ")) rest.remove_prefix(2);
    take_tag(rest, message);
  }
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  message.text = rest;
}

SyslogMessage read_layer(std::string_view bytes, TimePoint received, const WallClock& clock) {
  SyslogMessage message;
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  const std::string_view rest = bytes.substr(read_priority(bytes, message));
  if (message.has_priority && is_rfc5424(rest)) {
    read_rfc5424(rest, clock, message);
  } else {
    read_rfc3164(rest, received, clock, message);
  }
  return message;
}

}  // namespace

SyslogMessage read_syslog_message(std::string_view bytes, TimePoint received,
                                  const WallClock& clock) {
  SyslogMessage outer = read_layer(bytes, received, clock);
  if (outer.form == SyslogMessage::Form::bare || !outer.text.starts_with('<')) return outer;
  SyslogMessage inner = read_layer(outer.text, received, clock);
  if (!inner.has_priority) return outer;
  if (inner.host.empty()) inner.host = outer.host;
  if (inner.time == TimePoint{}) inner.time = outer.time;
  inner.relay = SyslogMessage::Relay{.facility = outer.facility,
                                     .severity = outer.severity,
                                     .time = outer.time,
                                     .host = outer.host};
  return inner;
}

std::optional<SyslogParam> SyslogParams::next() {
  while (!rest_.empty()) {
    if (rest_.front() == '[') {
      rest_.remove_prefix(1);
      element_ = rest_.substr(0, rest_.find_first_of(" ]"));
      rest_.remove_prefix(element_.size());
      any_ = false;
    } else if (rest_.front() == ']') {
      rest_.remove_prefix(1);
      if (!any_) return SyslogParam{.element = element_, .name = {}, .value = {}};
    } else if (rest_.front() == ' ') {
      rest_.remove_prefix(1);
    } else {
      const std::size_t equals = rest_.find("=\"");
      if (equals == std::string_view::npos) return std::nullopt;
      std::size_t end = equals + 2;
      while (end < rest_.size() && rest_[end] != '"')
        end += rest_[end] == '\\' ? 2 : 1;
      if (end >= rest_.size()) return std::nullopt;
      const SyslogParam found{.element = element_,
                              .name = rest_.substr(0, equals),
                              .value = rest_.substr(equals + 2, end - equals - 2)};
      rest_.remove_prefix(end + 1);
      any_ = true;
      return found;
    }
  }
  return std::nullopt;
}

void append_unescaped_param(std::string& out, std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool escape = value[i] == '\\' && i + 1 < value.size() &&
                        (value[i + 1] == '"' || value[i + 1] == '\\' || value[i + 1] == ']');
    out += value[i + (escape ? 1 : 0)];
    if (escape) ++i;
  }
}

}  // namespace cistern::codec
