#include "connectors/cisco_secure_email/readers.hpp"

#include "connectors/cisco_secure_email/log_kind.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"
#include "connectors/cisco_secure_email/readers_consolidated.hpp"
#include "connectors/cisco_secure_email/readers_lines.hpp"
#include "connectors/cisco_secure_email/readers_mail.hpp"

namespace cistern::connectors::cisco_secure_email {

ecs::ReaderTable record_readers() {
  return {{"amp", read_amp_record},
          {"antispam", pattern_reader(antispam_patterns())},
          {"antivirus", pattern_reader(antivirus_patterns())},
          {"authentication", pattern_reader(authentication_patterns())},
          {"command", pattern_reader(command_patterns())},
          {"consolidated", read_consolidated_record},
          {"content_scanner", pattern_reader(content_scanner_patterns())},
          {"line", pattern_reader({})},
          {"mail", read_mail_record},
          {"status", read_status_record},
          {"system", pattern_reader(system_patterns())},
          {"web", pattern_reader(web_patterns())}};
}

std::string_view stream_of(std::string_view line) {
  const auto header = read_line_header(line);
  const std::string_view log = header ? header->log : std::string_view{};
  LogKind kind = LogKind::other;
  if (const auto named = log_kind_of_name(log)) {
    kind = *named;
  } else if (const auto sniffed = sniff_log_kind(line)) {
    kind = *sniffed;
  }
  return name_of(why_refused(kind).empty() ? kind : LogKind::other);
}

}  // namespace cistern::connectors::cisco_secure_email
