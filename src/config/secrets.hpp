// Where a secret comes from, and how it is fetched.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/loader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cistern::config {

/// Names of providers as users write them.
inline constexpr std::string_view kSecretProviders[] = {"env", "file", "credential", "sealed"};
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

/// Where references lead to.
struct SecretPlaces {
  std::string folder;  ///< Relative paths are taken from there.
  std::string store;   ///< Holds what `cistern secret set` sealed; may be empty.
};

/// Fetches the secret. Failures name the variable or path and what to do, never the text.
Result<FetchedSecret> fetch_secret(const SecretReference& reference, const SecretSources& sources,
                                   const SecretPlaces& places);

/// Whether a secret may be sealed under this name: at most 64 letters, digits and the characters
/// `-`, `_` and `.`, beginning with a letter or digit.
bool is_sealed_secret_name(std::string_view name);

/// The file that holds what was sealed under the name: below `sealed/` in the store. It holds a
/// sealed value (base/sealed.hpp) and nothing of the secret.
std::string sealed_secret_path(const std::string& store, const std::string& name);

/// The name that the sealed value in such a file belongs to.
std::string sealed_secret_name(const std::string& name);

}  // namespace cistern::config
