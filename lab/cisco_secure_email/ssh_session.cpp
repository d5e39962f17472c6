#include "lab/cisco_secure_email/ssh_session.hpp"

#include "base/bytes.hpp"

#include <utility>

#include <sys/socket.h>

namespace cistern::lab {

namespace {

constexpr int kAnswerMilliseconds = 60'000;
constexpr long kConnectSeconds = 15;
constexpr std::size_t kMostRefusal = 2048;

}  // namespace

SshSession::SshSession() : session_(ssh_new()) {}

SshSession::~SshSession() {
  ssh_disconnect(session_);
  ssh_free(session_);
}

bool SshSession::fail_with(std::string words) {
  words_ = std::move(words);
  return false;
}

std::string SshSession::words() const {
  return words_.empty() ? ssh_get_error(session_) : words_;
}

void SshSession::cut() {
  // Only the socket: a disconnect would free channels that still have an owner.
  const int descriptor = ssh_get_fd(session_);
  if (descriptor >= 0) shutdown(descriptor, SHUT_RDWR);
}

bool SshSession::open(const PushTarget& target, std::string_view expected) {
  const int no = 0;
  const unsigned port = target.address.port;
  const long seconds = kConnectSeconds;
  ssh_options_set(session_, SSH_OPTIONS_PROCESS_CONFIG, &no);
  ssh_options_set(session_, SSH_OPTIONS_HOST, target.address.host.c_str());
  ssh_options_set(session_, SSH_OPTIONS_PORT, &port);
  ssh_options_set(session_, SSH_OPTIONS_USER, target.user.c_str());
  ssh_options_set(session_, SSH_OPTIONS_TIMEOUT, &seconds);
  // Nothing of the user's own settings and files has to do with the lab.
  ssh_options_set(session_, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  ssh_options_set(session_, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  if (ssh_connect(session_) != SSH_OK) return fail_with({});
  return check_host(expected) && log_in(target.key_file);
}

bool SshSession::check_host(std::string_view expected) {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(session_, &key) != SSH_OK) return fail_with({});
  unsigned char* digest = nullptr;
  std::size_t size = 0;
  const int done = ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &digest, &size);
  ssh_key_free(key);
  if (done != 0) return fail_with("the host key has no digest");
  host_key_ = hex_encode({reinterpret_cast<const char*>(digest), size});
  ssh_clean_pubkey_hash(&digest);
  if (expected.empty() || expected == host_key_) return true;
  return fail_with("the collector's host key has changed; an appliance pushes nothing to it");
}

bool SshSession::log_in(const std::string& key_file) {
  ssh_key key = nullptr;
  if (ssh_pki_import_privkey_file(key_file.c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK)
    return fail_with("the appliance's key " + key_file + " cannot be read");
  // Asking for nothing first makes the library read which signatures the collector accepts; without
  // that it would offer SHA-1 for RSA keys, and refuse to sign.
  const int none = ssh_userauth_none(session_, nullptr);
  const int done = none == SSH_AUTH_ERROR ? none : ssh_userauth_publickey(session_, nullptr, key);
  ssh_key_free(key);
  return done == SSH_AUTH_SUCCESS || fail_with("the collector does not accept the appliance's key");
}

SshCommand::SshCommand(SshSession& session, const std::string& command)
    : channel_(ssh_channel_new(session.get())) {
  running_ = channel_ != nullptr && ssh_channel_open_session(channel_) == SSH_OK &&
             ssh_channel_request_exec(channel_, command.c_str()) == SSH_OK;
}

SshCommand::~SshCommand() {
  if (channel_ != nullptr) ssh_channel_free(channel_);
}

bool SshCommand::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), 32 * 1024));
    const int sent = ssh_channel_write(channel_, bytes.data(), piece);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool SshCommand::read_byte(char& byte) {
  return ssh_channel_read_timeout(channel_, &byte, 1, 0, kAnswerMilliseconds) == 1;
}

std::optional<std::string> SshCommand::refusal() {
  char byte = 0;
  if (!read_byte(byte)) return "no answer";
  if (byte == '\0') return std::nullopt;
  std::string sentence;
  if (byte != '\1' && byte != '\2') sentence = "an answer that begins with no known code: ";
  while (read_byte(byte) && byte != '\n' && sentence.size() < kMostRefusal)
    sentence += byte;
  return sentence;
}

int SshCommand::finish() {
  if (ssh_channel_send_eof(channel_) != SSH_OK) return -1;
  // The status comes with the end of the command; nothing else is said any more.
  char ignored = 0;
  while (ssh_channel_read_timeout(channel_, &ignored, 1, 0, kAnswerMilliseconds) > 0) {
  }
  return ssh_channel_get_exit_status(channel_);
}

}  // namespace cistern::lab
