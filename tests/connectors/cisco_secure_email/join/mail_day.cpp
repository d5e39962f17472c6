#include "mail_day.hpp"

#include "mail_traffic.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <random>

namespace cistern::test {
namespace {

/// The bytes of the log from one roll-over to the next, and the second of each.
struct Chunk {
  std::string bytes;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

bool is_head(const std::string& line) {
  static constexpr std::array kDays{"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "};
  if (line.size() < 31 || line.compare(24, 6, " Info:") != 0) return false;
  return std::any_of(kDays.begin(), kDays.end(),
                     [&](const char* day) { return line.compare(0, 4, day) == 0; });
}

void add_record(LogFile& file, const std::string& line) {
  if (is_head(line) || file.records.empty()) {
    file.records.push_back(line);
  } else {
    file.records.back() += "\n" + line;
  }
}

LogFile file_of(const Chunk& chunk, std::size_t number) {
  LogFile file;
  file.begin = chunk.begin;
  file.name = "mail_logs.@" + std::to_string(chunk.begin) + ".s";
  file.id = "file-" + std::to_string(number);
  const std::string begin = asctime_of(chunk.begin) + " Info: ";
  file.records.push_back(begin + "Begin Logfile");
  file.records.push_back(begin + "Version: 15.0.1-030 SN: 42127C7D00006852677B-F80CE8070000");
  file.records.push_back(begin + "Time offset from UTC: 0 seconds");
  std::size_t at = 0;
  while (at < chunk.bytes.size()) {
    const std::size_t end = std::min(chunk.bytes.find('\n', at), chunk.bytes.size());
    add_record(file, chunk.bytes.substr(at, end - at));
    at = end + 1;
  }
  if (chunk.bytes.empty() || chunk.bytes.back() == '\n') {
    file.records.push_back(asctime_of(chunk.end) + " Info: End Logfile");
  }
  return file;
}

}  // namespace

std::string asctime_of(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a %b %d %H:%M:%S %Y", &parts);
  return text.data();
}

MailDay make_mail_day(const MailDayOptions& options) {
  MailDay day;
  const auto lines = play_traffic(options, day);
  std::string all;
  std::vector<std::size_t> ends;
  for (const SaidLine& line : lines) {
    all += asctime_of(line.at) + " Info: " + line.text + "\n";
    ends.push_back(all.size());
  }
  day.bytes = all.size();
  std::mt19937 random{options.seed + 1};
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < options.files; ++i)
    cuts.push_back(std::uniform_int_distribution<std::size_t>(1, all.size() - 1)(random));
  std::sort(cuts.begin(), cuts.end());
  cuts.push_back(all.size());
  const auto said_at = [&](std::size_t byte) {
    const auto line = std::upper_bound(ends.begin(), ends.end(), byte) - ends.begin();
    return lines[static_cast<std::size_t>(line)].at;
  };
  std::size_t from = 0;
  for (std::size_t cut : cuts) {
    auto end =
        static_cast<std::size_t>(std::lower_bound(ends.begin(), ends.end(), cut) - ends.begin());
    if (!options.torn) cut = ends[end];
    // Files are named after the second in which they begin: an appliance makes no two in one.
    if (cut <= from || (cut < all.size() && said_at(cut) <= said_at(from))) continue;
    const auto first =
        static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), from) - ends.begin());
    day.files.push_back(
        file_of({all.substr(from, cut - from), lines[first].at, lines[end].at}, day.files.size()));
    from = cut;
  }
  return day;
}

}  // namespace cistern::test
