// From files to records: what the journal's inbox holds and what a watched folder shows is read
// exactly once, oldest first.
#pragma once

#include "connectors/cisco_secure_email/log_kind.hpp"
#include "runtime/connector.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace cistern::connectors::cisco_secure_email {

/// A folder that somebody else's sshd writes to.
struct WatchSettings {
  std::string folder;
  std::string appliance;             ///< For files that do not tell their serial number.
  std::optional<LogKind> kind = {};  ///< Of all its files; otherwise by name and content.
  std::string zone = {};             ///< IANA name; overrides the offset that files tell.
  bool remove = false;               ///< Files are removed once they are stored whole.
  Duration interval = std::chrono::seconds{5};
  Duration stable = std::chrono::seconds{30};  ///< WatchTable.
};

struct IntakeSettings {
  std::string connector;
  std::optional<WatchSettings> watch;
  std::string zone;  ///< For files without one of their own, in their description or in the watch.
  /// After an outage the newest file comes first and older ones follow: a log's files wait so long
  /// for the next one to come (at most twelve times as long), then the oldest is read first.
  Duration settle = std::chrono::seconds{5};
  std::uint64_t max_file = 512ULL << 20;  ///< Decompressed bytes of one file.
};

/// Counters since the start.
struct IntakeFacts {
  std::uint64_t files = 0;     ///< Read to their end.
  std::uint64_t repeated = 0;  ///< Of these, pushed again with nothing new.
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;    ///< Of the records.
  std::uint64_t waiting = 0;  ///< Files that wait for their turn, now.
  /// What was refused, lost, cut or put off, by reason: "refused_kind", "refused_name", "damaged",
  /// "bound", "put_off", "zone".
  std::map<std::string, std::uint64_t, std::less<>> incidents;
};

/// Lives on the I/O loop. stop() leaves what is not handed over to the next start.
class FileIntake : public runtime::Connector {
 public:
  [[nodiscard]] virtual IntakeFacts facts() const = 0;
};

/// The journal of `services` must have an inbox.
std::unique_ptr<FileIntake> make_file_intake(IntakeSettings settings,
                                             const runtime::Services& services);

}  // namespace cistern::connectors::cisco_secure_email
