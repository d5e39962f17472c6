#include "connectors/cisco_secure_email/connector.hpp"

#include "connectors/cisco_secure_email/doctor.hpp"
#include "connectors/cisco_secure_email/functions.hpp"
#include "connectors/cisco_secure_email/guide_facts.hpp"
#include "connectors/cisco_secure_email/intake.hpp"
#include "connectors/cisco_secure_email/joiner.hpp"
#include "connectors/cisco_secure_email/log_kind.hpp"
#include "connectors/cisco_secure_email/options.hpp"
#include "connectors/cisco_secure_email/parts.hpp"
#include "connectors/cisco_secure_email/readers.hpp"
#include "connectors/cisco_secure_email/ssh_reception.hpp"
#include "net/io_loop.hpp"

#include <span>
#include <utility>

namespace cistern::embedded::cisco_secure_email {
std::span<const File> files();
}

namespace cistern::connectors::cisco_secure_email {
namespace {

using runtime::ProofKind;
using runtime::StreamType;

std::vector<StreamType> streams() {
  constexpr std::string_view kLines = "Lines of these logs, one event each.";
  std::vector<StreamType> out;
  for (const LogKind kind :
       {LogKind::mail, LogKind::consolidated, LogKind::authentication, LogKind::amp,
        LogKind::bounce, LogKind::content_scanner, LogKind::error, LogKind::gui, LogKind::http,
        LogKind::system, LogKind::status, LogKind::antispam, LogKind::antivirus, LogKind::cli,
        LogKind::audit, LogKind::other}) {
    out.push_back({.name = name_of(kind), .text = kLines, .proof = ProofKind::received});
  }
  out.push_back({.name = "message",
                 .text = "One event for each mail message, joined from the lines of text mail "
                         "logs.",
                 .proof = ProofKind::derived});
  return out;
}

IntakeSettings intake_settings(const std::string& name, Settings& settings) {
  IntakeSettings out;
  out.connector = name;
  out.watch = std::move(settings.watch);
  out.zone = settings.zone;
  out.max_file = settings.max_file_size;
  return out;
}

/// Files that a folder showed count as those that were pushed.
runtime::ListenFacts facts_of(const SshReception* ssh, const FileIntake& intake) {
  const IntakeFacts read = intake.facts();
  runtime::ListenFacts out;
  if (ssh != nullptr) {
    out = ssh->facts();
  } else {
    out.messages = read.files;
    out.bytes = read.bytes;
  }
  for (const auto& [reason, times] : read.incidents)
    out.incidents[reason] += times;
  return out;
}

std::unique_ptr<runtime::Connector> join_part(const std::string& name, Loop& loop,
                                              const runtime::Services& services) {
  runtime::DeriveOptions options;
  options.connector = name;
  options.streams = {std::string{name_of(LogKind::mail)}};
  return std::make_unique<DerivePart>(
      runtime::make_derive_driver(std::move(options), std::make_unique<Joiner>(), services), loop);
}

Result<std::unique_ptr<runtime::Connector>> make(const std::string& name,
                                                 const config::Values& values, net::IoLoop& loop,
                                                 const runtime::Services& services) {
  Settings settings = make_settings(values);
  services.status.add_stream(name, std::string{name_of(LogKind::mail)});
  auto intake = make_file_intake(intake_settings(name, settings), services);
  auto ssh = settings.ssh ? make_ssh_reception(name, *settings.ssh, services) : nullptr;
  std::vector<std::unique_ptr<runtime::Connector>> parts;
  parts.push_back(std::make_unique<FactsPart>(
      name, [ssh = ssh.get(), intake = intake.get()] { return facts_of(ssh, *intake); }, services));
  if (ssh) parts.push_back(std::move(ssh));
  parts.push_back(std::move(intake));
  if (settings.messages) parts.push_back(join_part(name, loop, services));
  return std::make_unique<Parts>(std::move(parts));
}

}  // namespace

runtime::ConnectorType connector_type() {
  return {.name = "cisco_secure_email",
          .summary =
              "Cisco Secure Email Gateway (ESA, CES): logs that appliances push by SCP or "
              "SFTP.",
          .options = option_table(),
          .streams = streams(),
          .check = check_options,
          .make = make,
          .verify = [](const config::Values& values,
                       TimePoint) { return verify_files(values, read_key_file); },
          .reads = what_is_read,
          .doctor = start_doctor,
          .guide_facts = guide_facts,
          .files = embedded::cisco_secure_email::files(),
          .functions = mapping_functions(),
          .view_options = [](const config::Values&) { return ecs::ViewOptions{}; },
          .readers = record_readers(),
          .stream_of = stream_of};
}

}  // namespace cistern::connectors::cisco_secure_email
