// The options of a syslog connector, as data, and what they mean together.
#pragma once

#include "codec/syslog_framer.hpp"
#include "config/options.hpp"
#include "connectors/syslog/match.hpp"
#include "ecs/view.hpp"
#include "net/listen/server_stream.hpp"
#include "runtime/listen/sender_limits.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cistern::connectors::syslog {

std::span<const config::Option> option_table();

/// The stream of that name; the text is static. Empty when there is none.
std::string_view known_stream(std::string_view name);

/// Checks that concern several options, and forms that a type cannot express.
void check_options(const config::Values& values, std::vector<config::Problem>& problems);

/// One of `listen`.
struct Listener {
  enum class Transport : std::uint8_t { udp, tcp, tls, relp, relps };
  Transport transport = Transport::udp;
  net::PeerAddress at;
  std::string text;  ///< As written.
  [[nodiscard]] bool has_tls() const {
    return transport == Transport::tls || transport == Transport::relps;
  }
};
/// As it stands in the meta of a record.
std::string_view to_string(Listener::Transport transport);

/// "tls://0.0.0.0:6514", "udp://[::]:514"; without a host (":5514") this machine alone. Failure
/// (stop): "config/listen".
Result<Listener> parse_listener(std::string_view text);

/// Which messages are kept.
struct MessageFilter {
  std::uint32_t facilities = 0xFFFFFF;  ///< One bit each.
  std::uint8_t severity = 7;            ///< The least grave one.
  [[nodiscard]] bool takes(std::uint8_t facility, std::uint8_t level) const {
    return level <= severity && (facilities >> facility & 1U) != 0;
  }
};

struct Settings {
  std::vector<Listener> listeners;
  net::TlsServerOptions tls;
  codec::SyslogFraming framing = codec::SyslogFraming::automatic;
  std::size_t max_message = 64 * 1024;
  std::vector<net::AddressRange> allow;
  MessageFilter filter;
  std::string zone;  ///< Empty: nobody named one; UTC, and not in the meta.
  std::vector<MatchRule> rules;
  runtime::SenderBounds bounds;
  Duration idle_limit = std::chrono::hours{1};
  std::size_t udp_buffer = 0;
  std::size_t udp_sockets = 1;
};
/// Fails when a time zone cannot be loaded: "time/zone".
Result<Settings> make_settings(const config::Values& values);

/// Names of devices, for the mappings.
ecs::ViewOptions make_view_options(const config::Values& values);

}  // namespace cistern::connectors::syslog
