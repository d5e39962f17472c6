// A protocol that files are pushed with, as a machine over the bytes of one channel: no socket, no
// disk, no SSH library. What it wants done leaves it as a step; what became of that is told to it.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::net::ssh {

/// What a peer says of a file before its bytes.
struct FileFacts {
  std::string name;       ///< Passes name_fault(); data, never a path.
  std::string directory;  ///< As normal_path().
  std::optional<std::uint64_t> size{};
  std::optional<std::int64_t> modified{};  ///< Seconds since 1970.
};

struct PushOrder {
  enum class Kind : std::uint8_t {
    open,     ///< Answered with opened(), before any other call.
    append,   ///< Answered with write_failed(), or not at all.
    finish,   ///< Answered with stored(), later.
    discard,  ///< Nothing of the file is wanted; not answered.
  };
  Kind kind = Kind::append;
  std::uint32_t file = 0;                  ///< Chosen by the machine; not used again.
  FileFacts facts{};                       ///< Of open.
  std::string bytes{};                     ///< Of append.
  std::optional<std::int64_t> modified{};  ///< Of finish, when the peer said it since.
};

/// Something worth counting: a refusal, a broken transfer.
struct PushRemark {
  std::string code;  ///< "ssh/name-refused"
  std::string text;  ///< Without control bytes.
};

struct PushStep {
  std::string reply;  ///< Bytes for the peer.
  std::vector<PushOrder> orders;
  std::vector<PushRemark> remarks;
};

/// Most bytes of one file, and how peers may be answered.
struct PushLimits {
  std::uint64_t max_file_size = 512ULL << 20;
};

/// All calls come from one thread, one after the other; each adds to `step`.
class PushProtocol {
 public:
  virtual ~PushProtocol() = default;
  /// The channel stands.
  virtual void start(PushStep& step) = 0;
  /// Bytes from the peer. Takes some or all of them and returns how many; fewer when it waits for
  /// opened() or stored(), and what is left is offered again behind that. An open order ends the
  /// taking.
  virtual std::size_t take(std::string_view bytes, PushStep& step) = 0;
  virtual void opened(std::uint32_t file, const Status& status, PushStep& step) = 0;
  /// An append of the file failed; its later orders have no effect.
  virtual void write_failed(std::uint32_t file, const Failure& failure) = 0;
  virtual void stored(std::uint32_t file, const Status& status, PushStep& step) = 0;
  /// The peer sends nothing more. Files without an end are discarded.
  virtual void ended(PushStep& step) = 0;
  /// Whether the channel can be closed.
  [[nodiscard]] virtual bool finished() const = 0;
  /// 0: all that the peer wanted is stored.
  [[nodiscard]] virtual int exit_status() const = 0;
};

/// What a peer may read of a failure of ours: the system's words for a full disk, because peers
/// know them; otherwise the cause, which never holds a path or a secret of this machine.
std::string peer_words(const Failure& failure);

}  // namespace cistern::net::ssh
