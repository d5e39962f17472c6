// A session of libssh's client, with the few calls that pushing needs.
#pragma once

#include "lab/cisco_secure_email/push.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <libssh/libssh.h>

namespace cistern::lab {

class SshSession {
 public:
  SshSession();
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;
  /// Connects, checks the host key against `expected` (empty: any), logs in with the key.
  bool open(const PushTarget& target, std::string_view expected);
  [[nodiscard]] const std::string& host_key() const { return host_key_; }
  /// Why the last call failed.
  [[nodiscard]] std::string words() const;
  /// Ends the connection without a word, as a cut line does.
  void cut();
  ssh_session get() { return session_; }

 private:
  bool fail_with(std::string words);
  bool check_host(std::string_view expected);
  bool log_in(const std::string& key_file);

  ssh_session session_;
  std::string host_key_;
  std::string words_;
};

/// A channel that runs one command.
class SshCommand {
 public:
  SshCommand(SshSession& session, const std::string& command);
  ~SshCommand();
  SshCommand(const SshCommand&) = delete;
  SshCommand& operator=(const SshCommand&) = delete;
  [[nodiscard]] bool running() const { return running_; }
  bool write(std::string_view bytes);
  /// One answer of scp: nothing for yes, or the sentence of the refusal.
  std::optional<std::string> refusal();
  /// Closes the input and waits for the exit status.
  int finish();

 private:
  bool read_byte(char& byte);
  ssh_channel channel_;
  bool running_ = false;
};

}  // namespace cistern::lab
