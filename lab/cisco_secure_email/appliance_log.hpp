// The logs of the lab's appliance: which there are, how their lines look, and the files they roll
// into.
#pragma once

#include "base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// A log subscription.
struct ApplianceLog {
  std::string_view name;  ///< Of the subscription, and the folder on the appliance.
  std::string_view file;  ///< What its files' names begin with.
  std::string_view kind;  ///< What a collector has to call its lines.
  bool banner = true;     ///< Its files begin and end with lines about themselves.
};

inline constexpr std::size_t kMailLog = 0;
inline constexpr std::size_t kConsolidatedLog = 1;
inline constexpr std::array<ApplianceLog, 12> kApplianceLogs = {{
    {"mail_logs", "mail", "mail", true},
    {"consolidated_event", "consolidated_event", "consolidated", false},
    {"authentication", "authentication", "authentication", true},
    {"gui_logs", "gui_logs", "gui", true},
    {"cli_logs", "cli_logs", "cli", true},
    {"system_logs", "system_logs", "system", true},
    {"amp", "amp", "amp", true},
    {"bounces", "bounces", "bounce", true},
    {"status", "status", "status", true},
    {"antispam", "antispam", "antispam", true},
    {"content_scanner", "content_scanner", "content_scanner", true},
    {"error_logs", "error_logs", "error", true},
}};

inline constexpr std::string_view kApplianceSerial = "42127C7D00006852677B-F80CE8070000";
inline constexpr std::string_view kApplianceVersion = "15.0.1-030";
/// The appliance's clock is seven hours behind UTC, all year.
inline constexpr std::chrono::seconds kApplianceOffset{-25200};

/// "Mon Mar 18 08:12:00 2024" in the appliance's time.
std::string appliance_time(TimePoint time);

/// One entry of a log; folded headers make several lines of one.
struct FileEntry {
  std::uint64_t line = 0;  ///< Of its first line, from 1.
  std::size_t offset = 0;
  std::size_t size = 0;  ///< Without the last line break.
};

/// A file as it is rolled.
struct ApplianceFile {
  std::size_t log = 0;
  std::string name;  ///< "mail.@20240318T081200.s"
  TimePoint begun{};
  TimePoint ended{};
  std::string bytes;
  std::vector<FileEntry> entries;

  [[nodiscard]] std::string_view text_of(const FileEntry& entry) const {
    return std::string_view(bytes).substr(entry.offset, entry.size);
  }
};

/// Writes the lines of one log into files.
class LogRoller {
 public:
  LogRoller(std::size_t log, TimePoint start);
  /// Text with its level, "Info: ..."; the time stands before it.
  void add(TimePoint time, std::string_view text);
  /// Bytes and age of the file that is being written; no bytes while nothing but its banner is in
  /// it.
  [[nodiscard]] std::size_t bytes() const { return entries_ == 0 ? 0 : file_.bytes.size(); }
  [[nodiscard]] TimePoint begun() const { return file_.begun; }
  /// Ends the file and begins the next. Files of one log differ in their second: call it at a later
  /// one.
  ApplianceFile roll(TimePoint time);

 private:
  void begin(TimePoint time);
  void write(TimePoint time, std::string_view text);

  std::size_t log_;
  ApplianceFile file_;
  std::uint64_t line_ = 0;
  std::size_t entries_ = 0;
};

}  // namespace cistern::lab
