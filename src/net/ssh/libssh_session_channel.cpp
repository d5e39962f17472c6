// The one channel of a connection, and what may be asked for on it.
#include "base/bytes.hpp"
#include "net/ssh/libssh_session.hpp"
#include "net/ssh/scp_command.hpp"
#include "net/ssh/scp_sink.hpp"
#include "net/ssh/sftp_sink.hpp"

namespace cistern::net::ssh {
namespace {

constexpr int kAccepted = 0;
constexpr int kRefused = 1;

LibsshSession* of(void* userdata) {
  return static_cast<LibsshSession*>(userdata);
}

}  // namespace

ssh_channel LibsshSession::on_open_channel() {
  if (phase_ != Phase::logged_in || channel_ != nullptr || winding_up_) {
    incident("ssh/request-refused", "a second channel was asked for");
    return nullptr;
  }
  channel_ = ssh_channel_new(session_);
  if (channel_ != nullptr) set_channel_callbacks();
  return channel_;
}

/// What has no callback here (pty, shell, env, agent, X11) is refused by the library, as are
/// channels of other kinds and global requests.
void LibsshSession::set_channel_callbacks() {
  auto& calls = channel_callbacks_;
  calls.userdata = this;
  calls.channel_exec_request_function = [](ssh_session, ssh_channel, const char* command,
                                           void* self) { return of(self)->on_exec(command); };
  calls.channel_subsystem_request_function = [](ssh_session, ssh_channel, const char* name,
                                                void* self) {
    return of(self)->on_subsystem(name);
  };
  calls.channel_shell_request_function = [](ssh_session, ssh_channel, void* self) {
    of(self)->incident("ssh/request-refused", "a shell was asked for; there is none");
    return kRefused;
  };
  calls.channel_data_function = [](ssh_session, ssh_channel, void* data, std::uint32_t size,
                                   int is_stderr, void* self) {
    if (is_stderr != 0) return static_cast<int>(size);
    return of(self)->on_data({static_cast<const char*>(data), size});
  };
  calls.channel_eof_function = [](ssh_session, ssh_channel, void* self) {
    of(self)->peer_ended_ = true;
  };
  calls.channel_close_function = [](ssh_session, ssh_channel, void* self) {
    of(self)->peer_ended_ = true;
  };
  ssh_callbacks_init(&calls);
  ssh_set_channel_callbacks(channel_, &calls);
}

int LibsshSession::on_exec(std::string_view command) {
  const auto scp = read_scp_command(command);
  if (!scp) {
    incident(scp.error().code, scp.error().cause);
    return kRefused;
  }
  const PushLimits limits{.max_file_size = context_.options.max_file_size};
  const auto folder = normal_path(scp->target);
  if (folder && context_.folders->holds(*folder))
    return start_push(std::make_unique<ScpSink>(*folder, limits), "scp");
  return start_push(std::make_unique<ScpRefusal>(excerpt(scp->target, 120) +
                                                 ": no such directory; files go into " +
                                                 context_.folders->listed()),
                    "scp");
}

int LibsshSession::on_subsystem(std::string_view name) {
  if (name != "sftp") {
    incident("ssh/request-refused", "the subsystem '" + excerpt(name, 60) + "' is not served");
    return kRefused;
  }
  const PushLimits limits{.max_file_size = context_.options.max_file_size};
  return start_push(std::make_unique<SftpSink>(context_.folders, limits), "sftp");
}

int LibsshSession::start_push(std::unique_ptr<PushProtocol> protocol, std::string_view method) {
  if (push_) return kRefused;
  PushPeer peer{.user = user_, .host = host_, .method = method};
  PushChannelListener listener{
      .remarked = [this](const PushRemark& remark) { incident(remark.code, remark.text); },
      .stored =
          [this, peer](const FileFacts& facts, std::uint64_t size) {
            ++context_.files;
            context_.bytes += size;
            context_.listener.stored(peer, facts, size);
          }};
  push_ = std::make_shared<PushChannel>(std::move(protocol), peer, context_.receiver, context_.home,
                                        std::move(listener));
  push_->start();
  return kAccepted;
}

int LibsshSession::on_data(std::string_view bytes) {
  std::size_t taken = 0;
  if (!push_ || channel_closed_) {
    taken = bytes.size();  // Nobody asked for it.
  } else if (carried_.empty() && !winding_up_) {
    taken = push_->receive(bytes);
  }
  left_ = bytes.size() - taken;
  pace_bytes_ += bytes.size();
  return static_cast<int>(taken);
}

}  // namespace cistern::net::ssh
