// From an event's payload to a syslog message. No I/O.
#pragma once

#include "runtime/destination.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::destinations::syslog {

enum class HeaderKind : std::uint8_t { rfc5424, rfc3164, none };

struct MessageSettings {
  HeaderKind header = HeaderKind::rfc5424;
  std::optional<std::uint8_t> facility = 16;  ///< Nothing: the event's, or else local0.
  std::optional<std::uint8_t> severity{};     ///< Nothing: the event's, where it has one.
  std::string host = "-";                     ///< These two as codec::syslog_field() makes them.
  std::string app = "cistern";
  bool structured_data = true;
  std::uint32_t enterprise_id = 32473;
  std::size_t max_message = 65536;
};

/// Messages that were cut, by connector and stream, since they were taken last.
class CutCounts {
 public:
  void add(const runtime::EventFacts& facts);
  std::vector<runtime::MappingDrift> take();

 private:
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts_;
};

/// Writes messages with the header that the settings ask for. Used from one thread: it remembers
/// the local zone's offset, and its memory.
class MessageWriter {
 public:
  explicit MessageWriter(MessageSettings settings);

  /// The message for one line of a payload, without framing; valid until the next call. What is
  /// longer than the settings allow is cut between characters and between escapes, and counted.
  std::string_view write(const runtime::EventFacts& facts, std::string_view line);

  /// The message written last, cut further for a way that takes no more bytes.
  std::string_view cut_to(const runtime::EventFacts& facts, std::string_view message,
                          std::size_t limit);

  std::vector<runtime::MappingDrift> take_cuts() { return cuts_.take(); }

 private:
  void append_header(const runtime::EventFacts& facts);
  std::string_view structured_data(const runtime::EventFacts& facts);
  std::chrono::seconds local_offset(TimePoint time);

  MessageSettings settings_;
  std::string element_name_;
  std::string message_;
  std::string structured_;
  CutCounts cuts_;
  std::optional<std::int64_t> offset_hour_;  // For which `offset_` was found.
  std::chrono::seconds offset_{0};
};

/// Takes the next line off a payload's bytes; empty lines are passed over. False: none is left.
bool take_line(std::string_view& bytes, std::string_view& line);

}  // namespace cistern::destinations::syslog
