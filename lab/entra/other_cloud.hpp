// The login host of another national cloud. It knows none of the lab's tenants, and says so as
// Entra does: a name is not found, and an application of a tenant that lives elsewhere gets no
// token.
#pragma once

#include "base/time.hpp"
#include "lab/entra/directory.hpp"
#include "lab/harness/http.hpp"

namespace cistern::lab {

/// `directory` holds the tenants of the cloud that the lab plays.
Response answer_of_other_cloud(const Request& request, const Directory& directory, TimePoint now);

}  // namespace cistern::lab
