#include "base/log.hpp"

#include "base/clock.hpp"
#include "base/log_line.hpp"

#include <string>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace cistern {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class StderrLog final : public Log {
 public:
  StderrLog(LogFormat format, LogLevel least, bool colour)
      : logger_("cistern", std::make_shared<spdlog::sinks::stderr_sink_mt>()),
        format_(format),
        colour_(colour) {
    logger_.set_pattern("%v");
    logger_.set_level(spdlog_level(least));
    logger_.flush_on(spdlog::level::trace);
    // A closed standard error must not bring down the collector; there is nowhere left to say so.
    logger_.set_error_handler([](const std::string&) {});
  }

  void write(LogLevel level, std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields) override {
    if (!logger_.should_log(spdlog_level(level))) return;
    try {
      const LogLine line{clock_.now(), level, component, message, {fields.begin(), fields.size()}};
      const std::string text =
          format_ == LogFormat::json ? json_line(line) : human_line(line, colour_);
      logger_.log(spdlog_level(level), spdlog::string_view_t{text.data(), text.size()});
    } catch (const std::exception&) {
      // Out of memory for a line: losing it is better than losing the collector.
    }
  }

 private:
  spdlog::logger logger_;
  SystemClock clock_;
  LogFormat format_;
  bool colour_;
};

class NullLog final : public Log {
 public:
  void write(LogLevel, std::string_view, std::string_view,
             std::initializer_list<LogField>) override {}
};

}  // namespace

std::unique_ptr<Log> make_stderr_log(LogFormat format, LogLevel least, bool colour) {
  return std::make_unique<StderrLog>(format, least, colour);
}

std::unique_ptr<Log> make_null_log() {
  return std::make_unique<NullLog>();
}

}  // namespace cistern
