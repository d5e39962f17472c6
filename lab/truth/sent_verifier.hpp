// What the lab's senders have handed over, beside what a collector stored and delivered.
#pragma once

#include "lab/lab.hpp"
#include "lab/truth/document.hpp"
#include "lab/truth/mail_ledger.hpp"
#include "lab/truth/syslog_ledger.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

namespace cistern::lab {

class SentVerifier {
 public:
  SentVerifier(const VerifyOptions& options, Proof& proof);

  /// A line of the truth of one of the senders. `mine`: whether it was.
  Status add_line(std::string_view line, bool& mine);
  /// A line of the store and its raw bytes; whether a sender (or the joining of its lines) made it.
  bool store_line(std::string_view line, std::string_view raw);
  /// A delivered raw record, by its bytes.
  bool raw_output(const std::string& place, std::string_view raw);
  /// A delivered document, by its identity in the store or its original.
  bool document(const std::string& place, std::string_view document, const DocumentKeys& keys);
  /// The same, by the number that a message carries; for documents that belong to nobody else.
  bool document_by_marker(const std::string& place, std::string_view document);
  /// Adds the senders' part to the proof.
  void add_up(bool has_store, bool has_outputs);

 private:
  struct Noise {};
  struct Joined {
    std::uint64_t mid = 0;
    std::uint64_t revision = 0;
  };
  using Known = std::variant<Noise, Marker, DigestKey, Joined>;

  void find(std::string kind, const std::string& place, std::string id, std::string detail);
  void altered(const std::string& place, std::string id, std::string detail);
  void repeated(const std::string& place, std::string id, std::uint32_t times);
  void remember(std::string_view line, Known known);

  bool store_message(std::string_view line, std::string_view meta, std::string_view raw);
  bool store_unknown_message(std::string_view line, std::string_view meta, std::string_view raw);
  bool store_unknown_entry(std::string_view line, std::string_view meta);
  bool store_joined(std::string_view line, std::string_view raw);

  bool known_document(const std::string& place, std::string_view document, const Known& known);
  void message_document(const std::string& place, std::string_view document, SentMessage& message);
  void count_entry(const std::string& place, SentLine& entry, std::uint32_t& seen);
  void joined_document(const std::string& place, std::string_view document, const Joined& joined);
  [[nodiscard]] std::string name_of(const Marker& marker) const;

  void add_senders(bool has_store, bool has_outputs);
  void add_entries(bool has_store, bool has_outputs);
  void add_mails(bool has_store, bool has_outputs);
  void add_share(VendorShare share);

  const VerifyOptions& options_;
  Proof& proof_;
  SyslogLedger syslog_;
  MailLedger mail_;
  std::unordered_map<std::string, Known> identities_;
  std::map<std::string, std::uint64_t> fragments_;  // By transport.
  std::set<std::pair<std::uint64_t, std::uint64_t>> revisions_;
  std::uint64_t snapshots_ = 0;
  std::uint64_t connections_ = 0;
};

}  // namespace cistern::lab
