#include "codec/syslog_framer.hpp"

#include <algorithm>
#include <cstring>

namespace cistern::codec {
namespace {

constexpr std::size_t kMostDigits = 9;
/// A greater count is taken for text, or for a lie: to pass over so much would lose a sender's
/// messages for long.
constexpr std::size_t kMostCount = 16U << 20;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t find_byte(std::string_view bytes, char wanted, std::size_t from) {
  if (from >= bytes.size()) return std::string_view::npos;
  const void* const found = std::memchr(bytes.data() + from, wanted, bytes.size() - from);
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

}  // namespace

SyslogFramer::Start SyslogFramer::look(std::string_view bytes) const {
  if (framing_ == SyslogFraming::lf || framing_ == SyslogFraming::nul)
    return {.kind = Kind::delimited};
  std::size_t digits = 0;
  std::size_t count = 0;
  while (digits < bytes.size() && digits < kMostDigits && is_digit(bytes[digits]))
    count = count * 10 + static_cast<std::size_t>(bytes[digits++] - '0');
  if (digits == 0 || bytes.front() == '0') return {.kind = Kind::delimited};
  if (digits == bytes.size()) return {};
  if (bytes[digits] != ' ') return {.kind = Kind::delimited};
  const Start counted{.kind = Kind::counted, .header = digits + 1, .count = count};
  if (count <= most_) return counted;
  if (count > kMostCount) return {.kind = Kind::delimited};
  if (framing_ == SyslogFraming::octet) return counted;
  if (digits + 1 == bytes.size()) return {};
  return bytes[digits + 1] == '<' ? counted : Start{.kind = Kind::delimited};
}

std::size_t SyslogFramer::advance(std::string_view bytes, std::vector<SyslogFrame>& frames) {
  std::size_t used = skip(bytes);
  while (used < bytes.size() && !out_of_step_) {
    const std::size_t taken = take_one(bytes.substr(used), frames);
    if (taken == 0) break;
    used += taken;
  }
  return used;
}

std::size_t SyslogFramer::skip(std::string_view bytes) {
  if (skip_count_ > 0) {
    const std::size_t skipped = std::min(skip_count_, bytes.size());
    skip_count_ -= skipped;
    return skipped;
  }
  if (!skip_to_end_) return 0;
  const std::size_t end = find_end(bytes);
  if (end == std::string_view::npos) {
    seen_ = 0;
    return bytes.size();
  }
  skip_to_end_ = false;
  seen_ = 0;
  return end + 1;
}

std::size_t SyslogFramer::take_one(std::string_view bytes, std::vector<SyslogFrame>& frames) {
  // A line that goes on is not looked at again: it does not begin here.
  const Start start = seen_ > 0 ? Start{.kind = Kind::delimited} : look(bytes);
  if (start.kind == Kind::undecided) return 0;
  if (start.kind == Kind::counted) return take_counted(bytes, start, frames);
  if (framing_ == SyslogFraming::octet) {
    // The line breaks that some senders put behind a counted frame are no fault.
    if (bytes.front() == '\n' || bytes.front() == '\r') return 1;
    out_of_step_ = true;
    return 0;
  }
  return take_delimited(bytes, frames);
}

std::size_t SyslogFramer::take_counted(std::string_view bytes, const Start& start,
                                       std::vector<SyslogFrame>& frames) {
  const std::size_t taken = std::min(start.count, most_);
  if (bytes.size() - start.header < taken) return 0;
  if (taken > 0)
    frames.push_back(
        {.bytes = bytes.substr(start.header, taken), .truncated = taken < start.count});
  const std::size_t whole = start.header + start.count;
  if (whole <= bytes.size()) return whole;
  skip_count_ = whole - bytes.size();
  return bytes.size();
}

/// Where the delimiter stands, or npos; notes what need not be looked at again.
std::size_t SyslogFramer::find_end(std::string_view bytes) {
  if (framing_ == SyslogFraming::nul || nul_ended_) return find_byte(bytes, '\0', seen_);
  const std::size_t line = find_byte(bytes, '\n', seen_);
  if (framing_ == SyslogFraming::lf || line_ended_) return line;
  const std::string_view before = bytes.substr(0, line);
  std::size_t nul = find_byte(before, '\0', seen_);
  while (nul != std::string_view::npos && nul + 1 < bytes.size() && bytes[nul + 1] != '<')
    nul = find_byte(before, '\0', nul + 1);
  if (nul != std::string_view::npos && nul > 0) {
    nul_ended_ = true;
    return nul;
  }
  line_ended_ = line != std::string_view::npos && line > 0;
  return line;
}

std::size_t SyslogFramer::take_delimited(std::string_view bytes, std::vector<SyslogFrame>& frames) {
  const std::size_t end = find_end(bytes);
  // One more may be the carriage return before the line break.
  const bool may_grow =
      bytes.size() <= most_ || (bytes.size() == most_ + 1 && bytes.ends_with('\r'));
  if (end == std::string_view::npos && may_grow) {
    seen_ = bytes.size();
    return 0;
  }
  seen_ = 0;
  if (end == std::string_view::npos || end > most_ + 1) {
    frames.push_back({.bytes = bytes.substr(0, most_), .truncated = true});
    if (end != std::string_view::npos) return end + 1;
    skip_to_end_ = true;
    return bytes.size();
  }
  std::string_view line = bytes.substr(0, end);
  if (line.ends_with('\r') && bytes[end] == '\n') line.remove_suffix(1);
  const bool truncated = line.size() > most_;
  if (!line.empty()) frames.push_back({.bytes = line.substr(0, most_), .truncated = truncated});
  return end + 1;
}

void SyslogFramer::finish(std::string_view rest, std::vector<SyslogFrame>& frames) {
  if (skip_count_ > 0) incomplete_ = true;
  if (skip_count_ > 0 || skip_to_end_ || rest.empty() || out_of_step_) return;
  const Start start = seen_ > 0 ? Start{.kind = Kind::delimited} : look(rest);
  if (start.kind == Kind::counted || framing_ == SyslogFraming::octet) {
    incomplete_ = true;
    return;
  }
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  if (!rest.empty())
    frames.push_back({.bytes = rest.substr(0, most_), .truncated = rest.size() > most_});
}

std::string_view datagram_message(std::string_view datagram) {
  while (!datagram.empty() &&
         (datagram.back() == '\n' || datagram.back() == '\r' || datagram.back() == '\0'))
    datagram.remove_suffix(1);
  return datagram;
}

}  // namespace cistern::codec
