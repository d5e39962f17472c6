#include "base/time.hpp"

#include <array>
#include <cstring>

namespace cistern {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

/// Reads the text from the left; once something did not fit, everything after fails as well.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool sees_digit() const { return !at_end() && is_digit(text_[at_]); }

  /// Exactly `count` digits.
  int digits(int count) {
    int value = 0;
    for (; count > 0; --count) {
      if (!sees_digit()) {
        failed_ = true;
        return 0;
      }
      value = value * 10 + (text_[at_++] - '0');
    }
    return value;
  }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) failed_ = true;
  }
  void fail() { failed_ = true; }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

/// One to nine digits after the point, as nanoseconds.
std::int64_t read_fraction(Reader& in) {
  std::int64_t nanos = in.digits(1);
  for (int count = 1; count < 9; ++count)
    nanos = nanos * 10 + (in.sees_digit() ? in.digits(1) : 0);
  return nanos;
}

/// Seconds east of UTC.
std::int64_t read_offset(Reader& in) {
  if (in.at_end() || in.take('Z') || in.take('z')) return 0;
  const bool west = in.take('-');
  if (!west) in.expect('+');
  const int hour = in.digits(2);
  int minute = 0;
  if (in.take(':') || in.sees_digit()) minute = in.digits(2);
  if (hour > 23 || minute > 59) in.fail();
  const std::int64_t offset = hour * 3600 + minute * 60;
  return west ? -offset : offset;
}

std::int64_t read_date(Reader& in) {
  const int year = in.digits(4);
  in.expect('-');
  const int month = in.digits(2);
  in.expect('-');
  const int day = in.digits(2);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (in.failed() || !date.ok()) {
    in.fail();
    return 0;
  }
  return std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86400};
}

struct Instant {
  std::int64_t second = 0;
  std::int64_t nanos = 0;
};

Instant read_time_of_day(Reader& in) {
  const int hour = in.digits(2);
  in.expect(':');
  const int minute = in.digits(2);
  Instant out;
  int second = 0;
  if (in.take(':')) {
    second = in.digits(2);
    if (in.take('.')) out.nanos = read_fraction(in);
  }
  if (hour > 23 || minute > 59 || second > 60) in.fail();
  out.second = hour * 3600 + minute * 60 + second - read_offset(in);
  // A leap second stands at the end of a UTC day only; it counts as the second that follows.
  if (second == 60 && ((out.second % 86400) + 86400) % 86400 != 0) in.fail();
  return out;
}

std::optional<TimePoint> to_time_point(Instant instant) {
  // The range begins within a second, so that second is approached from its end.
  if (instant.second < 0) {
    ++instant.second;
    instant.nanos -= kNanosPerSecond;
  }
  std::int64_t nanos = 0;
  if (__builtin_mul_overflow(instant.second, kNanosPerSecond, &nanos)) return std::nullopt;
  if (__builtin_add_overflow(nanos, instant.nanos, &nanos)) return std::nullopt;
  return TimePoint{Duration{nanos}};
}

constexpr std::array<char, 200> digit_pairs() {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr std::array<char, 200> kDigitPairs = digit_pairs();

/// `value` below 100.
void put_pair(char* out, unsigned value) {
  std::memcpy(out, &kDigitPairs[2 * std::size_t{value}], 2);
}

/// `2026-03-04T05:06:07`; 19 characters.
void put_seconds(char* out, std::chrono::sys_time<seconds> time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  const auto second = static_cast<unsigned>((time - day).count());
  out[4] = out[7] = '-';
  out[10] = 'T';
  out[13] = out[16] = ':';
  put_pair(out, year / 100);
  put_pair(out + 2, year % 100);
  put_pair(out + 5, static_cast<unsigned>(date.month()));
  put_pair(out + 8, static_cast<unsigned>(date.day()));
  put_pair(out + 11, second / 3600);
  put_pair(out + 14, second / 60 % 60);
  put_pair(out + 17, second % 60);
}

/// `.123Z`, or with six or nine digits; returns the number of characters.
std::size_t put_fraction(char* out, unsigned nanos) {
  char digits[10];
  for (std::size_t at = 8; at > 0; at -= 2, nanos /= 100)
    put_pair(digits + at, nanos % 100);
  put_pair(digits, nanos);
  const auto zero = [&](std::size_t from) { return std::memcmp(digits + from, "000", 3) == 0; };
  const std::size_t count = !zero(7) ? 9 : !zero(4) ? 6 : 3;
  out[0] = '.';
  std::memcpy(out + 1, digits + 1, count);
  out[count + 1] = 'Z';
  return count + 2;
}

}  // namespace

std::optional<TimePoint> parse_time(std::string_view text) {
  Reader in{text};
  Instant instant;
  instant.second = read_date(in);
  if (!in.failed() && !in.at_end()) {
    if (!in.take('T') && !in.take('t')) in.expect(' ');
    const Instant of_day = read_time_of_day(in);
    instant.second += of_day.second;
    instant.nanos = of_day.nanos;
  }
  if (in.failed() || !in.at_end()) return std::nullopt;
  return to_time_point(instant);
}

void append_time(std::string& out, TimePoint time) {
  const auto whole = std::chrono::floor<seconds>(time);
  std::int64_t nanos = time.time_since_epoch().count() % kNanosPerSecond;
  if (nanos < 0) nanos += kNanosPerSecond;
  char text[30];
  put_seconds(text, whole);
  out.append(text, 19 + put_fraction(text + 19, static_cast<unsigned>(nanos)));
}

std::string format_time(TimePoint time) {
  std::string out;
  append_time(out, time);
  return out;
}

std::string format_time_seconds(TimePoint time) {
  char text[19];
  put_seconds(text, std::chrono::floor<seconds>(time));
  return {text, sizeof text};
}

std::string format_duration(Duration duration) {
  if (duration.count() == 0) return "0 s";
  const bool negative = duration.count() < 0;
  const std::uint64_t bits = static_cast<std::uint64_t>(duration.count());
  const std::uint64_t nanos = negative ? 0 - bits : bits;
  const std::string sign = negative ? "-" : "";
  const auto unit = [](std::uint64_t value, const char* name) {
    return std::to_string(value) + name;
  };
  if (nanos < 1'000'000) return sign + "<1 ms";
  if (nanos < 1'000'000'000) return sign + unit(nanos / 1'000'000, " ms");
  const std::uint64_t second = nanos / 1'000'000'000;
  if (second < 60) return sign + unit(second, " s");
  const std::uint64_t minute = second / 60;
  if (minute < 60) return sign + unit(minute, " min");
  const std::uint64_t hour = minute / 60;
  if (hour < 24)
    return sign + unit(hour, " h") +
           (minute % 60 == 0 ? "" : unit(minute % 60, " min").insert(0, " "));
  return sign + unit(hour / 24, " d") +
         (hour % 24 == 0 ? "" : unit(hour % 24, " h").insert(0, " "));
}

std::int64_t unix_seconds(TimePoint time) {
  return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

}  // namespace cistern
