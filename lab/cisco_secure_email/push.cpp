#include "lab/cisco_secure_email/push.hpp"

#include "base/files.hpp"
#include "lab/cisco_secure_email/ssh_session.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <libssh/sftp.h>

namespace cistern::lab {

namespace {

/// What became of a push inside an open session; empty words: acknowledged.
using Words = std::string;

std::size_t first_part(const PushFile& file, const PushOptions& options) {
  return options.cut == PushCut::data ? std::min(options.cut_at, file.bytes.size())
                                      : file.bytes.size();
}

Words broken_off(SshSession& session) {
  session.cut();
  return "broken off on purpose";
}

Words announce(SshCommand& scp, const PushFile& file, bool with_times) {
  if (auto no = scp.refusal()) return *no;
  if (with_times) {
    const auto seconds = std::to_string(unix_seconds(file.changed));
    if (!scp.write("T" + seconds + " 0 " + seconds + " 0\n")) return "connection lost";
    if (auto no = scp.refusal()) return *no;
  }
  const auto line =
      "C0644 " + std::to_string(file.bytes.size()) + " " + std::string(file.name) + "\n";
  if (!scp.write(line)) return "connection lost";
  return scp.refusal().value_or("");
}

Words push_by_scp(SshSession& session, const PushTarget& target, const PushFile& file,
                  const PushOptions& options) {
  SshCommand scp(session,
                 std::string(options.with_times ? "scp -p -t " : "scp -t ") + target.directory);
  if (!scp.running()) return session.words();
  if (auto no = announce(scp, file, options.with_times); !no.empty()) return no;
  if (!scp.write(file.bytes.substr(0, first_part(file, options)))) return "connection lost";
  if (options.cut == PushCut::data || options.cut == PushCut::status) return broken_off(session);
  if (!scp.write(std::string_view("\0", 1))) return "connection lost";
  if (options.cut == PushCut::answer) return broken_off(session);
  if (auto no = scp.refusal()) return *no;
  const int status = scp.finish();
  return status == 0 ? Words{} : "exit status " + std::to_string(status);
}

struct FreeSftp {
  void operator()(sftp_session_struct* sftp) const { sftp_free(sftp); }
};
struct CloseFile {
  void operator()(sftp_file_struct* file) const { sftp_close(file); }
};

Words write_by_sftp(SshSession& session, sftp_session sftp, const PushTarget& target,
                    const PushFile& file, const PushOptions& options) {
  const auto path = target.directory + "/" + std::string(file.name);
  std::unique_ptr<sftp_file_struct, CloseFile> handle(
      sftp_open(sftp, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
  if (handle == nullptr) return session.words();
  auto rest = file.bytes.substr(0, first_part(file, options));
  while (!rest.empty()) {
    const auto piece = std::min<std::size_t>(rest.size(), 32 * 1024);
    const auto sent = sftp_write(handle.get(), rest.data(), piece);
    if (sent <= 0) return "connection lost";
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  if (options.cut != PushCut::none) return broken_off(session);
  return sftp_close(handle.release()) == SSH_NO_ERROR
             ? Words{}
             : "the file was not closed: " + session.words();
}

Words push_by_sftp(SshSession& session, const PushTarget& target, const PushFile& file,
                   const PushOptions& options) {
  const std::unique_ptr<sftp_session_struct, FreeSftp> sftp(sftp_new(session.get()));
  if (sftp == nullptr || sftp_init(sftp.get()) != SSH_OK) return session.words();
  return write_by_sftp(session, sftp.get(), target, file, options);
}

}  // namespace

PushOutcome push_file(const PushTarget& target, std::string_view host_key, const PushFile& file,
                      const PushOptions& options) {
  SshSession session;
  PushOutcome outcome;
  if (!session.open(target, host_key)) {
    outcome.words = session.words();
    return outcome;
  }
  outcome.words = options.method == PushMethod::scp ? push_by_scp(session, target, file, options)
                                                    : push_by_sftp(session, target, file, options);
  outcome.acknowledged = outcome.words.empty();
  outcome.host_key = session.host_key();
  return outcome;
}

Status make_appliance_key(const std::string& path) {
  const auto files = make_system_files();
  const auto there = files->exists(path);
  if (there && *there) return {};
  ssh_key key = nullptr;
  bool made = ssh_pki_generate(SSH_KEYTYPE_RSA, 3072, &key) == SSH_OK;
  made =
      made && ssh_pki_export_privkey_file(key, nullptr, nullptr, nullptr, path.c_str()) == SSH_OK;
  made = made && ssh_pki_export_pubkey_file(key, (path + ".pub").c_str()) == SSH_OK;
  ssh_key_free(key);
  if (made) return {};
  return fail_stop("lab/no-key", "the appliance's key cannot be made in " + path,
                   "choose a folder that can be written to");
}

}  // namespace cistern::lab
