// Client assertions: the signed token that stands in for a secret.
#pragma once

#include "lab/entra/directory.hpp"
#include "lab/entra/errors.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct AssertionContext {
  std::string_view client_id;          ///< Of the form; empty: taken from the assertion.
  std::vector<std::string> audiences;  ///< Any of these, exactly.
  std::vector<RegisteredCertificate> certificates;
  std::int64_t unix_now = 0;
};

/// Why the assertion is refused, or nothing. Two forms are known: PS256 with `x5t#S256`, and RS256
/// with `x5t`; any other pair is refused, for no client may depend on it.
std::optional<TokenRefusal> check_assertion(std::string_view assertion,
                                            const AssertionContext& context);

}  // namespace cistern::lab
