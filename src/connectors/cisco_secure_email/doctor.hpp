// Questions of `cistern doctor`: can appliances reach the server, and would it take their keys.
#pragma once

#include "runtime/connector.hpp"

#include <memory>

namespace cistern::connectors::cisco_secure_email {

std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context);

}  // namespace cistern::connectors::cisco_secure_email
