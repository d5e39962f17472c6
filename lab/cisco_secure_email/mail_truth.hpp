// What one message of the lab's appliance was, for comparison with the event joined from its lines.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cistern::lab {

struct MailRecipient {
  std::uint64_t rid = 0;
  std::string address;
  std::string result;  ///< "delivered", "bounced", "quarantined", ...
};

/// Members without a value are not compared.
struct MailTruth {
  std::uint64_t mid = 0;
  std::uint64_t root_mid = 0;  ///< Where it came from by rewriting, splitting or release.
  std::uint64_t icid = 0;      ///< 0: made by the appliance itself.
  std::vector<std::uint64_t> dcids;
  TimePoint begun{};     ///< UTC; its own first line.
  TimePoint finished{};  ///< UTC; "Message finished".
  std::string action;
  std::string finish;  ///< "done" or "aborted"
  std::string sender;
  std::vector<MailRecipient> recipients;
  std::string subject;     ///< Without quotes and escapes.
  std::string message_id;  ///< The header's.
  std::uint64_t size = 0;
  std::string policy;
  std::string direction;
  std::string client_ip;
  std::string reverse_dns;
  std::string listener;
  std::string sender_group;
  std::string tls_protocol;
  std::string tls_cipher;
  std::string antispam;
  std::string antivirus;
  std::string spf;
  std::string dkim;
  std::string dmarc;
  std::vector<std::string> quarantines;

  /// As a JSON object whose members are called as in the joined event.
  [[nodiscard]] std::string expected_json() const;
};

}  // namespace cistern::lab
