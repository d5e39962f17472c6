// Writes what a reader found as one JSON object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::connectors::syslog {

/// Appends members to an object. Empty texts are left out: they say nothing.
class RecordWriter {
 public:
  /// `json` is emptied.
  explicit RecordWriter(std::string& json);
  void text(std::string_view key, std::string_view value);
  void number(std::string_view key, std::int64_t value);
  void flag(std::string_view key) { raw(key, "true"); }
  /// `json` is a valid JSON value without line breaks.
  void raw(std::string_view key, std::string_view json);
  /// An object of that name until end().
  void begin(std::string_view key);
  void end();
  /// Closes the object; nothing may follow.
  void finish() { json_ += '}'; }

 private:
  void name(std::string_view key);
  std::string& json_;
};

/// The name of a field for a key as a device wrote it: lower case, and `_` for what is neither a
/// letter, a digit, `_` nor `-`, because a dot would open an object in an index. At most 64 bytes
/// of `key` count. The view lies in `key` or in `buffer`.
std::string_view field_name(std::string_view key, std::string& buffer);

}  // namespace cistern::connectors::syslog
