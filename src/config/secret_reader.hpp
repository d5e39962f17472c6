// The value of a secret option: text, reference, or a mapping that names a provider.
#pragma once

#include "config/secrets.hpp"
#include "config/value_reader.hpp"

namespace cistern::config {

/// Reads a secret. Nothing of a plain secret, nor of a text that may be one, enters a finding.
void read_secret(const Option& option, const YamlNode& node, const ReadContext& context,
                 Values::Value& value);

}  // namespace cistern::config
