#include "text_records.hpp"

#include "base/embedded.hpp"
#include "codec/json.hpp"
#include "codec/key_value.hpp"
#include "connectors/syslog/detect.hpp"
#include "connectors/syslog/functions.hpp"
#include "connectors/syslog/readers.hpp"
#include "connectors/syslog/readers_sophos_keys.hpp"
#include "ecs/view.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::embedded::syslog {
std::span<const File> files();
}

namespace cistern::bench {
namespace {

namespace syslog = connectors::syslog;

constexpr int kLines = 20'000;

/// The line that a firewall writes most: a connection that ended. The numbers differ.
std::string make_line(std::uint32_t number) {
  const auto digits = [&number](std::uint32_t below) {
    number = number * 1664525U + 1013904223U;
    return std::to_string((number >> 8) % below);
  };
  std::string line =
      R"(<30>device="SFW" date=2026-11-22 time=14:38:37 timezone="CET" device_name="XGS136" )"
      R"(device_id=S1234567890ABCD log_id=010101600001 log_type="Firewall" )"
      R"(log_component="Firewall Rule" log_subtype="Allowed" status="Allow" priority=Information )";
  line += "duration=" + digits(900) + " fw_rule_id=" + digits(90);
  line += R"( policy_type=1 user_name="" user_gp="" iap=0 ips_policy_id=0 appfilter_policy_id=0 )"
          R"(application="HTTP" application_risk=1 application_technology="Browser Based" )"
          R"(application_category="General Internet" in_interface="Port1" out_interface="Port2" )"
          R"(src_mac=00:53:00:11:22:33 src_ip=198.51.100.)";
  line += digits(255) + " src_country_code=R1 dst_ip=203.0.113." + digits(255);
  line += R"( dst_country_code=SVK protocol="TCP" src_port=)" + digits(65535) + " dst_port=443";
  line += " sent_pkts=" + digits(900) + "  recv_pkts=" + digits(900);
  line += " sent_bytes=" + digits(90000) + " recv_bytes=" + digits(90000);
  line += R"( tran_src_ip=203.0.113.1 tran_src_port=0 tran_dst_ip="" tran_dst_port=0 )"
          R"(srczonetype="LAN" srczone="LAN" dstzonetype="WAN" dstzone="WAN" dir_disp="" )"
          R"(connevent="Stop" connid=")";
  line += digits(1000000000) + R"(" vconnid="" hb_health="No Heartbeat" message="" )";
  line += R"(appresolvedby="Signature" app_is_cloud=0)";
  return line;
}

double walk_pairs(const std::vector<std::string>& lines) {
  std::uint64_t sum = 0;
  const Stopwatch watch;
  for (const std::string& line : lines) {
    for (codec::KeyValueReader pairs(line, syslog::sophos_keys()); pairs.next();)
      sum += pairs.value().size();
  }
  const double seconds = watch.cpu();
  if (sum == 0) std::exit(1);
  return seconds;
}

double detect_all(const std::vector<std::string>& lines) {
  std::uint64_t sum = 0;
  const Stopwatch watch;
  for (const std::string& line : lines)
    sum += syslog::detect_stream(line).size();
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
    envelope.stream = "sophos.firewall";
    envelope.received = "2026-11-22T13:38:38.000Z";
    envelope.meta = R"({"transport":"udp","peer":"192.0.2.1","port":514,"listener":"bench"})";
    envelope.raw = raw;
    envelope.form = RawForm::text;
    if (view.render(envelope, {}, *scratch, out) != ecs::Outcome::event) std::exit(1);
  }
  return watch.cpu();
}

}  // namespace

Table measure_text_records(int repeat) {
  std::vector<std::string> lines;
  std::vector<std::string> stored;
  double bytes = 0;
  for (std::uint32_t i = 0; i < kLines; ++i) {
    lines.push_back(make_line(i));
    bytes += static_cast<double>(lines.back().size());
    std::string quoted;
    codec::append_json_string(quoted, lines.back());
    stored.push_back(quoted.substr(1, quoted.size() - 2));
  }
  ecs::ViewOptions options;
  options.tables["device_names"];
  const auto view = ecs::compile_view(embedded::syslog::files(), syslog::mapping_functions(),
                                      options, syslog::mapping_readers());
  if (!view) std::exit(1);
  std::vector<double> walked;
  std::vector<double> detected;
  std::vector<double> rendered;
  for (int i = 0; i < repeat; ++i) {
    walked.push_back(walk_pairs(lines));
    detected.push_back(detect_all(lines));
    rendered.push_back(render_all(**view, stored));
  }
  Table table{"Lines of a firewall, one core", {}};
  table.rows.push_back({"key=value pairs of the lines", megabytes_per_second(bytes, median(walked)),
                        "250 MB/s", ""});
  table.rows.push_back(
      {"telling the stream of a line", megabytes_per_second(bytes, median(detected)), "", ""});
  const double rate = kLines / median(rendered);
  table.rows.push_back({"lines into ECS documents", megabytes_per_second(bytes, median(rendered)),
                        "", std::to_string(static_cast<int>(rate)) + " events/s"});
  return table;
}

}  // namespace cistern::bench
