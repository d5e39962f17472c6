#include "codec/syslog_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cistern::codec {
namespace {

constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

struct NamedSeverity {
  std::string_view name;
  std::uint8_t number;
};
constexpr std::array<NamedSeverity, 14> kSeverities = {{{"emerg", 0},
                                                        {"emergency", 0},
                                                        {"alert", 1},
                                                        {"crit", 2},
                                                        {"critical", 2},
                                                        {"err", 3},
                                                        {"error", 3},
                                                        {"warning", 4},
                                                        {"warn", 4},
                                                        {"notice", 5},
                                                        {"info", 6},
                                                        {"informational", 6},
                                                        {"debug", 7},
                                                        {"trace", 7}}};

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t kTagLimit = 32;

std::optional<std::uint8_t> number_up_to(std::string_view text, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > most)
    return std::nullopt;
  return static_cast<std::uint8_t>(number);
}

void append_number(std::string& out, unsigned number) {
  std::array<char, 10> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  static_cast<void>(error);
  out.append(digits.data(), end);
}

void append_two(std::string& out, unsigned number, char pad) {
  out += number < 10 ? pad : static_cast<char>('0' + number / 10);
  out += static_cast<char>('0' + number % 10);
}

void append_priority(std::string& out, const SyslogHeader& header) {
  out += '<';
  append_number(out, unsigned{header.facility} * 8U + header.severity);
  out += '>';
}

/// UTC with three or six digits of a second; append_time() writes nine where there are nanoseconds.
void append_micros(std::string& out, TimePoint time) {
  append_time(out, std::chrono::floor<std::chrono::microseconds>(time));
}

void append_local_time(std::string& out, TimePoint time, std::chrono::seconds utc_offset) {
  const auto local = std::chrono::floor<std::chrono::seconds>(time) + utc_offset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{local - day};
  out += kMonths.at(unsigned{date.month()} - 1);
  out += ' ';
  append_two(out, unsigned{date.day()}, ' ');
  out += ' ';
  append_two(out, static_cast<unsigned>(clock.hours().count()), '0');
  out += ':';
  append_two(out, static_cast<unsigned>(clock.minutes().count()), '0');
  out += ':';
  append_two(out, static_cast<unsigned>(clock.seconds().count()), '0');
}

bool fits_tag(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '_';
}

void append_tag(std::string& out, std::string_view app) {
  const std::size_t begin = out.size();
  for (const char c : app.substr(0, kTagLimit)) {
    if (fits_tag(c)) out += c;
  }
  if (out.size() == begin || app == "-") {
    out.resize(begin);
    out += "cistern";
  }
}

bool continues_sequence(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::optional<std::uint8_t> syslog_facility(std::string_view name) {
  const auto* const found = std::find(kFacilities.begin(), kFacilities.end(), name);
  if (found != kFacilities.end()) return static_cast<std::uint8_t>(found - kFacilities.begin());
  return number_up_to(name, kFacilities.size() - 1);
}

std::optional<std::uint8_t> syslog_severity(std::string_view name) {
  const auto* const found = std::find_if(kSeverities.begin(), kSeverities.end(),
                                         [&](const auto& known) { return known.name == name; });
  if (found != kSeverities.end()) return found->number;
  return number_up_to(name, 7);
}

std::string syslog_field(std::string_view text, std::size_t limit) {
  std::string out{text.substr(0, limit)};
  for (char& c : out) {
    if (c < '!' || c > '~') c = '?';
  }
  if (out.empty()) out = "-";
  return out;
}

void append_rfc5424(std::string& out, const SyslogHeader& header) {
  append_priority(out, header);
  out += "1 ";
  if (header.time == TimePoint{}) {
    out += '-';
  } else {
    append_micros(out, header.time);
  }
  out += ' ';
  out += header.host;
  out += ' ';
  out += header.app;
  out += " - - ";
  out += header.structured_data.empty() ? std::string_view{"-"} : header.structured_data;
  out += ' ';
}

void append_rfc3164(std::string& out, const SyslogHeader& header, std::chrono::seconds utc_offset) {
  append_priority(out, header);
  if (header.time != TimePoint{}) {
    append_local_time(out, header.time, utc_offset);
    out += ' ';
    out += header.host;
    out += ' ';
  }
  append_tag(out, header.app);
  out += ": ";
}

void begin_structured_element(std::string& out, std::string_view name) {
  out += '[';
  out += name;
}

void append_structured_param(std::string& out, std::string_view name, std::string_view value) {
  out += ' ';
  out += name;
  out += "=\"";
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == ']') out += '\\';
    out += c;
  }
  out += '"';
}

void end_structured_element(std::string& out) {
  out += ']';
}

std::string_view safe_cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  // A sequence has at most three bytes behind its first; more of them are no UTF-8 at all.
  for (int back = 0; back < 3 && end > 0 && continues_sequence(text[end]); ++back)
    --end;
  if (end > 0 && end < text.size() && continues_sequence(text[end])) end = limit;
  const std::size_t last = text.substr(0, end).find_last_not_of('\\');
  const std::size_t slashes = end - (last == std::string_view::npos ? 0 : last + 1);
  return text.substr(0, end - slashes % 2);
}

}  // namespace cistern::codec
