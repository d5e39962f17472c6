// What `cistern check` finds in the options of a syslog destination.
#include "codec/syslog_header.hpp"
#include "destinations/format/format.hpp"
#include "destinations/syslog/settings.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace cistern::destinations::syslog {
namespace {

using config::Problem;
using config::Values;

constexpr std::array<std::string_view, 6> kOnlyTls = {"ca_file",     "certificate",
                                                      "private_key", "private_key_passphrase",
                                                      "server_name", "fingerprint"};
constexpr std::array<std::string_view, 6> kOnlyHeader = {
    "facility", "severity", "hostname", "app_name", "structured_data", "enterprise_id"};
constexpr std::array<std::string_view, 2> kOnlyRfc5424 = {"structured_data", "enterprise_id"};
// A datagram of IPv4 with its headers has at most 65,535 bytes.
constexpr std::uint64_t kMostDatagram = 65507;

class Check {
 public:
  Check(const Values& values, std::vector<Problem>& problems)
      : values_(values), problems_(problems) {}

  void run() {
    const auto server = this->server("address", values_.text("address"));
    if (server) {
      fail_over(*server);
      transport(server->transport);
    }
    header();
    texts();
    format();
  }

 private:
  [[nodiscard]] bool given(std::string_view name) const {
    const auto found = values_.values.find(name);
    return found != values_.values.end() && found->second.given;
  }

  void wrong(std::string_view option, std::string what, std::string next_step) {
    problems_.push_back({.severity = Problem::Severity::error,
                         .place = values_.place(option),
                         .what = std::move(what),
                         .next_step = std::move(next_step),
                         .source_line = {}});
  }

  void nothing(std::string_view option, const std::string& why) {
    if (given(option))
      wrong(option, "'" + std::string{option} + "' does nothing " + why, "remove it");
  }

  std::optional<Server> server(std::string_view option, const std::string& text) {
    auto parsed = parse_server(text);
    if (parsed) return *parsed;
    wrong(option, parsed.error().cause, parsed.error().next_step);
    return std::nullopt;
  }

  void fail_over(const Server& first) {
    if (!given("fail_over")) return nothing("return_after", "without 'fail_over'");
    std::set<std::string> seen = {first.text()};
    for (const auto& text : values_.list("fail_over")) {
      const auto other = server("fail_over", text);
      if (!other) continue;
      if (other->transport != first.transport) {
        wrong("fail_over", "'" + text + "' is of another transport than 'address'",
              "use one transport for all servers of a destination");
      } else if (!seen.insert(other->text()).second) {
        wrong("fail_over", "'" + text + "' is there twice", "name each server once");
      }
    }
  }

  void transport(Transport transport) {
    const std::string with = "with " + std::string{to_string(transport)} + "://";
    if (!is_framed(transport)) nothing("framing", with);
    if (!uses_relp(transport)) nothing("window", with);
    if (!uses_tls(transport)) {
      for (const auto name : kOnlyTls)
        nothing(name, with);
    } else if (!given("certificate")) {
      nothing("private_key", "without 'certificate'");
      nothing("private_key_passphrase", "without 'certificate'");
    }
    if (transport == Transport::udp && values_.size("max_message") > kMostDatagram) {
      wrong("max_message", "a datagram cannot hold 'max_message'",
            "write at most " + std::to_string(kMostDatagram) + ", or use another transport");
    }
  }

  void header() {
    const std::string& header = values_.text("header");
    if (header == "none") {
      for (const auto name : kOnlyHeader)
        nothing(name, "without a header");
    } else if (header == "rfc3164") {
      for (const auto name : kOnlyRfc5424)
        nothing(name, "in a header of rfc3164");
    }
  }

  void texts() {
    const std::string& facility = values_.text("facility");
    if (facility != "event" && !codec::syslog_facility(facility)) {
      wrong("facility", "'" + facility + "' is not a facility",
            "write event, a name such as local0, or a number from 0 to 23");
    }
    const std::string& severity = values_.text("severity");
    if (severity != "event" && !codec::syslog_severity(severity)) {
      wrong("severity", "'" + severity + "' is not a severity",
            "write event, a name such as notice, or a number from 0 to 7");
    }
    for (const std::string_view name : {"hostname", "app_name"}) {
      if (!values_.has(name)) continue;
      const std::string& text = values_.text(name);
      const std::size_t most =
          name == "hostname" ? codec::kSyslogHostLimit : codec::kSyslogAppLimit;
      if (codec::syslog_field(text, most) == text) continue;
      wrong(name, "'" + std::string{name} + "' does not fit into a header",
            "use at most " + std::to_string(most) + " characters from ! to ~, without blanks");
    }
    if (given("fingerprint") && !net::normal_fingerprint(values_.text("fingerprint"))) {
      wrong("fingerprint", "'fingerprint' is not a SHA-256 fingerprint",
            "write 64 hex digits, with or without colons, as shown by: openssl x509 -noout "
            "-fingerprint -sha256 -in FILE");
    }
    const std::uint64_t most = values_.size("max_message");
    if (most > 0 && most < kLeastMessage) {
      wrong("max_message", "'max_message' is too small",
            "write at least " + std::to_string(kLeastMessage) + ", which every receiver takes");
    }
  }

  void format() {
    const auto found = values_.values.find("format");
    if (found == values_.values.end()) return;
    if (payload_shape(found->second.text) != PayloadShape::multi_line) return;
    wrong("format",
          "events of format '" + found->second.text +
              "' are many lines long, and a "
              "syslog message is one",
          "choose another format, or a destination of type file");
  }

  static constexpr std::uint64_t kLeastMessage = 480;

  const Values& values_;
  std::vector<Problem>& problems_;
};

}  // namespace

void check_syslog_options(const Values& values, std::vector<Problem>& problems) {
  Check{values, problems}.run();
}

}  // namespace cistern::destinations::syslog
