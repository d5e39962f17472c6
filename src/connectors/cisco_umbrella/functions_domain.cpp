#include "connectors/cisco_umbrella/functions_domain.hpp"

#include "base/bytes.hpp"

#include <array>
#include <cstddef>
#include <string>

#include <libpsl.h>

namespace cistern::connectors::cisco_umbrella {
namespace {

constexpr std::size_t kLongestName = 253;
/// Of labels; the list's longest suffixes of registries have four.
constexpr std::size_t kLongestSuffix = 5;

constexpr int kRegistries = PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE;

}  // namespace

DomainParts domain_parts(std::string_view name) {
  const psl_ctx_t* const list = psl_builtin();
  if (list == nullptr || name.size() > kLongestName) return {};
  const std::string folded = lower_case(name);
  // Where the last labels begin: starts[0] is the last one.
  std::array<std::size_t, kLongestSuffix + 1> starts{};
  std::size_t labels = 0;
  for (std::size_t end = folded.size(); labels < starts.size();) {
    const std::size_t dot = end == 0 ? std::string::npos : folded.rfind('.', end - 1);
    starts.at(labels++) = dot == std::string::npos ? 0 : dot + 1;
    if (dot == std::string::npos) break;
    end = dot;
  }
  for (std::size_t label = labels - 1; label > 0; --label) {
    const std::size_t suffix = starts.at(label - 1);
    const std::size_t registered = starts.at(label);
    if (suffix == folded.size() || folded[suffix] == '.' || folded[registered] == '.') continue;
    if (psl_is_public_suffix2(list, folded.c_str() + suffix, kRegistries) == 0) continue;
    return {.registered = name.substr(registered),
            .suffix = name.substr(suffix),
            .subdomain = name.substr(0, registered == 0 ? 0 : registered - 1)};
  }
  return {};
}

}  // namespace cistern::connectors::cisco_umbrella
