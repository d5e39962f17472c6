// CEF, the Common Event Format: `CEF:0|Vendor|Product|Version|Event class|Name|Severity|key=value
// …`
//
// The writer cannot produce a line that a reader takes apart differently: pipes and backslashes of
// the header, and equals signs, backslashes and line breaks of values are escaped, what no escape
// exists for is replaced, and no value is longer than the guide's dictionary allows.
#pragma once

#include "codec/line_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec::cef {

/// What the dictionary says a key's value is.
enum class KeyKind : std::uint8_t { text, integer, real, ipv4, ipv6, mac, time };

struct KeyRule {
  std::string_view key;
  KeyKind kind = KeyKind::text;
  std::uint16_t most = 0;  ///< Characters; 0: the dictionary sets no bound.
};

/// The dictionary's entry, also for the label of a custom key; nothing for a key of somebody's own.
std::optional<KeyRule> find_key(std::string_view key);

/// Whether the text may be a key: 1 to 63 ASCII letters, digits and underscores.
bool is_key(std::string_view text);

/// How the texts of an extension's values, and of the header, are written.
const TextRules& value_rules();
const TextRules& header_rules();

struct Header {
  std::string_view vendor;
  std::string_view product;
  std::string_view version;
  std::string_view event_class;
  std::string_view name;
  int severity = 0;  ///< 0 to 10; others become the nearest of these.
};

/// Writes one line after the other. Keys are named once, so that a line costs no look-up.
class Writer {
 public:
  class Builder {
   public:
    /// The key's number for add(), the same for the same key; nothing when it is none.
    std::optional<std::size_t> add(std::string_view key);
    /// `max_length`: most bytes of a line; 0: no bound. A pair that crosses it is shortened when it
    /// is text, those behind it are left out.
    Writer build(std::size_t max_length) &&;

   private:
    LineKeys keys_;
  };

  LineLoss begin(const Header& header);
  /// Of a key's values the first counts; an empty one is left out. Trailing spaces are left out as
  /// well, since readers drop them.
  LineLoss add(std::size_t key, std::string_view value) { return line_.add(key, value); }
  [[nodiscard]] std::string_view text() const { return line_.text(); }

 private:
  explicit Writer(LineBuilder line) : line_(std::move(line)) {}
  LineBuilder line_;
};

/// A line that was read.
struct Message {
  std::string prefix;  ///< Before "CEF:": a syslog header, perhaps.
  std::string version;
  std::string vendor;
  std::string product;
  std::string device_version;
  std::string event_class;
  std::string name;
  std::string severity;             ///< As it stands: 0 to 10, or a word.
  std::vector<LinePair> extension;  ///< In the order of the line; a key may stand there twice.

  /// The value of the first pair with that key, or null.
  [[nodiscard]] const std::string* find(std::string_view key) const;
};

/// Reads a line as producers write it: whatever stands before "CEF:", blanks before the version,
/// unknown escapes as they are, an unescaped equals sign that follows no key. Nothing, and why in
/// `problem` (static text), when there is no header of seven fields or a bound is crossed.
std::optional<Message> read(std::string_view line, std::string_view& problem,
                            const LineReadLimits& limits = {});

}  // namespace cistern::codec::cef
