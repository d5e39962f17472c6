#include "connectors/cisco_secure_email/doctor.hpp"

#include "base/bytes.hpp"
#include "connectors/cisco_secure_email/guide_facts.hpp"
#include "connectors/cisco_secure_email/options.hpp"
#include "connectors/cisco_secure_email/ssh_reception.hpp"
#include "net/connection.hpp"
#include "net/listen/listen_socket.hpp"
#include "net/ssh/algorithms.hpp"
#include "net/ssh/host_keys.hpp"
#include "runtime/doctor/probe_runner.hpp"

#include <array>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

using runtime::ProbeResult;
using runtime::ProbeTurn;

constexpr Duration kPatience = std::chrono::seconds{2};

/// What the program that listens there says first.
std::string greeting_of(const SshSettings& ssh) {
  const bool any = ssh.address == "0.0.0.0" || ssh.address == "::";
  const net::PeerAddress peer{any ? "127.0.0.1" : ssh.address, ssh.port};
  const net::Cancellation never;
  auto connection = net::connect_tcp(peer, {.connect = kPatience}, never);
  if (!connection) return {};
  std::array<char, 255> into{};
  if (const auto came = (*connection)->wait(false, kPatience); !came || !*came) return {};
  const auto arrived = (*connection)->read_some(into);
  return arrived ? excerpt({into.data(), arrived->bytes}, 60) : std::string{};
}

ProbeResult listen_port(const SshSettings& ssh) {
  const auto socket = net::listen_stream({ssh.address, ssh.port});
  const std::string where = ssh.address + " port " + std::to_string(ssh.port);
  if (socket) return runtime::probe_passed(where + " is free; `cistern run` will listen there");
  const std::string greeting = greeting_of(ssh);
  if (greeting.starts_with("SSH-2.0-cistern"))
    return runtime::probe_passed("a running cistern answers on " + where);
  Failure failure = socket.error();
  if (!greeting.empty()) failure.cause += "; what answers there says '" + greeting + "'";
  failure.consequence = "appliances cannot push";
  return runtime::probe_failed(failure);
}

ProbeResult host_keys(const SshSettings& ssh, const std::string& store) {
  const auto files = make_system_files();
  const auto keys = net::ssh::read_host_keys(host_key_folder_of(ssh, store), *files);
  if (!keys) return runtime::probe_failed(keys.error());
  if (keys->empty()) {
    return runtime::probe_passed("none yet; `cistern run` makes them in " +
                                 host_key_folder_of(ssh, store));
  }
  std::string seen;
  for (const auto& key : *keys)
    seen.append(seen.empty() ? "" : ", ").append(key.type).append(" ").append(key.fingerprint);
  return runtime::probe_passed(seen);
}

ProbeResult keys_of(const PushUser& user, bool legacy) {
  const auto keys = keys_of_user(user, read_key_file);
  if (!keys) return runtime::probe_failed(keys.error());
  const int least = net::ssh::algorithms(legacy).least_rsa_bits;
  std::string seen;
  std::string fault;
  for (const auto& key : keys->keys) {
    seen.append(seen.empty() ? "" : "; ").append(net::ssh::describe_key(key));
    if (key.bits != 0 && key.bits < static_cast<std::size_t>(least)) {
      fault = "an RSA key of " + std::to_string(key.bits) + " bits is not accepted, at least " +
              std::to_string(least) + " are";
    }
  }
  if (!keys->faults.empty()) fault = keys->faults.front();
  if (fault.empty()) return runtime::probe_passed(seen);
  const Failure failure{.code = "cisco_secure_email/key",
                        .cause = fault + (seen.empty() ? "" : "; accepted: " + seen),
                        .consequence = "the appliance cannot log in with that key",
                        .next_step =
                            "paste the line that the appliance shows (logconfig > "
                            "hostkeyconfig > USER) as one line"};
  return seen.empty() ? runtime::probe_failed(failure) : runtime::probe_warned(failure);
}

ProbeResult watched_folder(const WatchSettings& watch) {
  const auto files = make_system_files();
  const auto names = files->list(watch.folder);
  if (!names) {
    Failure failure = names.error();
    failure.consequence = "no file of it is collected";
    failure.next_step = "let cistern's user read and write " + watch.folder;
    return runtime::probe_failed(failure);
  }
  return runtime::probe_passed(std::to_string(names->size()) + " entries in " + watch.folder);
}

ProbeTurn turn(std::string name, std::function<ProbeResult()> decide) {
  ProbeTurn out;
  out.name = std::move(name);
  out.ask = [](TimePoint) -> Result<std::optional<HttpRequest>> { return std::nullopt; };
  out.decide = [decide = std::move(decide)](const Result<HttpResponse>*, TimePoint) {
    return decide();
  };
  return out;
}

}  // namespace

std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context) {
  const Settings settings = make_settings(values);
  std::vector<ProbeTurn> turns;
  if (settings.ssh) {
    const SshSettings& ssh = *settings.ssh;
    turns.push_back(turn("listen port", [ssh] { return listen_port(ssh); }));
    turns.push_back(
        turn("host keys", [ssh, store = context.store] { return host_keys(ssh, store); }));
    for (const PushUser& user : ssh.users) {
      turns.push_back(turn("key of " + user.name, [user, legacy = ssh.legacy_algorithms] {
        return keys_of(user, legacy);
      }));
    }
    const std::string command = guide_facts(values, context.store)["test_command"];
    turns.push_back(turn("test login", [command] {
      return runtime::probe_left_aside("only who has a private key can try it: " + command);
    }));
  }
  if (settings.watch) {
    turns.push_back(
        turn("watched folder", [watch = *settings.watch] { return watched_folder(watch); }));
  }
  return runtime::run_probes("cisco_secure_email", {}, std::move(turns), std::move(context));
}

}  // namespace cistern::connectors::cisco_secure_email
