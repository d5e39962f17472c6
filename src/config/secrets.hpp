// Where a secret comes from, and how it is fetched.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/loader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cistern::config {

/// Names of providers as users write them: env, file, credential.
inline constexpr std::string_view kSecretProviders[] = {"env", "file", "credential"};
bool is_secret_provider(std::string_view name);

struct SecretReference {
  std::string provider;  ///< One of kSecretProviders.
  std::string name;
};

/// What a text says about a secret.
enum class SecretForm : std::uint8_t {
  plain,      ///< The secret itself.
  reference,  ///< `${provider:name}`, the whole text.
  malformed,  ///< Holds `${`, but is no reference that can be followed.
};
SecretForm secret_form(std::string_view text);

/// The parts of a text whose form is `reference`.
SecretReference parse_secret_reference(std::string_view text);

struct FetchedSecret {
  Secret secret;
  std::optional<std::string> file;  ///< It came from there.
};

/// Fetches the secret. Failures name the variable or path and what to do, never the text. Relative
/// paths are taken from `folder`.
Result<FetchedSecret> fetch_secret(const SecretReference& reference, const SecretSources& sources,
                                   const std::string& folder);

}  // namespace cistern::config
