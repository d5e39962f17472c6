// The section [Template] of a template file, read.
#pragma once

#include "base/result.hpp"
#include "codec/ini.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cistern::codec {

/// Values of all settings by name: those of the file, else the fallbacks.
class TemplateSettings {
 public:
  /// Fails with "template/setting" on an unknown name or a value that is not allowed. A file
  /// without [Template] has the fallbacks only.
  static Result<TemplateSettings> read(const IniFile& file);

  /// `name` is one of the tables' (anything else is a bug and throws std::logic_error).
  [[nodiscard]] const std::string& text(std::string_view name) const;
  /// Where the value stands: "file:12", for messages; the file's name where it is a fallback.
  [[nodiscard]] std::string place(std::string_view name) const;
  /// `decode_escapes` of the value; one tab where the value is nothing but white space with one.
  [[nodiscard]] std::string delimiter(std::string_view name) const;

 private:
  struct Value {
    std::string text;
    std::string untrimmed;
    std::string place;
  };
  std::map<std::string, Value, std::less<>> values_;
};

/// `file:line: what`.
Failure template_failure(const std::string& code, const std::string& place, const std::string& what,
                         std::string next_step);

}  // namespace cistern::codec
