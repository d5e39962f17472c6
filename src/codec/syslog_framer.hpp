// Where messages begin and end in a syslog stream (RFC 6587): octet counting, or a line break or a
// NUL behind each message; senders mix them, so each frame is looked at by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cistern::codec {

enum class SyslogFraming : std::uint8_t {
  automatic,  ///< By the first characters of each frame; see SyslogFramer.
  octet,      ///< Counts only; anything else is out of step.
  lf,         ///< Line breaks only, so that a line may begin with a number.
  nul,        ///< NULs only.
};

struct SyslogFrame {
  std::string_view bytes;
  bool truncated = false;  ///< It was longer than is taken; the rest was passed over.
};

/// Shown each byte of a connection once, so its cost is linear.
///
/// `automatic`: digits, a blank, and then `<` or no more bytes announced than a message may have:
/// counted. Otherwise text up to a line break, whose carriage return is dropped. A NUL ends a
/// message where `<` follows or nothing yet, until a line break has ended one on this connection;
/// from then on NULs are bytes like others. Empty frames are keep-alives.
class SyslogFramer {
 public:
  SyslogFramer(SyslogFraming framing, std::size_t most) : framing_(framing), most_(most) {}

  /// `bytes` begins with what the last call did not use, and goes on with what has arrived since.
  /// Appends the frames that are whole; returns how many bytes were used. What is not used is at
  /// most one message. The frames' views point into `bytes`.
  std::size_t advance(std::string_view bytes, std::vector<SyslogFrame>& frames);

  /// The connection has ended, `rest` is what was not used: a line without its end is a message; a
  /// counted frame that is not whole is discarded (incomplete() says so).
  void finish(std::string_view rest, std::vector<SyslogFrame>& frames);

  /// The sender does not keep to `octet`: only closing the connection helps.
  [[nodiscard]] bool out_of_step() const { return out_of_step_; }
  [[nodiscard]] bool incomplete() const { return incomplete_; }

 private:
  enum class Kind : std::uint8_t { undecided, counted, delimited };
  struct Start {
    Kind kind = Kind::undecided;
    std::size_t header = 0;
    std::size_t count = 0;
  };
  [[nodiscard]] Start look(std::string_view bytes) const;
  std::size_t take_one(std::string_view bytes, std::vector<SyslogFrame>& frames);
  std::size_t take_counted(std::string_view bytes, const Start& start,
                           std::vector<SyslogFrame>& frames);
  std::size_t take_delimited(std::string_view bytes, std::vector<SyslogFrame>& frames);
  [[nodiscard]] std::size_t find_end(std::string_view bytes);
  std::size_t skip(std::string_view bytes);

  SyslogFraming framing_;
  std::size_t most_;
  std::size_t seen_ = 0;        // Of the bytes that were not used: known to hold no end.
  std::size_t skip_count_ = 0;  // Of a counted frame that was too long.
  bool skip_to_end_ = false;    // Of a delimited one.
  bool nul_ended_ = false;      // The first message of the connection ended with a NUL,
  bool line_ended_ = false;     // or with a line break.
  bool out_of_step_ = false;
  bool incomplete_ = false;
};

/// A datagram's message: without the line breaks and NULs that some senders put at its end.
std::string_view datagram_message(std::string_view datagram);

}  // namespace cistern::codec
