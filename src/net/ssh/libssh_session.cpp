#include "net/ssh/libssh_session.hpp"

#include "base/bytes.hpp"
#include "net/ssh/algorithms.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fcntl.h>

namespace cistern::net::ssh {
namespace {

/// The library reads a few KiB at a time; after so many turns it is another connection's.
constexpr int kTurns = 32;
constexpr std::size_t kPiece = 32U << 10;
constexpr std::uint64_t kLeastPace = 1024;  ///< Bytes a second.
/// How long a peer that was told all may take to go.
constexpr Duration kFarewell = std::chrono::seconds{10};

}  // namespace

LibsshSession::LibsshSession(SessionContext& context, std::string host)
    : context_(context), host_(std::move(host)) {
  began_ = active_ = pace_since_ = now();
}

LibsshSession::~LibsshSession() {
  hang_up();
  if (event_ != nullptr) {
    ssh_event_remove_session(event_, session_);
    ssh_event_free(event_);
  }
  ssh_free(session_);
}

bool LibsshSession::open(ssh_bind bind, const Descriptor& socket) {
  const int copy = fcntl(socket.get(), F_DUPFD_CLOEXEC, 0);
  session_ = copy < 0 ? nullptr : ssh_new();
  event_ = session_ == nullptr ? nullptr : ssh_event_new();
  if (event_ == nullptr || ssh_bind_accept_fd(bind, session_, copy) != SSH_OK) {
    const Descriptor closes{copy};
    return false;
  }
  ssh_set_blocking(session_, 0);
  set_server_callbacks();
  ssh_set_auth_methods(session_, SSH_AUTH_METHOD_PUBLICKEY);
  // Without waiting it only sends our greeting; what follows is done by the library's own events.
  if (ssh_handle_key_exchange(session_) == SSH_ERROR) return false;
  return ssh_event_add_session(event_, session_) == SSH_OK;
}

// ---- what the server asks ----

bool LibsshSession::connected() const {
  return !hung_up_ && session_ != nullptr &&
         (ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0 &&
         ssh_get_fd(session_) >= 0;
}

int LibsshSession::descriptor() const {
  return connected() ? ssh_get_fd(session_) : -1;
}

bool LibsshSession::has_output() const {
  return connected() && (ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0;
}

bool LibsshSession::over() const {
  return !connected() && (!push_ || push_->storing() == 0);
}

// ---- serving ----

void LibsshSession::serve(bool ready) {
  if (ready && connected()) read_network();
  if (doomed_) hang_up();
  pump();
  if (connected()) {
    flush();
    close_channel();
    watch_times();
  }
  look_at_end();
}

void LibsshSession::read_network() {
  active_ = now();
  for (int turn = 0; turn < kTurns && connected() && !doomed_; ++turn) {
    if (ssh_event_dopoll(event_, 0) != SSH_OK) break;
  }
}

/// Hands on what the library holds because the channel had no room for it before.
void LibsshSession::pump() {
  if (!push_ || winding_up_) return;
  std::array<char, kPiece> piece{};
  while (push_->has_room()) {
    if (!carried_.empty()) {
      carried_.erase(0, push_->receive(carried_));
      if (!carried_.empty()) break;
    }
    if (left_ == 0 || channel_ == nullptr) break;
    const int got = ssh_channel_read_nonblocking(
        channel_, piece.data(), static_cast<std::uint32_t>(std::min(left_, kPiece)), 0);
    if (got <= 0) break;
    left_ -= static_cast<std::size_t>(got);
    carried_.assign(piece.data(), static_cast<std::size_t>(got));
  }
  const bool waiting = left_ > 0 || !carried_.empty();
  if (waiting && !push_->has_room() && !std::exchange(paused_, true)) ++context_.pauses;
  if (!waiting) paused_ = false;
  const bool nobody_sends = peer_ended_ || !connected();
  if (nobody_sends && !waiting && !std::exchange(end_delivered_, true)) push_->ended();
  // Whoever is gone cannot be answered, so nothing more of it is waited for.
  if (!connected() && !std::exchange(end_delivered_, true)) push_->ended();
}

/// Never more than the peer's window: the library would wait for it.
void LibsshSession::flush() {
  while (push_ && channel_ != nullptr && !push_->output().empty() &&
         ssh_channel_is_open(channel_) != 0) {
    const std::string_view output = push_->output();
    const auto size = static_cast<std::uint32_t>(
        std::min<std::size_t>({output.size(), ssh_channel_window_size(channel_), kPiece}));
    if (size == 0) return;
    const int written = ssh_channel_write(channel_, output.data(), size);
    if (written <= 0) return;
    push_->consume(static_cast<std::size_t>(written));
  }
}

void LibsshSession::close_channel() {
  if (winding_up_ && push_ && push_->storing() == 0 && push_->output().empty()) hang_up();
  if (winding_up_ && !push_) hang_up();
  if (!push_ || channel_closed_ || !connected()) return;
  if (!push_->finished() || !push_->output().empty()) return;
  channel_closed_ = true;
  active_ = now();
  ssh_channel_request_send_exit_status(channel_, push_->exit_status());
  ssh_channel_send_eof(channel_);
  ssh_channel_close(channel_);
}

void LibsshSession::look_at_end() {
  if (connected() || std::exchange(end_told_, true)) return;
  if (phase_ == Phase::logged_in) return;  // The channel tells what broke off.
  const std::string_view said = ssh_get_error(session_);
  NoCommonAlgorithm none;
  if (read_no_common_algorithm(said, none)) {
    incident("ssh/no-common-algorithm",
             "no common " + none.what + " algorithm; the client offers only: " + none.offered +
                 (none.legacy_helps && !context_.options.legacy_algorithms
                      ? "; next step: set `legacy_algorithms: true`, or update the appliance"
                      : "; next step: update the appliance"));
  } else if (phase_ == Phase::key_exchange) {
    incident("ssh/handshake-broken",
             "the connection ended before keys were exchanged: " +
                 (said.empty() ? "closed by the peer" : excerpt(said, 200)));
  } else if (login_failures_ == 0) {
    incident("ssh/login-broken", "the connection ended before a login");
  }
}

// ---- times ----

void LibsshSession::watch_times() {
  const Duration at = now();
  const SshServerOptions& options = context_.options;
  if (phase_ != Phase::logged_in) {
    if (at - began_ >= options.login_grace) {
      end("ssh/login-timeout", "no login within " + format_duration(options.login_grace));
    }
    return;
  }
  if (channel_closed_) {
    if (at - active_ >= kFarewell) hang_up();
    return;
  }
  const bool ours = push_ && (push_->storing() > 0 || !push_->has_room());
  if (ours) {
    active_ = pace_since_ = at;  // The peer waits for us.
    pace_bytes_ = 0;
  } else if (at - active_ >= options.idle_timeout) {
    end("ssh/idle", "nothing came for " + format_duration(options.idle_timeout));
  } else {
    watch_pace();
  }
}

void LibsshSession::watch_pace() {
  const Duration at = now();
  if (!push_ || !push_->receiving()) {
    pace_since_ = at;
    pace_bytes_ = 0;
    return;
  }
  const Duration passed = at - pace_since_;
  if (passed < context_.options.slow_after) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(passed).count();
  if (pace_bytes_ < kLeastPace * static_cast<std::uint64_t>(seconds)) {
    return end("ssh/too-slow", "a file came with fewer than 1 KiB/s for " +
                                   format_duration(context_.options.slow_after));
  }
  pace_since_ = at;
  pace_bytes_ = 0;
}

void LibsshSession::end(const std::string& code, const std::string& text) {
  end_told_ = true;
  incident(code, text);
  hang_up();
}

void LibsshSession::hang_up() {
  if (std::exchange(hung_up_, true) || session_ == nullptr) return;
  // With the connection the library frees its channels.
  if (channel_ != nullptr) ssh_remove_channel_callbacks(channel_, &channel_callbacks_);
  channel_ = nullptr;
  ssh_disconnect(session_);
  left_ = 0;
  carried_.clear();
}

void LibsshSession::incident(const std::string& code, const std::string& text) const {
  context_.listener.incident({.code = code, .text = text, .host = host_, .user = user_});
}

}  // namespace cistern::net::ssh
