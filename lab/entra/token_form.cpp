#include "lab/entra/token_form.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace cistern::lab {

namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

constexpr std::array<std::string_view, 5> kManagementHosts = {
    "https://manage.office.com", "https://manage-gcc.office.com", "https://manage.office365.us",
    "https://manage.protection.apps.mil", "https://manage.office365.cn"};

constexpr std::string_view kGraph = "https://graph.microsoft.com";

tl::unexpected<TokenRefusal> refuse(unsigned number, std::string detail = {}) {
  return tl::unexpected<TokenRefusal>(TokenRefusal{number, std::move(detail)});
}

class Fields {
 public:
  explicit Fields(const Parameters& all) : all_(all) {}
  // Names are exact here: OAuth compares them with case.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const {
    for (const auto& [key, value] : all_) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
  [[nodiscard]] bool has_repeats() const {
    std::set<std::string_view> seen;
    return !std::all_of(all_.begin(), all_.end(),
                        [&](const auto& field) { return seen.insert(field.first).second; });
  }

 private:
  const Parameters& all_;
};

bool is_form(const Request& request) {
  const auto type = request.header("Content-Type").value_or("");
  auto name = type.substr(0, type.find(';'));
  while (name.ends_with(' '))
    name.remove_suffix(1);
  return equal_ignoring_case(name, "application/x-www-form-urlencoded");
}

// `Basic base64(id:secret)`, each form-encoded first (RFC 6749 section 2.3.1).
bool take_basic(const Request& request, TokenForm& form) {
  const auto header = request.header("Authorization").value_or("");
  constexpr std::string_view scheme = "Basic ";
  if (!equal_ignoring_case(header.substr(0, scheme.size()), scheme)) return false;
  const auto text = base64_decode(header.substr(scheme.size()));
  if (!text) return false;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return false;
  auto id = percent_decode(std::string_view{*text}.substr(0, colon), true);
  auto secret = percent_decode(std::string_view{*text}.substr(colon + 1), true);
  if (!id || !secret) return false;
  form.client_id = std::move(*id);
  form.secret = std::move(*secret);
  return true;
}

OrRefusal<std::string> known_resource(std::string_view resource, std::string_view base_url) {
  if (resource == kGraph || is_management_audience(resource, base_url)) {
    return std::string(resource);
  }
  return refuse(500011, "'" + excerpt(resource, 120) + "'.");
}

}  // namespace

bool is_management_audience(std::string_view audience, std::string_view base_url) {
  return audience == base_url || std::find(kManagementHosts.begin(), kManagementHosts.end(),
                                           audience) != kManagementHosts.end();
}

OrRefusal<TokenForm> parse_token_form(const Request& request, bool v2) {
  if (request.method != "POST") return refuse(900561, request.method + ".");
  if (!is_form(request)) return refuse(900144, "'grant_type'.");
  const auto parameters = parse_parameters(request.body);
  if (!parameters) return refuse(9002313, "The body is not percent-encoded.");
  const Fields fields(*parameters);
  if (fields.has_repeats()) return refuse(9002313, "A parameter is repeated.");

  const auto grant = fields.get("grant_type");
  if (!grant || grant->empty()) return refuse(900144, "'grant_type'.");
  if (*grant != "client_credentials") return refuse(70003, "'" + excerpt(*grant, 40) + "'.");

  TokenForm form;
  form.secret = fields.get("client_secret");
  form.assertion = fields.get("client_assertion");
  form.scope = fields.get("scope");
  form.resource = fields.get("resource");
  const auto client = fields.get("client_id");
  if (client && !client->empty()) {
    form.client_id = *client;
  } else if (!v2 || !take_basic(request, form)) {
    return refuse(900144, "'client_id'.");
  }
  const auto type = fields.get("client_assertion_type");
  if (form.assertion && (!type || *type != kAssertionType)) {
    return refuse(900144, "'client_assertion_type' with " + std::string(kAssertionType) + ".");
  }
  if (type && !form.assertion) return refuse(900144, "'client_assertion'.");
  return form;
}

OrRefusal<std::string> resource_of_scope(const TokenForm& form, std::string_view base_url) {
  if (form.resource) return refuse(901002);
  if (!form.scope || form.scope->empty()) return refuse(900144, "'scope'.");
  const std::string_view scope = *form.scope;
  if (scope.find(' ') != std::string_view::npos) {
    return refuse(700022, "'" + excerpt(scope, 200) + "'.");
  }
  constexpr std::string_view suffix = "/.default";
  if (scope == ".default") return refuse(700023, "'.default'.");
  if (!scope.ends_with(suffix)) return refuse(70011, "'" + excerpt(scope, 120) + "'.");
  return known_resource(scope.substr(0, scope.size() - suffix.size()), base_url);
}

OrRefusal<std::string> resource_of_parameter(const TokenForm& form, std::string_view base_url) {
  if (!form.resource || form.resource->empty()) return refuse(900144, "'resource'.");
  return known_resource(*form.resource, base_url);
}

}  // namespace cistern::lab
