#include "mail_lines.hpp"

#include "base/embedded.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_secure_email/functions.hpp"
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"
#include "connectors/cisco_secure_email/readers.hpp"
#include "ecs/view.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::embedded::cisco_secure_email {
std::span<const File> files();
}

namespace cistern::bench {
namespace {

namespace mail = connectors::cisco_secure_email;

constexpr int kMessages = 4'000;

/// The lines of one message from its connection to its delivery; `#` is the message's number.
constexpr std::string_view kLines[] = {
    "New SMTP ICID # interface IncomingMail (192.0.2.25) address 203.0.113.9 reverse dns host "
    "mx1.fabrikam.example verified yes",
    "ICID # ACCEPT SG UNKNOWNLIST match sbrs[-1.0:10.0] SBRS 3.5 country United States",
    "ICID # TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES256-GCM-SHA384",
    "Start MID # ICID #",
    "MID # ICID # From: <news-#@fabrikam.example>",
    "MID # ICID # RID 0 To: <ann@contoso.example>",
    "MID # SPF: mailfrom identity news@fabrikam.example Pass (v=spf1)",
    "MID # DKIM: pass signature verified (d=fabrikam.example s=sel1 i=@fabrikam.example)",
    "MID # DMARC: Message from domain fabrikam.example, DMARC pass (SPF aligned True, DKIM aligned "
    "True)",
    "MID # Message-ID '<a#.1710749521@fabrikam.example>'",
    "MID # Subject \"It's March: offer number #\"",
    "MID # ready 15731 bytes from <news-#@fabrikam.example>",
    "MID # matched all recipients for per-recipient policy DEFAULT in the inbound table",
    "ICID # close",
    "MID # interim verdict using engine: CASE spam negative",
    "MID # using engine: CASE spam negative",
    "MID # interim AV verdict using Sophos CLEAN",
    "MID # antivirus negative",
    "MID # AMP file reputation verdict : SKIPPED (no attachment in message)",
    "MID # Outbreak Filters: verdict negative",
    "MID # queued for delivery",
    "New SMTP DCID # interface 192.0.2.25 address 198.51.100.20 port 25",
    "DCID # TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES256-GCM-SHA384",
    "Delivery start DCID # MID # to RID [0]",
    "Message done DCID # MID # to RID [0] [('from', 'News <news@fabrikam.example>')]",
    "MID # RID [0] Response '2.0.0 OK queued as 9C8B4#'",
    "Message finished MID # done",
    "DCID # close",
};

std::string make_line(std::string_view form, const std::string& number) {
  std::string line = "Mon Mar 18 08:12:01 2024 Info: ";
  for (const char c : form) {
    if (c == '#') {
      line += number;
    } else {
      line.push_back(c);
    }
  }
  return line;
}

std::vector<std::string> make_lines() {
  std::vector<std::string> lines;
  for (int i = 0; i < kMessages; ++i) {
    const std::string number = std::to_string(5'310'000 + i);
    for (const std::string_view form : kLines)
      lines.push_back(make_line(form, number));
  }
  return lines;
}

double parse_all(const std::vector<std::string>& lines) {
  std::uint64_t sum = 0;
  const Stopwatch watch;
  for (const std::string& line : lines) {
    const auto header = mail::read_line_header(line);
    if (!header) std::exit(1);
    const mail::MailLine read = mail::read_mail_line(header->text);
    if (read.form == mail::MailForm::other) std::exit(1);
    sum += static_cast<std::uint64_t>(header->wall_seconds) + read.mid + read.address.size();
  }
  const double seconds = watch.cpu();
  if (sum == 0) std::exit(1);
  return seconds;
}

double render_all(const ecs::View& view, const std::vector<std::string>& stored) {
  const auto scratch = view.make_scratch();
  std::string out;
  const Stopwatch watch;
  for (const std::string& raw : stored) {
    out.clear();
    journal::Envelope envelope;
    envelope.id = "00112233445566778899aabbccddeeff";
    envelope.connector = "bench";
    envelope.stream = "mail";
    envelope.received = "2024-03-18T15:20:00.000Z";
    envelope.meta =
        R"({"appliance":"esa-1","host":"esa1","log":"mail_logs","line":12,"offset_seconds":-25200})";
    envelope.raw = raw;
    envelope.form = RawForm::text;
    if (view.render(envelope, {}, *scratch, out) != ecs::Outcome::event) std::exit(1);
  }
  return watch.cpu();
}

}  // namespace

Table measure_mail_lines(int repeat) {
  const std::vector<std::string> lines = make_lines();
  std::vector<std::string> stored;
  double bytes = 0;
  for (const std::string& line : lines) {
    bytes += static_cast<double>(line.size() + 1);
    std::string quoted;
    codec::append_json_string(quoted, line);
    stored.push_back(quoted.substr(1, quoted.size() - 2));
  }
  const auto view = ecs::compile_view(embedded::cisco_secure_email::files(),
                                      mail::mapping_functions(), {}, mail::record_readers());
  if (!view) std::exit(1);
  std::vector<double> parsed;
  std::vector<double> rendered;
  for (int i = 0; i < repeat; ++i) {
    parsed.push_back(parse_all(lines));
    rendered.push_back(render_all(**view, stored));
  }
  const auto rate = [&lines](double seconds) {
    return std::to_string(static_cast<int>(static_cast<double>(lines.size()) / seconds)) + "/s";
  };
  Table table{"Lines of a mail appliance, one core", {}};
  table.rows.push_back({"header and form of a line", megabytes_per_second(bytes, median(parsed)),
                        "300 MB/s", rate(median(parsed))});
  table.rows.push_back({"lines into ECS documents", megabytes_per_second(bytes, median(rendered)),
                        "", rate(median(rendered))});
  return table;
}

}  // namespace cistern::bench
