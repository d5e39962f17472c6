// Lines of AsyncOS logs: whatever bytes a line holds, its fields are views of it, its numbers stand
// where the appliance writes them, and every reader makes one valid JSON object of it.
#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_secure_email/log_kind.hpp"
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"
#include "connectors/cisco_secure_email/readers.hpp"
#include "connectors/cisco_secure_email/readers_python.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace mail = cistern::connectors::cisco_secure_email;

void require(bool condition) {
  if (!condition) std::abort();
}

/// The text's own bytes, or one of the words that the parser itself has.
void require_view(std::string_view field, std::string_view text) {
  const bool inside =
      field.data() >= text.data() && field.data() + field.size() <= text.data() + text.size();
  require(field.empty() || inside || field.size() <= 16);
}

void check_line(std::string_view text) {
  const mail::MailLine line = mail::read_mail_line(text);
  for (const std::string_view field :
       {line.rids,   line.address,   line.other_address, line.ip,       line.local_ip,
        line.port,   line.host,      line.name,          line.match,    line.verdict,
        line.engine, line.score,     line.country,       line.protocol, line.cipher,
        line.user,   line.direction, line.code,          line.value,    line.other_value,
        line.reason}) {
    require_view(field, text);
  }
  // A message's number stands at the beginning, or behind words that no stranger writes.
  if (text.starts_with("MID ") && line.mid != mail::kNoNumber) {
    require(text.substr(4).starts_with(std::to_string(line.mid)) || text[4] == '0');
  }
  static_cast<void>(mail::name_of(line.form));
  mail::RidCursor rids(line.rids);
  for (std::uint64_t rid = 0; rids.next(rid);) {
  }
  static_cast<void>(mail::read_reply(line.value));
  std::string_view name;
  std::string_view value;
  for (mail::PairCursor pairs(line.value); pairs.next(name, value);)
    require_view(value, text);
}

void check_readers(std::string_view raw) {
  static const auto readers = mail::record_readers();
  cistern::codec::JsonSplitter splitter;
  for (const auto& [name, reader] : readers) {
    std::string json;
    require(reader({.raw = raw,
                    .meta = R"({"offset_seconds":-25200})",
                    .stream = name,
                    .received = "2026-03-04T05:06:07.000Z",
                    .time = {}},
                   json));
    require(splitter.why_invalid(json).empty());
    require(json.find('\n') == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto header = mail::read_line_header(input);
  check_line(header ? header->text : input);
  static_cast<void>(mail::choose_log_kind({}, input.substr(0, 40), input));
  std::string scratch;
  require(cistern::is_utf8(mail::decode_quoted(input, scratch)));
  // The view hands text over as UTF-8.
  if (cistern::is_utf8(input)) {
    check_readers(input);
    std::string json;
    if (mail::append_python_literal(json, input)) {
      require(cistern::codec::JsonSplitter().why_invalid(json).empty());
    }
  }
  return 0;
}
