// Where the pairs of a consolidated event's extension end, and what their values mean.
#include "connectors/cisco_secure_email/mail_line_value.hpp"
#include "connectors/cisco_secure_email/readers_consolidated.hpp"
#include "connectors/cisco_secure_email/readers_python.hpp"

#include <algorithm>
#include <array>

namespace cistern::connectors::cisco_secure_email {
namespace {

/// The keys that the vendor documents, in the order of the alphabet.
constexpr auto kKeys = std::to_array<std::string_view>({
    "ESAAMPVerdict",
    "ESAASVerdict",
    "ESAAVVerdict",
    "ESAAttachmentDetails",
    "ESACFVerdict",
    "ESADCID",
    "ESADHASource",
    "ESADKIMVerdict",
    "ESADLPVerdict",
    "ESADMARCVerdict",
    "ESADaneHost",
    "ESADaneStatus",
    "ESAFinalActionDetails",
    "ESAFriendlyFrom",
    "ESAGMVerdict",
    "ESAHeloDomain",
    "ESAHeloIP",
    "ESAICID",
    "ESAMARAction",
    "ESAMFVerdict",
    "ESAMID",
    "ESAMailFlowPolicy",
    "ESAMsgSize",
    "ESAMsgTooBigFromSender",
    "ESAOFVerdict",
    "ESARateLimitedIP",
    "ESAReplyTo",
    "ESASDRDomainAge",
    "ESASPFVerdict",
    "ESASenderGroup",
    "ESATLSInCipher",
    "ESATLSInConnStatus",
    "ESATLSInProtocol",
    "ESATLSOutCipher",
    "ESATLSOutConnStatus",
    "ESATLSOutProtocol",
    "ESAURLDetails",
    "act",
    "cfp1",
    "cfp1Label",
    "cs1",
    "cs1Label",
    "cs2",
    "cs2Label",
    "cs3",
    "cs3Label",
    "cs4",
    "cs4Label",
    "cs5",
    "cs5Label",
    "cs6",
    "cs6Label",
    "deviceDirection",
    "deviceExternalId",
    "deviceInboundInterface",
    "deviceOutboundInterface",
    "duser",
    "dvc",
    "end",
    "endTime",
    "msg",
    "shost",
    "sourceAddress",
    "sourceHostName",
    "src",
    "start",
    "startTime",
    "suser",
});
static_assert(std::is_sorted(kKeys.begin(), kKeys.end()));

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The key of `key=` at the beginning, or nothing.
std::string_view key_at(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return {};
  std::size_t at = 1;
  while (at < text.size() && (is_letter(text[at]) || (text[at] >= '0' && text[at] <= '9')))
    ++at;
  return at < text.size() && text[at] == '=' ? text.substr(0, at) : std::string_view{};
}

bool begins_pair(std::string_view text, bool only_known) {
  const std::string_view key = key_at(text);
  if (key.empty()) return false;
  return !only_known || std::binary_search(kKeys.begin(), kKeys.end(), key);
}

/// The first blank behind which a pair begins; the text's size where none does.
std::size_t end_of_bare(std::string_view text, bool only_known) {
  for (std::size_t at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
    if (begins_pair(text.substr(at + 1), only_known)) return at;
  }
  return text.size();
}

/// Whether nothing but blanks stands between here and a pair or the end.
bool ends_value(std::string_view text) {
  const std::size_t blanks = std::min(text.find_first_not_of(' '), text.size());
  return blanks == text.size() || (blanks > 0 && begins_pair(text.substr(blanks), false));
}

/// One past the quote that closes the value: the first one of its kind that a pair or the end
/// follows, since quotes inside the value may stand without escape. 0 when there is none.
std::size_t end_of_quoted(std::string_view text, std::string_view quote) {
  std::size_t at = text.find(quote, quote.size());
  for (; at != std::string_view::npos; at = text.find(quote, at + 1)) {
    const bool escaped =
        quote.size() == 1 && text[at - 1] == '\\' && at > 1 && text[at - 2] != '\\';
    if (!escaped && ends_value(text.substr(at + quote.size()))) return at + quote.size();
  }
  return 0;
}

/// The style of quote that a value begins with; empty for a bare one.
std::string_view quote_of(std::string_view value) {
  for (const std::string_view quote : {std::string_view("\\\""), std::string_view("\\'"),
                                       std::string_view("\""), std::string_view("'")}) {
    if (value.starts_with(quote)) return quote;
  }
  return {};
}

std::size_t value_length(std::string_view text) {
  if (const std::string_view quote = quote_of(text); !quote.empty()) {
    const std::size_t end = end_of_quoted(text, quote);
    return end == 0 ? end_of_bare(text, true) : end;
  }
  if (text.starts_with('{')) {
    const std::size_t end = python_brackets(text);
    return end == 0 || !ends_value(text.substr(end)) ? end_of_bare(text, true) : end;
  }
  return end_of_bare(text, false);
}

/// `\=` and `\\=` are `=`.
std::string without_equal_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t behind = at;
    while (behind < text.size() && text[behind] == '\\' && behind < at + 2)
      ++behind;
    if (behind > at && behind < text.size() && text[behind] == '=') at = behind;
    out.push_back(text[at]);
  }
  return out;
}

}  // namespace

bool ExtensionCursor::next(std::string_view& key, std::string_view& value) {
  for (;;) {
    const std::size_t begin = rest_.find_first_not_of(' ');
    if (begin == std::string_view::npos) return false;
    rest_.remove_prefix(begin);
    key = key_at(rest_);
    if (!key.empty()) break;
    // What is no pair belongs to none; it stays in the record's message.
    rest_.remove_prefix(std::min(end_of_bare(rest_, false), rest_.size()));
  }
  rest_.remove_prefix(key.size() + 1);
  const std::size_t length = value_length(rest_);
  value = rest_.substr(0, length);
  rest_.remove_prefix(length);
  while (value.ends_with(' '))
    value.remove_suffix(1);
  return true;
}

std::string extension_text(std::string_view value) {
  const std::string_view quote = quote_of(value);
  if (quote.size() == 2 && value.size() >= 4 && value.ends_with(quote)) {
    return without_equal_escapes(value.substr(2, value.size() - 4));
  }
  const std::string plain = without_equal_escapes(value);
  std::string scratch;
  return std::string(decode_quoted(plain, scratch));
}

}  // namespace cistern::connectors::cisco_secure_email
