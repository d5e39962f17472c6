// Syslog messages to a receiver on loopback.
#pragma once

#include "measure.hpp"

#include <cstdint>

namespace cistern::bench {

/// Messages of about 300 bytes over TCP, from rendered events to acknowledged bytes: to a sink in
/// this process that only reads, and, where `port` is not 0, to the receiver that listens there.
Table measure_syslog(std::uint16_t port, int repeat);

}  // namespace cistern::bench
