// Reader of text mail logs, error logs and bounce logs.
#pragma once

#include "ecs/readers.hpp"

#include <string>

namespace cistern::connectors::cisco_secure_email {

/// `form`, the numbers (mid, icid, …), and the fields of the form under names that say what they
/// are there. Always true: a line of no form has its message.
bool read_mail_record(const ecs::ReaderInput& input, std::string& json);

}  // namespace cistern::connectors::cisco_secure_email
