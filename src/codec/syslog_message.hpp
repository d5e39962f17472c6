// Reading the header of a syslog message: RFC 5424, and RFC 3164 in the shapes that really arrive.
//
// Nothing is ever refused: what cannot be read as a header belongs to the text. The views point
// into the message that was read.
#pragma once

#include "base/time.hpp"
#include "base/time_zone.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::codec {

/// Turns what a clock on the wall shows into UTC. Remembers the last quarter of an hour, because
/// messages come in the order of their time. One thread at a time.
class WallClock {
 public:
  WallClock() = default;
  explicit WallClock(TimeZone zone) : zone_(std::move(zone)) {}
  /// `local`: seconds since 1970 as if the wall's time were UTC. Of an hour that came twice the
  /// first is meant; one that was left out counts as the hour behind it.
  [[nodiscard]] std::int64_t utc(std::int64_t local) const;
  /// The offset of a zone's abbreviation ("CEST"): as the zone itself uses it, else of those that
  /// mean the same everywhere. Nothing for the others: IST, BST and CST have several meanings.
  [[nodiscard]] std::optional<std::int64_t> offset_of(std::string_view abbreviation,
                                                      std::int64_t local) const;

 private:
  TimeZone zone_;
  mutable std::int64_t quarter_ = INT64_MIN;
  mutable std::int64_t offset_ = 0;
};

struct SyslogMessage {
  enum class Form : std::uint8_t {
    bare,     ///< No header but perhaps a PRI.
    rfc3164,  ///< At least a time, or a tag.
    rfc5424,
  };
  Form form = Form::bare;
  bool has_priority = false;
  std::uint8_t facility = 1;  ///< user.notice where there is no PRI (RFC 3164 section 4.3.3).
  std::uint8_t severity = 5;
  TimePoint time{};                    ///< The epoch: the header names none.
  bool time_has_zone = false;          ///< Otherwise it was read as the sender's wall clock.
  bool clock_unsure = false;           ///< Cisco's `*` or `.` before the time: clock not set.
  std::string_view host{};             ///< Empty: none; the peer's address stands for it.
  std::string_view app{};              ///< APP-NAME, or the TAG.
  std::string_view process{};          ///< PROCID, or what stands in brackets behind the TAG.
  std::string_view message_id{};       ///< MSGID.
  std::string_view structured_data{};  ///< With its brackets; empty for "-".
  std::string_view sequence{};         ///< Cisco's number before the time.
  std::string_view text{};             ///< The message without header and byte order mark.
  /// A relay put its own header before that of the sender, of which all of the above is.
  struct Relay {
    std::uint8_t facility = 1;
    std::uint8_t severity = 5;
    TimePoint time{};
    std::string_view host{};
  };
  std::optional<Relay> relay{};
};

/// `received` decides about the year where there is none: that of the receiver, unless the message
/// would come from more than a day ahead; `clock` is the wall clock of a sender that names no zone.
SyslogMessage read_syslog_message(std::string_view message, TimePoint received,
                                  const WallClock& clock);

/// One parameter of structured data. The value is as it stands in the message.
struct SyslogParam {
  std::string_view element;  ///< SD-ID
  std::string_view name;
  std::string_view value;
};

/// Walks over structured data that read_syslog_message() found. An element without parameters comes
/// once, with an empty name.
class SyslogParams {
 public:
  explicit SyslogParams(std::string_view structured_data) : rest_(structured_data) {}
  std::optional<SyslogParam> next();

 private:
  std::string_view rest_;
  std::string_view element_;
  bool any_ = false;
};

/// Undoes the escapes of a parameter's value: \" \\ \] (a backslash before anything else stands for
/// itself).
void append_unescaped_param(std::string& out, std::string_view value);

}  // namespace cistern::codec
