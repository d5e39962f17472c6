// The client's side of one RELP connection, without sockets: frames to send, answers to read, and
// which messages the server has taken responsibility for.
//
// Only an answer of 200 makes a message owed. What was not answered when a connection broke has to
// be sent again on the next one; the server may then have it twice, and that is no fault of his.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

class RelpSession {
 public:
  /// At most `window` messages wait for their answer at a time.
  explicit RelpSession(std::size_t window) : window_(window) {}

  /// The frame that has to come first.
  std::string open();
  /// The server has accepted the session.
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] bool has_room() const { return open_ && waiting_.size() < window_; }
  /// A frame of the message, which is called `key` until it is answered.
  std::string message(std::uint64_t key, std::string_view text);
  /// The frame that ends the session; nothing may follow it.
  std::string close();
  [[nodiscard]] bool is_closed() const { return closed_; }

  struct Answers {
    std::vector<std::uint64_t> accepted;
    std::vector<std::uint64_t> refused;
    bool server_closes = false;
  };
  /// Takes bytes from the server. Nothing when they are no RELP, answer nobody, or refuse the
  /// session: the connection is then of no use.
  std::optional<Answers> take(std::string_view bytes);
  /// Messages without answer, oldest first.
  [[nodiscard]] std::vector<std::uint64_t> unanswered() const;

 private:
  struct Waiting {
    std::uint32_t number;
    std::uint64_t key;
  };
  struct Frame {
    std::uint32_t number = 0;
    std::string_view command;
    std::string_view data;
  };
  enum class Cut : std::uint8_t { whole, more_needed, wrong };
  std::string frame(std::string_view command, std::string_view data);
  Cut next_frame(std::string_view bytes, Frame& frame, std::size_t& length) const;
  bool answer(const Frame& frame, Answers& answers);

  std::size_t window_;
  std::uint32_t next_ = 1;
  std::uint32_t open_number_ = 0;
  std::uint32_t close_number_ = 0;
  bool open_ = false;
  bool closed_ = false;
  std::deque<Waiting> waiting_;
  std::string rest_;
};

}  // namespace cistern::lab
