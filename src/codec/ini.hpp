// INI files: sections of `key = value` lines, kept as they stand, so that their meaning (which of
// two equal keys counts, which key is known) stays with whoever reads them.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec {

inline constexpr std::size_t kMaxIniBytes = 4U << 20;
inline constexpr std::size_t kMaxIniLines = 100'000;
inline constexpr std::size_t kMaxIniLine = 64U << 10;
inline constexpr std::size_t kMaxIniSections = 4096;

struct IniEntry {
  std::string key;
  std::string value;  ///< Without white space around it.
  /// As it stands behind the sign, line end cut: a value that is one tab is lost by trimming.
  std::string untrimmed;
  int line = 0;  ///< From 1.
};

struct IniSection {
  std::string name;
  int line = 0;
  std::vector<IniEntry> entries;  ///< In order; equal keys stay apart.

  /// The last entry of that key, or null.
  [[nodiscard]] const IniEntry* find(std::string_view key) const;
};

/// Something odd that was passed over.
struct IniNote {
  int line = 0;
  std::string what;
};

struct IniFile {
  std::string name;  ///< For messages.
  std::vector<IniSection> sections;
  std::vector<IniNote> notes;

  [[nodiscard]] const IniSection* find(std::string_view section) const;
};

/// Reads the whole text. Comments are lines that begin with '#' or ';'; a value runs to the end of
/// its line, may hold '=' and may be empty. A section that is named twice is one section, at the
/// place of the first. Lines that are neither are noted and passed over. Fails with "ini/..." and
/// the line where going on would attach keys to the wrong section (a broken heading), where a text
/// is not UTF-8 or holds NUL, and at the bounds above.
Result<IniFile> parse_ini(std::string_view text, std::string name);

/// Which of equal keys count.
enum class Duplicates : unsigned char { last, first, all };

/// The entries that count, in the order of each key's first appearance (with `all`: every one at
/// its own place). Views into `entries`.
std::vector<const IniEntry*> effective_entries(const std::vector<IniEntry>& entries,
                                               Duplicates duplicates);

}  // namespace cistern::codec
