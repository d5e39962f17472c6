// The options of the event stream, and what they mean.
#pragma once

#include "config/options.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

inline constexpr std::array kEventStreamOptions = {
    config::Option{
        .name = "event_stream",
        .type = config::OptionType::text,
        .example = "cistern",
        .text = "Name under which cistern makes an event stream at the vendor, which brings events "
                "within seconds over AMQP (TCP port 443, no proxy); eight digits are added to it. "
                "Needs a key with the scope Read & Write, and is one of the five streams that an "
                "organisation may have; without it events are asked for each minute."},
    config::Option{
        .name = "event_stream_types",
        .type = config::OptionType::list,
        .example = "['1090519054', '553648143']",
        .text = "Ids of event types that the stream brings; without it all. The others still come "
                "when events are compared, each hour."},
    config::Option{
        .name = "event_stream_groups",
        .type = config::OptionType::list,
        .example = "[6c3c2005-0000-4000-8000-c4d5b6bafe03]",
        .text = "GUIDs of the groups of computers whose events the stream brings; without it all."},
    config::Option{
        .name = "event_stream_ca_file",
        .type = config::OptionType::path,
        .example = "/etc/cistern/proxy-ca.pem",
        .text = "PEM file with the authorities that the broker's certificate is checked against, "
                "in place of the system's; for networks whose proxy opens TLS.",
        .reads_file = true},
    config::Option{
        .name = "event_stream_recreate",
        .type = config::OptionType::boolean,
        .fallback = "true",
        .example = "false",
        .text = "Whether a stream that was deleted at the vendor is made again, at growing "
                "intervals; with `false` the connector says so and goes on by asking each minute."},
};

struct EventStreamSettings {
  std::string name;
  std::vector<std::uint64_t> types;  ///< Empty: all.
  std::vector<std::string> groups;   ///< Empty: all.
  std::string ca_file;               ///< Empty: the system's.
  bool recreate = true;
};

bool wants_event_stream(const config::Values& values);
EventStreamSettings make_event_stream_settings(const config::Values& values);

/// Names and ids that the vendor would refuse, options that do nothing, and a proxy that the stream
/// cannot take.
void check_event_stream(const config::Values& values, std::vector<config::Problem>& problems);

}  // namespace cistern::connectors::cisco_secure_endpoint
