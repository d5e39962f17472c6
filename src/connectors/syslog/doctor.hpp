// What `doctor` asks of a syslog connector: its ports, its certificate, the system's buffers.
#pragma once

#include "connectors/syslog/settings.hpp"
#include "runtime/connector.hpp"

#include <memory>
#include <vector>

namespace cistern::connectors::syslog {

/// All probes are local and take no time; they are told one after the other on the loop.
std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context);

/// Each a pure decision about what was seen.
runtime::ProbeResult judge_port(const Listener& listener, const Status& opened, bool running);
runtime::ProbeResult judge_certificate(const Settings& settings,
                                       const Result<std::unique_ptr<net::TlsServer>>& loaded,
                                       TimePoint now);
runtime::ProbeResult judge_buffer(std::size_t wanted, const Result<std::size_t>& granted);

}  // namespace cistern::connectors::syslog
