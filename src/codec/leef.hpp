// LEEF, the Log Event Extended Format: `LEEF:2.0|Vendor|Product|Version|Event id|x09|key=value…`
//
// The format knows no escapes, so the writer replaces what would end a field: pipes and control
// characters of the header, the delimiter and line breaks of values become spaces.
#pragma once

#include "codec/line_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec::leef {

enum class Version : std::uint8_t { v1, v2 };

/// What a predefined key's value is.
enum class KeyKind : std::uint8_t { text, integer, ip, mac, time, boolean };

struct KeyRule {
  std::string_view key;
  KeyKind kind = KeyKind::text;
};

/// The predefined key of that name; nothing for a key of somebody's own.
std::optional<KeyRule> find_key(std::string_view key);

/// Whether the text may be a key: 1 to 63 ASCII letters, digits and underscores, and not a
/// predefined key in other letters, which a reader would take for it.
bool is_key(std::string_view text);

/// A delimiter of attributes as it is configured: one character, or `x` (or `0x`) and up to four
/// hexadecimal digits. Nothing when it is none or could not be told from keys and values: letters,
/// digits, space, `=`, `|`, `_`, quotes, line breaks, NUL, and what is no ASCII.
std::optional<char> parse_delimiter(std::string_view text);

struct Header {
  std::string_view vendor;
  std::string_view product;
  std::string_view version;
  std::string_view event_id;
};

/// Writes one line after the other.
class Writer {
 public:
  class Builder {
   public:
    /// As for CEF.
    std::optional<std::size_t> add(std::string_view key);
    /// LEEF 1.0 knows no delimiter but tab; `max_length` as for CEF.
    Writer build(Version version, char delimiter, std::size_t max_length) &&;

   private:
    LineKeys keys_;
  };

  LineLoss begin(const Header& header);
  /// Of a key's values the first counts; an empty one is left out.
  LineLoss add(std::size_t key, std::string_view value) { return line_.add(key, value); }
  [[nodiscard]] std::string_view text() const { return line_.text(); }

 private:
  Writer(LineBuilder line, std::string delimiter)
      : line_(std::move(line)), delimiter_(std::move(delimiter)) {}
  LineBuilder line_;
  std::string delimiter_;  ///< As the header names it; empty for LEEF 1.0.
};

/// A line that was read.
struct Message {
  std::string prefix;  ///< Before "LEEF:": a syslog header, perhaps.
  std::string version;
  std::string vendor;
  std::string product;
  std::string product_version;
  std::string event_id;
  std::vector<LinePair> attributes;  ///< In the order of the line.

  /// The value of the first attribute with that key, or null.
  [[nodiscard]] const std::string* find(std::string_view key) const;
};

/// Reads a line as producers write it: with or without a delimiter in the header, and tabs written
/// as `\t` or `<009>` where no real one stands. A piece without an equals sign belongs to the value
/// before it. Nothing, and why in `problem` (static text), when there is no header of five fields
/// or a bound is crossed.
std::optional<Message> read(std::string_view line, std::string_view& problem,
                            const LineReadLimits& limits = {});

}  // namespace cistern::codec::leef
