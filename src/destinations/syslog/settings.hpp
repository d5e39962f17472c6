// The options of the syslog destination.
#pragma once

#include "config/options.hpp"
#include "destinations/syslog/message.hpp"
#include "destinations/syslog/sender.hpp"
#include "destinations/syslog/server.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::destinations::syslog {

struct SyslogSettings {
  std::vector<Server> servers;  ///< At least one; the first is preferred. All of one transport.
  Duration return_after{0};     ///< Zero: the others are used until they fail.
  MessageSettings message;
  SenderSettings sender;
  net::TlsClientOptions tls;
};

std::span<const config::Option> syslog_options();

/// Mistakes that concern several options, or the form of one.
void check_syslog_options(const config::Values& values, std::vector<config::Problem>& problems);

/// The values must have passed check_syslog_options(). `machine`: this machine's name, for headers
/// where no other is given.
SyslogSettings syslog_settings(const config::Values& values, std::string_view machine);

}  // namespace cistern::destinations::syslog
