#include "base/http.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cistern {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && blank(text.back()))
    text.remove_suffix(1);
  return text;
}

/// Names, IPv4 and bracketed IPv6 only. Escapes are refused, because libraries disagree on whether
/// they are decoded before the name is looked up.
bool is_host(std::string_view host) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const std::string_view inside = host.substr(1, host.size() - 2);
    return std::all_of(inside.begin(), inside.end(), [&](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
             c == '.';
    });
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

struct Authority {
  std::string_view host;
  std::string_view port;
};

std::optional<Authority> split_authority(std::string_view text) {
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  Authority authority{text.substr(0, colon), {}};
  if (colon != std::string_view::npos) {
    authority.port = text.substr(colon + 1);
    unsigned number = 0;
    if (!authority.port.empty()) {
      if (!all_digits(authority.port) || authority.port.size() > 5) return std::nullopt;
      std::from_chars(authority.port.data(), authority.port.data() + authority.port.size(), number);
      if (number == 0 || number > 65535) return std::nullopt;
    }
    while (authority.port.size() > 1 && authority.port.front() == '0')
      authority.port.remove_prefix(1);
  }
  if (!is_host(authority.host)) return std::nullopt;
  return authority;
}

std::optional<unsigned> month_number(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(kMonths.begin(), kMonths.end(), name);
  if (found == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

bool is_day_name(std::string_view name) {
  constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu",
                                                     "Fri", "Sat", "Sun"};
  return std::find(kDays.begin(), kDays.end(), name) != kDays.end();
}

}  // namespace

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  for (const HttpHeader& candidate : headers)
    if (equal_ignoring_case(candidate.name, name)) return candidate.value;
  return std::nullopt;
}

std::optional<std::string> url_origin(std::string_view url) {
  // Blanks, control characters and back-slashes are read differently by different libraries; an
  // origin that one of them sees otherwise would protect nothing.
  const auto strange = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7F || c == '\\';
  };
  if (std::any_of(url.begin(), url.end(), strange)) return std::nullopt;
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower_case(url.substr(0, colon));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  const std::string_view rest = url.substr(colon + 3);
  const auto authority = split_authority(rest.substr(0, rest.find_first_of("/?#")));
  if (!authority) return std::nullopt;
  std::string origin = scheme + "://" + lower_case(authority->host);
  const std::string_view standard = scheme == "https" ? "443" : "80";
  if (!authority->port.empty() && authority->port != standard) {
    origin += ':';
    origin += authority->port;
  }
  return origin;
}

std::optional<Duration> parse_retry_after(std::string_view value, TimePoint now, Duration limit) {
  value = trimmed(value);
  if (all_digits(value)) {
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (parsed.ec != std::errc{} ||
        seconds > std::chrono::duration_cast<std::chrono::seconds>(limit).count())
      return limit;
    return std::chrono::seconds{seconds};
  }
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  if (*date <= now) return Duration{0};
  return std::min(limit, Duration{*date - now});
}

std::optional<TimePoint> parse_http_date(std::string_view value) {
  // Sun, 06 Nov 1994 08:49:37 GMT
  value = trimmed(value);
  if (value.size() != 29 || !is_day_name(value.substr(0, 3)) || value.substr(3, 2) != ", ")
    return std::nullopt;
  if (value[7] != ' ' || value[11] != ' ' || value[16] != ' ' || value.substr(25) != " GMT")
    return std::nullopt;
  const auto month = month_number(value.substr(8, 3));
  if (!month) return std::nullopt;
  std::string text{value.substr(12, 4)};
  text += *month < 10 ? "-0" : "-1";
  text += static_cast<char>('0' + *month % 10);
  text += '-';
  text += value.substr(5, 2);
  text += 'T';
  text += value.substr(17, 8);
  return parse_time(text);
}

}  // namespace cistern
