// Writes one record as a JSON object: what all readers of lines have in common.
#pragma once

#include "codec/json.hpp"
#include "ecs/readers.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// Members of one object; those without a value are left out. Names are ours, so they need no
/// escape; a name may be written once.
class RecordWriter {
 public:
  explicit RecordWriter(std::string& json) : writer_(json) { writer_.begin_object(); }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) writer_.key(name).string(value);
  }
  void number(std::string_view name, std::uint64_t value);  ///< kNoNumber is no value.
  void boolean(std::string_view name, bool value) { writer_.key(name).boolean(value); }
  /// A value that may be a quoted literal, as what it means.
  void decoded(std::string_view name, std::string_view value);
  void json(std::string_view name, std::string_view value) {
    if (!value.empty()) writer_.key(name).raw(value);
  }
  codec::JsonWriter& writer() { return writer_; }
  void end() { writer_.end_object(); }

 private:
  codec::JsonWriter writer_;
  std::string scratch_;
};

/// A line's zone: seconds that its clock was ahead of UTC.
struct LineZone {
  std::int64_t offset = 0;
};

/// From meta's `offset_seconds`; UTC without one.
LineZone zone_of(std::string_view meta);

/// Writes the header's members (time, timezone, level, log, host, priority) and gives the text
/// behind it; the whole line where it has no header.
std::string_view write_header(const ecs::ReaderInput& input, RecordWriter& record);

/// Writes a time of the appliance's wall clock as UTC; nothing when the text is none.
void write_wall_time(std::string_view name, std::string_view text, LineZone zone,
                     RecordWriter& record);

}  // namespace cistern::connectors::cisco_secure_email
