// A connection on top of libssh; included by this folder's .cpp files only.
//
// Each connection has an event loop of the library for itself, so that what the library does for
// one never runs code of another. Nothing is written from within its callbacks: they only note, and
// serve() acts when they have returned.
#pragma once

#include "net/ssh/server_session.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

namespace cistern::net::ssh {

class LibsshSession final : public ServerSession {
 public:
  LibsshSession(SessionContext& context, std::string host);
  LibsshSession(const LibsshSession&) = delete;
  LibsshSession& operator=(const LibsshSession&) = delete;
  ~LibsshSession() override;

  /// Begins the key exchange. The library gets a copy of the descriptor.
  bool open(ssh_bind bind, const Descriptor& socket);

  [[nodiscard]] int descriptor() const override;
  [[nodiscard]] bool has_output() const override;
  [[nodiscard]] const std::string& host() const override { return host_; }
  void serve(bool ready) override;
  void wind_up() override { winding_up_ = true; }
  [[nodiscard]] bool over() const override;

 private:
  enum class Phase : std::uint8_t { key_exchange, login, logged_in };

  // libssh_session.cpp
  [[nodiscard]] bool connected() const;
  void read_network();
  void pump();
  void flush();
  void close_channel();
  void look_at_end();
  void watch_times();
  void watch_pace();
  void end(const std::string& code, const std::string& text);
  void hang_up();
  void incident(const std::string& code, const std::string& text) const;
  [[nodiscard]] Duration now() const { return context_.clock.steady(); }

  // libssh_session_login.cpp
  void set_server_callbacks();
  int on_public_key(std::string_view user, ssh_key key, int state);
  int refuse_login(std::string_view user, const std::string& code, const std::string& text);
  void log_in(std::string_view user, const AuthorizedKey& key);
  [[nodiscard]] std::string agreed() const;

  // libssh_session_channel.cpp
  ssh_channel on_open_channel();
  void set_channel_callbacks();
  int on_exec(std::string_view command);
  int on_subsystem(std::string_view name);
  int start_push(std::unique_ptr<PushProtocol> protocol, std::string_view method);
  int on_data(std::string_view bytes);

  SessionContext& context_;
  const std::string host_;
  ssh_session session_ = nullptr;
  ssh_event event_ = nullptr;
  ssh_channel channel_ = nullptr;
  ssh_server_callbacks_struct server_callbacks_{};
  ssh_channel_callbacks_struct channel_callbacks_{};

  Phase phase_ = Phase::key_exchange;
  std::string user_;
  std::uint32_t login_failures_ = 0;
  bool doomed_ = false;  ///< To be hung up as soon as no callback is running.
  bool hung_up_ = false;
  bool end_told_ = false;  ///< Why the connection ended was said.
  bool winding_up_ = false;

  std::shared_ptr<PushChannel> push_;
  std::string carried_;      ///< Read from the library, not taken by the channel.
  std::size_t left_ = 0;     ///< Still in the library.
  bool peer_ended_ = false;  ///< No more bytes follow.
  bool end_delivered_ = false;
  bool channel_closed_ = false;  ///< By us.
  bool paused_ = false;

  Duration began_{};
  Duration active_{};      ///< When something last happened.
  Duration pace_since_{};  ///< Of the window in which a file's bytes are counted.
  std::uint64_t pace_bytes_ = 0;
};

}  // namespace cistern::net::ssh
