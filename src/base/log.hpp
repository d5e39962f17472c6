// Structured log: what happened in words, and the facts as fields.
//
// Normal operation writes no lines but one heartbeat per connector a minute; a line is written when
// a state changes, not at each attempt. There is no overload for Secret, and there must be none.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace cistern {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(std::string_view{text}) {}
  LogField(std::string_view field, const std::string& text)
      : name(field), value(std::string_view{text}) {}
  LogField(std::string_view field, std::int64_t number) : name(field), value(number) {}
  LogField(std::string_view field, std::uint64_t number) : name(field), value(number) {}
  LogField(std::string_view field, int number) : name(field), value(std::int64_t{number}) {}
  LogField(std::string_view field, double number) : name(field), value(number) {}
  LogField(std::string_view field, bool flag) : name(field), value(flag) {}
};

/// Safe to call from any thread. Implementations never throw and never block on the network.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view component, std::string_view message,
                     std::initializer_list<LogField> fields = {}) = 0;

  void debug(std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields = {}) {
    write(LogLevel::debug, component, message, fields);
  }
  void info(std::string_view component, std::string_view message,
            std::initializer_list<LogField> fields = {}) {
    write(LogLevel::info, component, message, fields);
  }
  void warning(std::string_view component, std::string_view message,
               std::initializer_list<LogField> fields = {}) {
    write(LogLevel::warning, component, message, fields);
  }
  void error(std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields = {}) {
    write(LogLevel::error, component, message, fields);
  }
};

enum class LogFormat : std::uint8_t { human, json };

/// Writes to standard error: coloured lines for people (colours only when `colour`), or one JSON
/// object a line (`time`, `level`, `component`, `message`, and the fields).
std::unique_ptr<Log> make_stderr_log(LogFormat format, LogLevel least, bool colour);

/// Swallows everything; for tests and one-shot commands.
std::unique_ptr<Log> make_null_log();

}  // namespace cistern
