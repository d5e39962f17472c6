// Which file is read next.
#pragma once

#include "base/time.hpp"
#include "connectors/cisco_secure_email/file_reading.hpp"
#include "connectors/cisco_secure_email/watch_table.hpp"
#include "journal/inbox/inbox.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace cistern::connectors::cisco_secure_email {

struct PendingFile {
  FileFacts facts;
  std::string inbox_id;                ///< Empty: of the watched folder.
  std::optional<WatchedFile> watched;  ///< Of the inbox: none.
  std::string problem;                 ///< Why it cannot be read at all; empty when it can.
  TimePoint received{};
};

/// The file that the entry of the inbox describes.
PendingFile pending_of(const journal::InboxEntry& entry);

/// Files of one log of one source come one behind the other, by the time in their names. Pure.
class IntakeQueue {
 public:
  explicit IntakeQueue(Duration settle) : settle_(settle) {}

  void add(PendingFile file, Duration now);
  /// The oldest file of the log that is due longest.
  std::optional<PendingFile> next(Duration now);
  /// How long until a file is due; nothing when none waits.
  [[nodiscard]] std::optional<Duration> due_in(Duration now) const;
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Log {
    std::map<std::pair<std::string, std::string>, PendingFile> files;  ///< By time and name.
    Duration first{0};  ///< When the first one that waits came.
    Duration last{0};
  };
  [[nodiscard]] Duration due(const Log& log) const;

  Duration settle_;
  std::map<std::string, Log> logs_;
  std::size_t size_ = 0;
};

}  // namespace cistern::connectors::cisco_secure_email
