// Syslog destinations and batches for tests.
#pragma once

#include "destinations/syslog/delivery.hpp"
#include "fake_receiver.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::destinations::syslog {

/// A batch with texts of its own; it does not move, because its payloads are views.
class MadeBatch {
 public:
  MadeBatch(Sequence first, const std::vector<std::string>& texts) {
    batch.first = first;
    for (const auto& text : texts) {
      held_.push_back(text);
      ids_.push_back("id-" + std::to_string(first));
      runtime::Payload payload{.sequence = first++, .bytes = held_.back()};
      payload.facts.id = ids_.back();
      payload.facts.connector = "contoso";
      payload.facts.stream = "audit";
      batch.payloads.push_back(payload);
    }
    batch.last = first - 1;
  }
  MadeBatch(const MadeBatch&) = delete;
  MadeBatch& operator=(const MadeBatch&) = delete;
  runtime::Batch batch;

 private:
  std::deque<std::string> held_;
  std::deque<std::string> ids_;
};

inline std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i)
    texts.push_back("event " + std::to_string(i));
  return texts;
}

class SyslogDeliveryTest : public ::testing::Test {
 protected:
  /// Bare messages to servers on loopback.
  static SyslogSettings settings(Transport transport, const std::vector<std::uint16_t>& ports) {
    SyslogSettings made;
    for (const auto port : ports)
      made.servers.push_back({.transport = transport, .address = {"127.0.0.1", port}});
    made.message.header = HeaderKind::none;
    made.return_after = std::chrono::minutes{5};
    made.sender.times = {.connect = std::chrono::seconds{5}, .progress = std::chrono::seconds{10}};
    return made;
  }
  SyslogDestination& start(SyslogSettings settings) {
    destination_ = std::make_unique<SyslogDestination>(
        std::move(settings), nullptr,
        runtime::DestinationContext{
            .name = "siem", .files = *files_, .clock = clock_, .log = *log_});
    return *destination_;
  }
  /// A port on which nobody listens.
  static std::uint16_t free_port() {
    const FakeReceiver gone{[](FakePeer&, int) {}};
    return gone.port();
  }

  std::unique_ptr<Files> files_ = make_system_files();
  ManualClock clock_{*parse_time("2026-11-22T00:00:00Z")};
  std::unique_ptr<Log> log_ = make_null_log();
  std::unique_ptr<SyslogDestination> destination_;
};

}  // namespace cistern::destinations::syslog
