#include "app/commands.hpp"
#include "app/setup.hpp"
#include "lab/lab.hpp"

#include <csignal>
#include <cstdio>

#include <boost/json.hpp>
#include <unistd.h>

namespace cistern::app {
namespace {

/// A file that goes away with its owner, for the store's lines on their way to the verifier.
struct TemporaryFile {
  std::string path;
  std::FILE* stream = nullptr;
  TemporaryFile() : path("/tmp/cistern-dump-XXXXXX") {
    const int descriptor = mkstemp(path.data());
    if (descriptor >= 0) stream = fdopen(descriptor, "w");
  }
  ~TemporaryFile() {
    if (stream != nullptr) std::fclose(stream);
    unlink(path.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
};

Status dump_to(const std::string& store, TemporaryFile& file) {
  if (file.stream == nullptr)
    return fail_stop("file/no-temporary", "no file could be created in /tmp", "make room in /tmp");
  const auto files = make_system_files();
  auto done = journal::dump_store(store, *files, 1, false, [&](std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), file.stream);
    if (line.empty() || line.back() != '\n') std::fputc('\n', file.stream);
    return std::ferror(file.stream) == 0;
  });
  if (std::fflush(file.stream) != 0)
    return fail_stop("file/no-space", "the store's lines do not fit into /tmp",
                     "make room in /tmp");
  return done;
}

Result<TimePoint> stopped_at(const std::string& report) {
  auto text = read_whole_file(report, 1ULL << 20);
  if (!text) return fail(text.error());
  boost::json::error_code error;
  const auto value = boost::json::parse(*text, error);
  const auto* object = value.if_object();
  const auto* field = object != nullptr ? object->if_contains("stopped_at") : nullptr;
  const auto time = field != nullptr && field->is_string()
                        ? parse_time(std::string_view{field->as_string()})
                        : std::nullopt;
  if (!time)
    return fail_stop("cistern/bad-report", report + " does not say when collecting ended",
                     "name the file written by `cistern run --report`");
  return *time;
}

std::string line_of(const lab::VendorShare& share) {
  auto line = "       " + share.name + ": owed " + grouped(share.owed) + ", stored " +
              grouped(share.stored) + ", delivered " + grouped(share.delivered);
  for (const auto& [name, number] : share.counts)
    line += ", " + name + " " + grouped(number);
  return line;
}

void print_proof(const lab::Proof& proof, const Output& output) {
  output.line(
      output.toned("proof", Tone::bold) + "  owed " + grouped(proof.owed) + ", stored " +
      grouped(proof.stored) + ", waiting " + grouped(proof.waiting) + ", delivered " +
      grouped(proof.delivered) + ", " +
      output.toned("lost " + grouped(proof.lost), proof.lost == 0 ? Tone::good : Tone::bad) + ", " +
      output.toned("repeated " + grouped(proof.repeated),
                   proof.repeated == 0 ? Tone::good : Tone::bad) +
      ", " +
      output.toned("altered " + grouped(proof.altered),
                   proof.altered == 0 ? Tone::good : Tone::bad));
  for (const auto& vendor : proof.vendors)
    output.line(line_of(vendor));
  for (const auto& finding : proof.findings) {
    output.line("  " + output.toned(finding.kind, Tone::bad) + "  " + finding.id + "  in " +
                finding.place + "  " + finding.detail);
  }
}

std::string json_of(const lab::Proof& proof) {
  boost::json::array findings;
  for (const auto& finding : proof.findings) {
    findings.push_back({{"kind", finding.kind},
                        {"place", finding.place},
                        {"id", finding.id},
                        {"detail", finding.detail}});
  }
  boost::json::object vendors;
  for (const auto& vendor : proof.vendors) {
    boost::json::object one{
        {"owed", vendor.owed}, {"stored", vendor.stored}, {"delivered", vendor.delivered}};
    for (const auto& [name, number] : vendor.counts)
      one[name] = number;
    vendors[vendor.name] = std::move(one);
  }
  return boost::json::serialize(boost::json::object{{"ok", proof.clean()},
                                                    {"owed", proof.owed},
                                                    {"unowed", proof.unowed},
                                                    {"stored", proof.stored},
                                                    {"waiting", proof.waiting},
                                                    {"delivered", proof.delivered},
                                                    {"lost", proof.lost},
                                                    {"repeated", proof.repeated},
                                                    {"altered", proof.altered},
                                                    {"invented", proof.invented},
                                                    {"gaps", proof.gaps},
                                                    {"vendors", std::move(vendors)},
                                                    {"findings", std::move(findings)}});
}

std::string senders_of(const lab::SenderOptions& senders) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& address) {
    if (!address.empty()) out += (out.empty() ? "" : ", ") + std::string(name) + " " + address;
  };
  add("UDP", senders.syslog_udp);
  add("TCP", senders.syslog_tcp);
  add("TLS", senders.syslog_tls);
  add("RELP", senders.syslog_relp);
  add("SSH", senders.mail_ssh);
  return out;
}

Status write_port(const std::string& path, std::uint16_t port) {
  const auto files = make_system_files();
  const auto temporary = path + ".new";
  auto file = files->open(temporary, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  if (auto written = (*file)->write_at(0, std::to_string(port) + "\n"); !written) return written;
  return files->rename(temporary, path);
}

}  // namespace

ExitCode lab(const LabCommand& command, const Output& output) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // Blocked before the lab's threads start, so that only sigwait below takes them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const SystemClock clock;
  auto running = lab::start_lab(command.lab, clock);
  if (!running) return output.failure(running.error(), ExitCode::failed);
  if (!command.port_file.empty()) {
    if (auto written = write_port(command.port_file, (*running)->port()); !written)
      return output.failure(written.error(), ExitCode::failed);
  }
  output.line("the lab's clouds listen at " + (*running)->url() + " (" +
              std::to_string(command.lab.tenants) + " tenants, faults " + command.lab.faults +
              "); Ctrl-C ends it");
  if (const auto senders = senders_of(command.lab.senders); !senders.empty())
    output.line("the lab's senders go to " + senders);
  output.line(
      "try: cistern run -c examples/quickstart.yaml --live, with the lab's secrets in the "
      "environment as ./run has them");
  int signal = 0;
  sigwait(&signals, &signal);
  return ExitCode::ok;
}

ExitCode lab_verify(const LabVerifyCommand& command, const Output& output) {
  if (command.lab.empty() == command.truth.empty()) {
    return output.failure({.code = "cistern/usage",
                           .cause = "the truth is needed from one place",
                           .consequence = {},
                           .next_step = "give either --lab URL or --truth FILE"},
                          ExitCode::usage);
  }
  lab::VerifyOptions options;
  options.lab_url = command.lab;
  options.truth_file = command.truth;
  options.outputs = command.outputs;
  options.format = command.format;
  options.settle = command.settle;
  options.settle_joined = command.settle_joined;
  options.killed = command.killed;
  TemporaryFile dump;
  if (!command.store.empty()) {
    if (auto dumped = dump_to(command.store, dump); !dumped)
      return output.failure(dumped.error(), ExitCode::store);
    options.store_dump = dump.path;
  }
  if (!command.report.empty()) {
    auto time = stopped_at(command.report);
    if (!time) return output.failure(time.error(), ExitCode::usage);
    options.stopped_at = *time;
  }
  const auto proof = lab::verify(options);
  if (!proof) return output.failure(proof.error(), ExitCode::failed);
  if (command.json) {
    output.line(json_of(*proof));
  } else {
    print_proof(*proof, output);
  }
  return proof->clean() ? ExitCode::ok : ExitCode::findings;
}

}  // namespace cistern::app
