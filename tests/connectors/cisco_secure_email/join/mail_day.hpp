// A day of mail traffic of one appliance as its log files, and what became of every message. Made
// without any code of the product, so that both cannot share a mistake.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace cistern::test {

/// What one message event should say in the end.
struct TrueMessage {
  std::uint64_t mid = 0;
  int life = 0;  ///< How often the counters had been reset when it came.
  std::string action;
  std::string sender;
  std::map<std::string, std::string> recipients;  ///< Address to result.
  std::string subject;
  std::string message_id;
  std::uint64_t size = 0;
  std::uint64_t icid = 0;  ///< 0: none.
  std::string client_ip;
  std::string antispam;
  std::string antivirus;
  std::string finished;
  std::uint64_t root = 0;  ///< Differs from mid for what goes on for another.
};

struct LogFile {
  std::string name;
  std::string id;  ///< What a content-derived identity would be.
  std::int64_t begin = 0;
  std::vector<std::string> records;  ///< Lines with their continuations, as an intake makes them.
};

struct MailDay {
  std::vector<LogFile> files;  ///< In the order of time.
  std::vector<TrueMessage> messages;
  std::int64_t reset_at = 0;  ///< Seconds when the counters began anew; 0: never.
  std::uint64_t bytes = 0;
};

struct MailDayOptions {
  std::uint32_t seed = 1;
  std::size_t connections = 1000;
  std::size_t files = 24;
  bool reset = true;
  bool torn = true;                    ///< Files may end in the middle of a line.
  std::int64_t begin = 1'710'720'000;  ///< 2024-03-18 00:00:00 UTC.
  std::int64_t seconds = 22 * 3600;    ///< In which messages come.
  /// Numbers of the first life begin here; those behind the reset begin at 1, so a small one is
  /// reached again.
  std::uint64_t first_number = 7000;
};

MailDay make_mail_day(const MailDayOptions& options);

/// `Mon Mar 18 08:12:01 2024`
std::string asctime_of(std::int64_t seconds);

}  // namespace cistern::test
