// Syslog for the listen driver: datagrams, streams and RELP sessions.
#pragma once

#include "connectors/syslog/intake.hpp"
#include "runtime/listen/listen_driver.hpp"

#include <memory>

namespace cistern::connectors::syslog {

/// The longest message of RELP: it is not cut on the way, so there is room for one that is then.
inline constexpr std::size_t kMostRelpData = 1U << 20;

/// For one thread.
std::unique_ptr<runtime::ListenProtocol> make_protocol(
    std::shared_ptr<const Settings> settings, const Clock& clock,
    std::shared_ptr<runtime::ListenCounters> counters);

}  // namespace cistern::connectors::syslog
