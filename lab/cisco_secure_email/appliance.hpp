// The lab's mail appliance: writes logs, rolls them, pushes each file, and pushes failed ones again
// behind the next, newest first. It knows which files the collector has acknowledged, which lines
// they hold, and what every message was.
#pragma once

#include "base/clock.hpp"
#include "lab/cisco_secure_email/appliance_log.hpp"
#include "lab/cisco_secure_email/mail_traffic.hpp"
#include "lab/cisco_secure_email/push.hpp"
#include "lab/harness/faults.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct ApplianceOptions {
  PushTarget target;
  std::uint64_t seed = 1;
  Duration history = std::chrono::hours{6};
  double history_per_hour = 200;  ///< Connections.
  double live_per_second = 2;
  Duration history_roll = std::chrono::hours{2};
  Duration live_roll = std::chrono::seconds{5};  ///< Of the mail log; the others take longer.
  std::size_t roll_bytes = 4 << 20;
  FaultProfile profile = FaultProfile::calm;
};

/// A rolled file and what became of it.
struct PushedFile {
  std::shared_ptr<const ApplianceFile> file;
  bool acknowledged = false;
  TimePoint acknowledged_at{};
  std::uint32_t attempts = 0;
  bool tried_whole = false;  ///< All of its bytes have left once: the collector may have it.
  std::vector<std::string> other_names;  ///< It was also pushed under these.
};

class Appliance {
 public:
  virtual ~Appliance() = default;
  struct Truth {
    std::vector<PushedFile> files;
    std::vector<MailTruth> mails;  ///< That have finished in the log.
    std::uint64_t last_mid = 0;
    TimePoint log_until{};  ///< End of the newest rolled mail log.
  };
  [[nodiscard]] virtual Truth truth() const = 0;
  struct Counts {
    std::uint64_t files = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t attempts = 0;
    std::string last_refusal;
  };
  [[nodiscard]] virtual Counts counts() const = 0;
  /// No new mail; all logs are rolled and pushed until everything is acknowledged. Waits for that,
  /// at most so long.
  virtual void freeze(Duration most) = 0;
  /// Whether that end was reached.
  [[nodiscard]] virtual bool settled() const = 0;
};

std::unique_ptr<Appliance> start_appliance(const ApplianceOptions& options, const Clock& clock);

}  // namespace cistern::lab
