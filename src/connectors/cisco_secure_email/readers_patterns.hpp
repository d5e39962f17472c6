// Forms of log lines written as patterns, for logs whose lines are few.
//
//   User {user*} logged out of SSH session {client_ip}
//
// `{name}` takes what stands before the next words of the pattern, `{name*}` what stands before
// their last occurrence (for values that a stranger wrote, where what follows is AsyncOS's own),
// `{name#}` digits only. At the pattern's end a field takes the rest.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

struct Pattern {
  std::string_view form;  ///< As event.action has it.
  std::string_view text;
};

/// The fields of a line that a pattern took.
class Captures {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };
  void clear() { count_ = 0; }
  /// False when there is no room: a mistake in a pattern, which a test finds.
  bool add(std::string_view name, std::string_view value) {
    if (count_ == fields_.size()) return false;
    fields_.at(count_++) = {name, value};
    return true;
  }
  [[nodiscard]] std::span<const Field> fields() const { return {fields_.data(), count_}; }

 private:
  std::array<Field, 12> fields_{};
  std::size_t count_ = 0;
};

/// Whether the whole text has the pattern's form. Each byte is looked at a bounded number of times.
bool match_pattern(std::string_view pattern, std::string_view text, Captures& captures);

/// The first of the patterns that the text has the form of, or null.
const Pattern* find_pattern(std::span<const Pattern> patterns, std::string_view text,
                            Captures& captures);

std::span<const Pattern> file_patterns();  ///< The banner that every log file has.
std::span<const Pattern> authentication_patterns();
std::span<const Pattern> web_patterns();
std::span<const Pattern> system_patterns();
std::span<const Pattern> command_patterns();
std::span<const Pattern> antivirus_patterns();
std::span<const Pattern> antispam_patterns();
std::span<const Pattern> content_scanner_patterns();
std::span<const Pattern> error_patterns();

}  // namespace cistern::connectors::cisco_secure_email
