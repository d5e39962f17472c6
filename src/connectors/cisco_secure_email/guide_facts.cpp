#include "connectors/cisco_secure_email/guide_facts.hpp"

#include "connectors/cisco_secure_email/options.hpp"
#include "connectors/cisco_secure_email/ssh_reception.hpp"
#include "net/ssh/host_keys.hpp"

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::string_view kNotYet = "(made when `cistern run` first starts; ask again then)";

std::string joined(const std::vector<net::ssh::HostKey>& keys,
                   std::string (*text)(const net::ssh::HostKey&)) {
  std::string out;
  for (const auto& key : keys)
    out.append(out.empty() ? "" : "  |  ").append(text(key));
  return out.empty() ? std::string{kNotYet} : out;
}

}  // namespace

std::map<std::string, std::string> guide_facts(const config::Values& values,
                                               const std::string& store) {
  std::map<std::string, std::string> out;
  const Settings settings = make_settings(values);
  if (!settings.ssh) return out;
  const SshSettings& ssh = *settings.ssh;
  const auto files = make_system_files();
  const auto keys = net::ssh::read_host_keys(host_key_folder_of(ssh, store), *files);
  const std::vector<net::ssh::HostKey> none;
  out["host_key_lines"] =
      joined(keys ? *keys : none, [](const net::ssh::HostKey& key) { return key.public_line; });
  out["fingerprints"] = joined(keys ? *keys : none, [](const net::ssh::HostKey& key) {
    return key.type + " " + key.fingerprint;
  });
  out["port"] = std::to_string(ssh.port);
  out["host"] = values.has("host") ? values.text("host") : "<host>";
  out["directory"] = ssh.folders.back().path;
  out["user"] = ssh.users.empty() ? "<user>" : ssh.users.front().name;
  out["test_command"] = "scp -O -P " + out["port"] + " -i KEY mail.@20240318T081200.s " +
                        out["user"] + "@" + out["host"] + ":" + out["directory"] + "/";
  return out;
}

}  // namespace cistern::connectors::cisco_secure_email
