// The syslog destination: which server, when to reconnect, and what a failure means.
#pragma once

#include "destinations/syslog/sender.hpp"
#include "destinations/syslog/server_choice.hpp"
#include "destinations/syslog/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cistern::destinations::syslog {

/// At least once: a batch whose delivery did not succeed is sent again, by RELP only what of it is
/// unanswered. Equal events carry equal identities.
class SyslogDestination final : public runtime::Destination {
 public:
  /// `tls`: null where no server speaks TLS.
  SyslogDestination(SyslogSettings settings, std::unique_ptr<net::TlsClient> tls,
                    const runtime::DestinationContext& context);

  Status open(const std::string& state) override;
  Result<std::string> deliver(const runtime::Batch& batch) override;
  void close() override;
  std::optional<Duration> due() override;
  Result<std::optional<std::string>> tend() override;
  void cancel() override { cancellation_.cancel(); }
  /// By RELP the receiver's answer and the cursor move together, so that a kill repeats at most one
  /// window; the others cannot promise that much.
  [[nodiscard]] bool exact() const override { return acknowledged(); }
  [[nodiscard]] bool wants_facts() const override { return true; }
  [[nodiscard]] std::uint64_t most_events() const override {
    return acknowledged() ? settings_.sender.window : 0;
  }
  std::vector<runtime::MappingDrift> take_drift() override;

 private:
  [[nodiscard]] bool acknowledged() const { return uses_relp(settings_.servers.front().transport); }
  Status make_ready();
  Status connect_any();
  Status connect(std::size_t server);
  void return_to_better();
  void leave(const Failure& why);
  Failure none_works(const std::vector<Failure>& failures) const;
  [[nodiscard]] const Server& server(std::size_t number) const { return settings_.servers[number]; }

  SyslogSettings settings_;
  std::unique_ptr<net::TlsClient> tls_;
  std::string name_;
  const Clock& clock_;
  Log& log_;
  net::Cancellation cancellation_;
  MessageWriter writer_;
  RelpProgress progress_;
  ServerChoice choice_;
  std::vector<std::size_t> turns_;   // Of each server's addresses: failures count them on.
  std::optional<std::size_t> last_;  // The server used last, to tell of a change.
  bool cuts_told_ = false;
  std::unique_ptr<Sender> sender_;
};

}  // namespace cistern::destinations::syslog
