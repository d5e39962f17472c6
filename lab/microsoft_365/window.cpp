#include "lab/microsoft_365/window.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

using std::chrono::hours;

bool fits_pattern(std::string_view text, std::string_view pattern) {
  return text.size() == pattern.size() &&
         std::equal(text.begin(), text.end(), pattern.begin(), [](char is, char wanted) {
           return wanted == '0' ? is >= '0' && is <= '9' : is == wanted;
         });
}

bool has_documented_form(std::string_view text) {
  constexpr std::string_view whole = "0000-00-00T00:00:00";
  if (fits_pattern(text, whole.substr(0, 10)) || fits_pattern(text, whole.substr(0, 16))) {
    return true;
  }
  if (!fits_pattern(text.substr(0, whole.size()), whole)) return false;
  text.remove_prefix(whole.size());
  if (text.ends_with('Z')) text.remove_suffix(1);
  if (text.empty()) return true;
  if (text.front() != '.' || text.size() < 2 || text.size() > 8) return false;
  text.remove_prefix(1);
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

tl::unexpected<ActivityRefusal> refuse(std::string code, std::string message) {
  return tl::unexpected<ActivityRefusal>({400, std::move(code), std::move(message)});
}

tl::unexpected<ActivityRefusal> bad_time(std::string_view name, std::string_view value) {
  return refuse("AF20002", "Invalid parameter type: " + std::string(name) +
                               ". Expected type: datetime. Value: " + excerpt(value, 60));
}

}  // namespace

std::optional<TimePoint> parse_vendor_time(std::string_view text) {
  if (!has_documented_form(text)) return std::nullopt;
  return parse_time(text);
}

tl::expected<Window, ActivityRefusal> parse_window(const Request& request, TimePoint now) {
  const auto start = request.parameter("startTime");
  const auto end = request.parameter("endTime");
  if (!start && !end) return Window{now - hours{24}, now};
  if (!start || !end) {
    return refuse("AF20030", "startTime and endTime must be given together or not at all.");
  }
  const auto from = parse_vendor_time(*start);
  const auto to = parse_vendor_time(*end);
  if (!from) return bad_time("startTime", *start);
  if (!to) return bad_time("endTime", *end);
  if (*from >= *to || *to - *from > hours{24} || *from < now - hours{24 * 7 + 1}) {
    return refuse("AF20055",
                  "The start time must lie before the end time, at most 24 hours before it, and "
                  "no more than 7 days in the past. StartTime:" +
                      std::string(*start) + ",EndTime:" + std::string(*end));
  }
  return Window{*from, *to};
}

}  // namespace cistern::lab
