// A file's bytes as entries: lines, with those that continue the line before joined to it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// Lines that are joined to one entry, and their bytes; what goes on beyond it is an entry of its
/// own, with a problem.
inline constexpr std::uint64_t kMostJoinedLines = 32;
inline constexpr std::uint64_t kMostJoinedBytes = 64U << 10;
/// A line without a break is cut here.
inline constexpr std::uint64_t kLongestLine = 1U << 20;

struct FileLine {
  std::uint64_t from = 0;    ///< Offset of its first byte in the file.
  std::uint64_t number = 0;  ///< Of its first line, from 1.
  std::uint64_t lines = 0;   ///< How many it is made of.
  std::string_view bytes;    ///< With the final line break, where there is one.
  std::string_view text;     ///< Without it.
  std::string_view problem;  ///< Static text; empty for a sound one.
};

/// Bytes may come in any pieces; the entries are the same. Views are valid while `each` runs.
class FileLines {
 public:
  using Each = std::function<void(const FileLine&)>;

  /// Continues a file at an entry's first byte. `joins`: whether the file has entries to which
  /// lines can be joined; otherwise each line is one.
  FileLines(std::uint64_t offset, std::uint64_t lines_before, bool joins)
      : offset_(offset), number_(lines_before + 1), joins_(joins) {}

  void add(std::string_view bytes, const Each& each);
  /// The file ends here: what stands open is its last entry.
  void finish(const Each& each);

 private:
  void line(std::size_t end, const Each& each);
  void cut(const Each& each);
  void emit(std::size_t end, const Each& each);
  [[nodiscard]] std::string_view rest(std::size_t from) const {
    return std::string_view{buffer_}.substr(from);
  }

  std::string buffer_;    ///< From the first byte of the open entry.
  std::uint64_t offset_;  ///< Of the buffer in the file.
  std::uint64_t number_;  ///< Of the open entry's first line.
  bool joins_;
  std::size_t begin_ = 0;     ///< Of the open entry in the buffer.
  std::size_t line_ = 0;      ///< Of the line whose end is looked for.
  std::size_t searched_ = 0;  ///< No line break stands before it.
  std::uint64_t lines_ = 0;   ///< Whole ones of the open entry.
  std::string_view problem_;  ///< Of the open entry.
  bool cut_line_ = false;     ///< What follows is the rest of a line that was cut.
};

}  // namespace cistern::connectors::cisco_secure_email
