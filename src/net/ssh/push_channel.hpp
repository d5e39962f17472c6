// Carries out what a push protocol orders: between the bytes of one channel and the receiver of its
// files. Knows no SSH library, so that a test can stand on both sides.
#pragma once

#include "base/executor.hpp"
#include "net/ssh/file_receiver.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::net::ssh {

/// Bytes of one channel that the receiver has not written yet; at this many no more are taken, and
/// the peer's window closes.
inline constexpr std::size_t kMaxUnwritten = 2U << 20;
/// Answers that the peer has not read; at this many its requests wait.
inline constexpr std::size_t kMaxUnread = 256U << 10;

struct PushChannelListener {
  std::function<void(const PushRemark&)> remarked;
  std::function<void(const FileFacts&, std::uint64_t size)> stored;
};

/// All calls on the thread of `home`, where callbacks of the receiver are posted to, also of files
/// whose channel has gone.
class PushChannel : public std::enable_shared_from_this<PushChannel> {
 public:
  PushChannel(std::unique_ptr<PushProtocol> protocol, PushPeer peer, FileReceiver& receiver,
              std::shared_ptr<Executor> home, PushChannelListener listener);

  void start();
  /// Takes what it can now, and returns how many bytes that were.
  std::size_t receive(std::string_view bytes);
  /// The peer sends nothing more; everything it sent was received.
  void ended();
  /// Bytes for the peer; consume() takes them off.
  [[nodiscard]] std::string_view output() const { return output_; }
  void consume(std::size_t bytes) { output_.erase(0, bytes); }
  /// Whether bytes would be taken now, as far as room goes.
  [[nodiscard]] bool has_room() const;
  /// Whether the channel can be closed once its output is gone.
  [[nodiscard]] bool finished() const { return protocol_->finished(); }
  [[nodiscard]] int exit_status() const { return protocol_->exit_status(); }
  /// Files that are whole here and whose peer waits to hear that they are stored.
  [[nodiscard]] std::size_t storing() const { return storing_; }
  /// Files that are being received.
  [[nodiscard]] bool receiving() const { return files_.size() > storing_; }

 private:
  struct Open {
    FileFacts facts;
    std::unique_ptr<IncomingFile> file;
    std::uint64_t size = 0;
  };
  void perform(PushStep step);
  void carry_out(PushOrder& order, PushStep& next);
  void open(const PushOrder& order, PushStep& next);
  void append(Open& open, PushOrder& order);
  void finish(Open& open, const PushOrder& order);
  void on_written(std::uint32_t file, std::size_t bytes, const Status& status);
  void on_stored(std::uint32_t file, const Status& status);

  std::unique_ptr<PushProtocol> protocol_;
  const PushPeer peer_;
  FileReceiver& receiver_;
  const std::shared_ptr<Executor> home_;
  PushChannelListener listener_;
  std::map<std::uint32_t, Open> files_;
  std::string output_;
  std::size_t unwritten_ = 0;
  std::size_t storing_ = 0;
};

}  // namespace cistern::net::ssh
