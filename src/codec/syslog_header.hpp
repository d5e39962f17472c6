// Headers of syslog messages: RFC 5424 and RFC 3164.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::codec {

/// The number of a facility: "local0", "authpriv", or "16". Nothing on anything else.
std::optional<std::uint8_t> syslog_facility(std::string_view name);

/// The number of a severity: "warning", "err" (or "error"), or "4". Nothing on anything else.
std::optional<std::uint8_t> syslog_severity(std::string_view name);

/// The greatest lengths that RFC 5424 allows.
inline constexpr std::size_t kSyslogHostLimit = 255;
inline constexpr std::size_t kSyslogAppLimit = 48;
inline constexpr std::size_t kSyslogNameLimit = 32;  ///< SD-ID, PARAM-NAME.

/// `text` as a header field: printable ASCII without blanks, anything else as '?', at most `limit`
/// characters, and "-" for an empty text.
std::string syslog_field(std::string_view text, std::size_t limit);

/// What stands before a message. The texts must have gone through syslog_field().
struct SyslogHeader {
  std::uint8_t facility = 16;
  std::uint8_t severity = 6;
  TimePoint time{};  ///< The epoch: unknown.
  std::string_view host = "-";
  std::string_view app = "-";
  /// RFC 5424 only: the inside of STRUCTURED-DATA as made by the functions below; empty for none.
  std::string_view structured_data{};
};

/// `<PRI>1 TIME HOST APP - - SD ` with a blank at the end. The time is UTC with at most
/// microseconds, because no more digits are allowed.
void append_rfc5424(std::string& out, const SyslogHeader& header);

/// `<PRI>Mmm dd hh:mm:ss HOST TAG: ` with a blank at the end. The form has no zone: `utc_offset` is
/// added, and receivers take the result for their own local time. An unknown time is left out
/// together with the host, as the standard wants it from those who have no clock. Of the app, what
/// may stand in a TAG: 32 letters and digits, and '-' and '_', which all receivers take.
void append_rfc3164(std::string& out, const SyslogHeader& header, std::chrono::seconds utc_offset);

/// Structured data: `[name` ... ` param="value"` ... `]`. The names must have gone through
/// syslog_field() and hold no '=', ']' or '"'; values are UTF-8 and are escaped.
void begin_structured_element(std::string& out, std::string_view name);
void append_structured_param(std::string& out, std::string_view name, std::string_view value);
void end_structured_element(std::string& out);

/// At most `limit` bytes of `text`, without cutting inside a UTF-8 sequence or behind a backslash
/// that begins an escape (CEF, LEEF and JSON all escape with it).
std::string_view safe_cut(std::string_view text, std::size_t limit);

}  // namespace cistern::codec
