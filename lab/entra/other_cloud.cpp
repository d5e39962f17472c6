#include "lab/entra/other_cloud.hpp"

#include "base/bytes.hpp"
#include "lab/entra/errors.hpp"

#include <string_view>

namespace cistern::lab {

namespace {

constexpr unsigned kTenantNotFound = 90002;
constexpr unsigned kOtherCloud = 900432;

}  // namespace

Response answer_of_other_cloud(const Request& request, const Directory& directory, TimePoint now) {
  const std::string_view path = request.path;
  const auto second = path.find('/', 1);
  if (second == std::string_view::npos) return text_response(404, "", "text/html");
  const auto name = path.substr(1, second - 1);
  const auto rest = path.substr(second);
  const bool token = rest == "/oauth2/token" || rest == "/oauth2/v2.0/token";
  if (!token && !rest.ends_with("/.well-known/openid-configuration")) {
    return text_response(404, "", "text/html");
  }
  if (token && directory.tenant(name)) return refusal_response({kOtherCloud, ""}, now);
  return refusal_response({kTenantNotFound, "'" + excerpt(name, 80) + "'."}, now);
}

}  // namespace cistern::lab
