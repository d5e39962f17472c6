#include "connectors/cisco_secure_email/file_head.hpp"

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"

#include <charconv>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr int kKeyLines = 4;
constexpr std::int64_t kLargestOffset = 18 * 3600;
constexpr std::size_t kLongestWord = 128;

std::string_view word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \r\n"));
}

std::string printable(std::string_view text) {
  return excerpt(word(text), kLongestWord);
}

/// "Version: 15.0.1-030 SN: 42127C7D…", "Time offset from UTC: -25200 seconds".
void read_banner_line(std::string_view line, FileHead& head) {
  constexpr std::string_view kVersion = "Version: ";
  constexpr std::string_view kSerial = " SN: ";
  constexpr std::string_view kOffset = "Time offset from UTC: ";
  const auto header = read_line_header(line);
  if (!header) return;
  std::string_view text = header->text;
  if (text.starts_with(kVersion)) {
    head.version = printable(text.substr(kVersion.size()));
    const auto serial = text.find(kSerial);
    if (serial != std::string_view::npos)
      head.serial = printable(text.substr(serial + kSerial.size()));
  }
  if (text.starts_with(kOffset)) {
    const std::string_view digits = word(text.substr(kOffset.size()));
    std::int64_t seconds = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (whole && seconds >= -kLargestOffset && seconds <= kLargestOffset)
      head.offset_seconds = seconds;
  }
}

}  // namespace

FileHead read_file_head(std::string_view bytes, bool ends) {
  FileHead head;
  std::size_t at = 0;
  int lines = 0;
  for (; lines < kKeyLines; ++lines) {
    const auto end = bytes.find('\n', at);
    if (end == std::string_view::npos) break;
    const std::string_view line = bytes.substr(at, end - at);
    if (lines == 0) head.entries = begins_entry(line);
    read_banner_line(line, head);
    at = end + 1;
  }
  head.settled = lines == kKeyLines || (!ends && bytes.size() >= kHeadBytes);
  // Lines so long, or a file so short, that four do not stand there: what stands there is the key.
  if (lines < kKeyLines) at = bytes.size();
  if (lines == 0) head.entries = begins_entry(bytes);
  head.key = digest_of(bytes.substr(0, at));
  return head;
}

}  // namespace cistern::connectors::cisco_secure_email
