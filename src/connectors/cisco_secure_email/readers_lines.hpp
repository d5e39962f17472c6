// Readers of the logs beside mail and consolidated events.
#pragma once

#include "connectors/cisco_secure_email/readers_patterns.hpp"
#include "ecs/readers.hpp"

#include <span>
#include <string>

namespace cistern::connectors::cisco_secure_email {

/// A reader of lines whose forms are patterns: `form`, and the fields of the pattern. A line of no
/// pattern has the form `other` and its message.
ecs::RecordReader pattern_reader(std::span<const Pattern> patterns);

/// AMP engine logs: the form, and the pairs under names of ours, however the release separates
/// them.
bool read_amp_record(const ecs::ReaderInput& input, std::string& json);

/// Status logs: `counters` with the names and numbers of the line; units (`148G`, `0%`) removed.
bool read_status_record(const ecs::ReaderInput& input, std::string& json);

}  // namespace cistern::connectors::cisco_secure_email
