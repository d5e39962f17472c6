// The fields of a token request, checked one by one.
#pragma once

#include "lab/entra/errors.hpp"
#include "lab/harness/http.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace cistern::lab {

struct TokenForm {
  std::string client_id;
  std::optional<std::string> secret;
  std::optional<std::string> assertion;
  std::optional<std::string> scope;
  std::optional<std::string> resource;
};

template <class Value>
using OrRefusal = tl::expected<Value, TokenRefusal>;

/// Method, content type, encoding and fields. HTTP Basic is taken on v2 in place of the fields.
OrRefusal<TokenForm> parse_token_form(const Request& request, bool v2);

/// The one resource of `{resource}/.default`. Known are the management hosts of all clouds, Graph,
/// and the lab's own address.
OrRefusal<std::string> resource_of_scope(const TokenForm& form, std::string_view base_url);
OrRefusal<std::string> resource_of_parameter(const TokenForm& form, std::string_view base_url);

/// Whether tokens for this audience open the Management Activity API.
bool is_management_audience(std::string_view audience, std::string_view base_url);

}  // namespace cistern::lab
