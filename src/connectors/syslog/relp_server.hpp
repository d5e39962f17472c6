// The server's side of a RELP session, without I/O.
#pragma once

#include "codec/relp.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::syslog {

/// What a frame asks for.
struct RelpStep {
  enum class Kind : std::uint8_t {
    reply,    ///< `reply` is to be sent now.
    message,  ///< `data` is a message; `reply` is to be sent once it is stored.
    close,    ///< `reply` is to be sent when all messages before it are stored, then the end.
    broken,   ///< The peer does not keep to the protocol: `reply` now, then the end.
  };
  Kind kind = Kind::reply;
  std::string_view data{};
  std::string reply{};
  std::string_view why{};  ///< Of broken.
};

class RelpServer {
 public:
  RelpStep take(const codec::RelpFrame& frame);
  /// What is said before the connection is closed from this side.
  static std::string farewell();

 private:
  RelpStep open(const codec::RelpFrame& frame);
  bool open_ = false;
};

}  // namespace cistern::connectors::syslog
