// Walks the text of a mail log line from left to right. Only for the readers of mail_line*.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

struct MailLine;

/// What is left of a line. Functions that answer bool consume only where they answer true.
class LineScan {
 public:
  explicit LineScan(std::string_view text) : rest_(text) {}

  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  /// Digits that fit 64 bits and end at a blank, a bracket, a stop or the line's end.
  bool number(std::uint64_t& value);
  /// The literal, then a number.
  bool number_after(std::string_view literal, std::uint64_t& value) {
    const LineScan before = *this;
    if (take(literal) && number(value)) return true;
    *this = before;
    return false;
  }
  /// What stands before the delimiter, which is consumed too.
  bool until(std::string_view delimiter, std::string_view& value) {
    return cut(rest_.find(delimiter), delimiter.size(), value);
  }
  /// As until(), with the delimiter's last occurrence: for values that a stranger wrote.
  bool until_last(std::string_view delimiter, std::string_view& value) {
    return cut(rest_.rfind(delimiter), delimiter.size(), value);
  }
  /// Up to the next blank, which is consumed, or to the end. May be empty.
  std::string_view word();
  std::string_view take_rest() {
    const std::string_view all = rest_;
    rest_ = {};
    return all;
  }
  /// `<…>`; without its angle brackets. A `>` between double quotes belongs to the address.
  bool angled(std::string_view& value);
  /// A quoted literal as it stands (its quotes too), or else what stands before the delimiter. The
  /// delimiter is consumed.
  bool literal_until(std::string_view delimiter, std::string_view& value);
  /// `[0, 1]` without its brackets, or a number.
  bool rids(std::string_view& value);
  void skip_blanks() {
    while (front() == ' ')
      rest_.remove_prefix(1);
  }

 private:
  bool cut(std::size_t at, std::size_t delimiter, std::string_view& value) {
    if (at == std::string_view::npos) return false;
    value = rest_.substr(0, at);
    rest_.remove_prefix(at + delimiter);
    return true;
  }

  std::string_view rest_;
};

/// The text between a `(` at its beginning and the last `)`; else the text itself.
std::string_view without_parentheses(std::string_view text);

/// `NAME in the inbound table` or only NAME.
void read_policy(std::string_view text, MailLine& line);

/// The name of `… filter 'NAME' …`; empty where none is named.
std::string_view filter_name(std::string_view text);

// Readers of forms. Each gets its own scan, so one that answers false has consumed nothing; what it
// has set in `line` is void then, and its caller starts from a new one. No two readers that are
// tried on one text begin with the same words.

bool read_icid_text(LineScan scan, MailLine& line);  ///< Behind `ICID n `.
bool read_incoming_connection(LineScan scan, MailLine& line);
bool read_smtp_auth(LineScan scan, MailLine& line);
/// `success protocol P cipher C`, `failed[: reason]`, `was required …`.
bool read_tls(LineScan scan, MailLine& line);

bool read_receiving(LineScan scan, MailLine& line);      ///< Behind `MID n ICID n `.
bool read_message_text(LineScan scan, MailLine& line);   ///< Behind `MID n `: by its first letter.
bool read_envelope_text(LineScan scan, MailLine& line);  ///< Of those: headers, size, addresses;
bool read_engine_text(LineScan scan, MailLine& line);    ///< verdicts of engines;
bool read_sender_check(LineScan scan, MailLine& line);   ///< SPF, DKIM, DMARC, sender domains;
bool read_policy_text(LineScan scan, MailLine& line);    ///< policies, URLs, custom entries;
bool read_identity_text(LineScan scan, MailLine& line);  ///< a message becomes another;
bool read_quarantine_text(LineScan scan, MailLine& line);
bool read_response_text(LineScan scan, MailLine& line);

bool read_ldap(LineScan scan, MailLine& line);
bool read_alias(LineScan scan, MailLine& line);
bool read_spam_quarantine(LineScan scan, MailLine& line);
bool read_spam_delivery(LineScan scan, MailLine& line);

bool read_dcid_text(LineScan scan, MailLine& line);  ///< Behind `DCID n `.
bool read_outgoing_connection(LineScan scan, MailLine& line);
bool read_delivery_start(LineScan scan, MailLine& line);
bool read_message_end(LineScan scan, MailLine& line);
bool read_bounce(LineScan scan, MailLine& line);
bool read_recipients_gone(LineScan scan, MailLine& line);
bool read_connection_error(LineScan scan, MailLine& line);

}  // namespace cistern::connectors::cisco_secure_email
