// Messages become records: header, filter, rules, stream and meta.
#pragma once

#include "base/clock.hpp"
#include "codec/syslog_message.hpp"
#include "connectors/syslog/settings.hpp"
#include "runtime/listen/listen_batch.hpp"
#include "runtime/listen/listen_counters.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::syslog {

/// Where messages come from: a connection, or an address that sends datagrams.
class Source {
 public:
  Source(const Settings& settings, std::size_t listener, const net::Sender& sender,
         const std::string& certificate);

 private:
  friend class Intake;
  /// A meta that was written, and for which messages.
  struct Written {
    std::uint64_t batch = 0;  // In whose memory it stands.
    std::uint32_t key = 0;
    std::string_view meta;
  };
  std::string beginning_;                // Of the meta, the same for all messages.
  std::vector<std::size_t> candidates_;  // Rules that hold for the sender.
  std::array<Written, 16> written_;
};

/// One thread at a time.
class Intake {
 public:
  Intake(std::shared_ptr<const Settings> settings, const Clock& clock,
         std::shared_ptr<runtime::ListenCounters> counters);

  /// `raw` lives as long as the batch.
  void take(Source& source, std::string_view raw, bool truncated, runtime::ListenBatch& batch);
  /// Reads the clock: the messages that follow count as received now.
  void begin() { received_ = clock_.now(); }
  /// Hands the counts over.
  void end(std::string_view sender);
  [[nodiscard]] const Settings& settings() const { return *settings_; }
  [[nodiscard]] runtime::ListenCounters& counters() { return *counters_; }

 private:
  const codec::WallClock& clock_of(std::size_t rule) const;
  std::string_view meta(Source& source, const codec::SyslogMessage& message, std::size_t rule,
                        bool truncated, runtime::ListenBatch& batch);

  std::shared_ptr<const Settings> settings_;
  const Clock& clock_;
  std::shared_ptr<runtime::ListenCounters> counters_;
  codec::WallClock default_clock_;
  std::vector<codec::WallClock> rule_clocks_;
  TimePoint received_{};
  std::string scratch_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t truncated_ = 0;
  std::uint64_t filtered_ = 0;
};

}  // namespace cistern::connectors::syslog
