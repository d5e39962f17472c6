// Words for the guide that only this machine knows: host keys, addresses, who may push.
#pragma once

#include "config/options.hpp"

#include <map>
#include <string>

namespace cistern::connectors::cisco_secure_email {

/// "port", "host", "directory", "host_key_lines", "fingerprints", "user", "test_command". Writes
/// nothing: host keys that are not made yet are said to be.
std::map<std::string, std::string> guide_facts(const config::Values& values,
                                               const std::string& store);

}  // namespace cistern::connectors::cisco_secure_email
