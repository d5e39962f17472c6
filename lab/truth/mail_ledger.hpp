// The truth of the lab's mail appliance in memory: the lines of the files it pushed, and the
// messages they tell of.
#pragma once

#include "lab/truth/sent_line.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cistern::lab {

/// A text that stands in the files so and so often.
struct SentLine {
  std::uint32_t owed = 0;     ///< In files that were acknowledged in time.
  std::uint32_t allowed = 0;  ///< In all files that a collector may have.
  std::uint32_t in_store = 0;
  std::uint32_t in_outputs = 0;
  std::uint32_t file = 0;  ///< Where it stands first.
  std::uint32_t line = 0;
};

/// A message of the appliance, and the newest event that was joined from its lines.
struct SentMail {
  std::uint64_t mid = 0;
  std::string expect;  ///< JSON: what the event has to say.
  bool owed = false;
  std::uint64_t revision = 0;  ///< Highest one stored; 0: none.
  std::string event;           ///< That one's JSON.
  std::string id;              ///< Its identity in the store.
  std::uint32_t in_outputs = 0;
};

struct MailRules {
  TimePoint stopped_at{};     ///< Epoch: everything is owed.
  Duration settle{0};         ///< Files acknowledged later than this before the stop are not owed.
  Duration settle_joined{0};  ///< The same of the messages that they complete.
};

class MailLedger {
 public:
  explicit MailLedger(MailRules rules) : rules_(rules) {}
  /// One line of the truth whose vendor is "cisco_secure_email".
  Status add_line(std::string_view line);

  SentLine* by_digest(std::string_view sha256);
  /// By the name under which its file was pushed.
  SentLine* by_place(std::string_view file, std::uint64_t line);
  /// "mail.@20240318T081200.s:17"
  [[nodiscard]] std::string name_of(const SentLine& line) const;
  SentMail* by_mid(std::uint64_t mid);
  /// Whether the appliance has ever used the number.
  [[nodiscard]] bool used(std::uint64_t mid) const { return mid > 0 && mid <= last_mid_; }

  [[nodiscard]] const std::unordered_map<DigestKey, SentLine, DigestKeyHash>& lines() const {
    return lines_;
  }
  [[nodiscard]] const std::map<std::uint64_t, SentMail>& mails() const { return mails_; }
  [[nodiscard]] bool empty() const { return files_.empty(); }

 private:
  struct File {
    std::string name;
    bool owed = false;
    bool allowed = false;
    std::vector<std::pair<std::uint32_t, DigestKey>> lines;
  };
  Status add_file(std::string_view line);
  Status add_entry(std::string_view line);
  Status add_mail(std::string_view line);
  [[nodiscard]] bool in_time(TimePoint at, Duration settle) const;

  MailRules rules_;
  std::vector<File> files_;
  std::unordered_map<std::string, std::uint32_t> names_;
  std::unordered_map<DigestKey, SentLine, DigestKeyHash> lines_;
  std::map<std::uint64_t, SentMail> mails_;
  std::uint64_t last_mid_ = 0;
  std::uint64_t entries_ = 0;
};

/// Where the joined event says something else than what is expected of it: every member of
/// `expected` has to be there with the same value, at any depth; or nothing.
std::optional<std::string> mail_difference(std::string_view expected, std::string_view event);
/// What a document of that event lacks: the number, addresses, subject and header of the message.
std::optional<std::string> mail_document_difference(std::string_view expected,
                                                    std::string_view document);

}  // namespace cistern::lab
