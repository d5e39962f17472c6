#include "lab/cisco_secure_email/appliance_log.hpp"

#include "lab/syslog/line_words.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cistern::lab {

namespace {

std::string file_time(TimePoint time) {
  const auto at = calendar_words(time + kApplianceOffset);
  return at.year + at.month + at.day + "T" + at.hour + at.minute + at.second;
}

}  // namespace

std::string appliance_time(TimePoint time) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
  const auto local = time + kApplianceOffset;
  const auto at = calendar_words(local);
  const auto day = std::chrono::weekday(std::chrono::floor<std::chrono::days>(local)).c_encoding();
  return std::string(kDays[day]) + " " + at.month_name + " " + at.padded_day + " " + at.hour + ":" +
         at.minute + ":" + at.second + " " + at.year;
}

LogRoller::LogRoller(std::size_t log, TimePoint start) : log_(log) {
  begin(start);
}

void LogRoller::begin(TimePoint time) {
  const auto& log = kApplianceLogs[log_];
  file_ = {};
  file_.log = log_;
  file_.begun = time;
  file_.name = std::string(log.file) + ".@" + file_time(time) + ".s";
  line_ = 0;
  if (log.banner) {
    write(time, "Info: Begin Logfile");
    write(time, "Info: Version: " + std::string(kApplianceVersion) +
                    " SN: " + std::string(kApplianceSerial));
    write(time,
          "Info: Time offset from UTC: " + std::to_string(kApplianceOffset.count()) + " seconds");
  }
  entries_ = 0;
}

void LogRoller::add(TimePoint time, std::string_view text) {
  write(time, text);
  ++entries_;
}

void LogRoller::write(TimePoint time, std::string_view text) {
  FileEntry entry{line_ + 1, file_.bytes.size(), 0};
  // Consolidated lines have a colon behind the time, and no level.
  file_.bytes += appliance_time(time) + (kApplianceLogs[log_].banner ? " " : ": ");
  file_.bytes += text;
  entry.size = file_.bytes.size() - entry.offset;
  file_.bytes += '\n';
  line_ += 1 + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  file_.entries.push_back(entry);
}

ApplianceFile LogRoller::roll(TimePoint time) {
  if (kApplianceLogs[log_].banner) write(time, "Info: End Logfile");
  auto done = std::move(file_);
  done.ended = time;
  begin(time);
  return done;
}

}  // namespace cistern::lab
