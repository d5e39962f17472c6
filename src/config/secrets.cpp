#include "config/secrets.hpp"

#include "base/bytes.hpp"
#include "base/file_errors.hpp"
#include "base/sealing_key.hpp"
#include "config/paths.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace cistern::config {
namespace {

/// No key or password is larger; a mistaken path to a device must not fill the memory.
constexpr std::size_t kMaxSecretBytes = 1U << 20;

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_credential_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

Result<std::string> from_environment(const std::string& name, const SecretSources& sources) {
  if (!is_variable_name(name))
    return fail_stop("config/secret-name", "this is not the name of an environment variable",
                     "use letters, digits and underscores, such as ${env:CLIENT_SECRET}");
  auto value = sources.environment ? sources.environment(name) : std::nullopt;
  if (!value)
    return fail_stop("config/secret-missing", "environment variable " + name + " is not set",
                     "set it for the process that runs cistern, or use ${file:PATH}");
  return std::move(*value);
}

Result<std::string> from_file(const std::string& path, const SecretSources& sources) {
  if (!sources.read_file) return fail(file_failure("read", path, ENOENT));
  auto text = sources.read_file(path);
  if (!text && text.error().next_step.empty())
    text.error().next_step = "check the path and who may read it";
  return text;
}

Result<std::string> credential_path(const std::string& name, const SecretSources& sources) {
  if (!is_credential_name(name))
    return fail_stop("config/secret-name", "this is not the name of a systemd credential",
                     "write the name alone, without a path, such as ${credential:client-secret}");
  if (sources.credentials_directory.empty())
    return fail_stop(
        "config/secret-missing", "systemd passed no credentials to this process",
        "add LoadCredential=" + name + ":/path/of/the/file to the service, or use ${file:PATH}");
  return sources.credentials_directory + "/" + name;
}

Result<std::string> read_secret_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return fail(file_failure("read", path, errno));
  std::string text(kMaxSecretBytes + 1, '\0');
  std::size_t size = 0;
  ssize_t got = 0;
  do {
    got = ::read(descriptor, text.data() + size, text.size() - size);
    if (got > 0) size += static_cast<std::size_t>(got);
  } while ((got > 0 && size < text.size()) || (got < 0 && errno == EINTR));
  const int error = got < 0 ? errno : 0;
  ::close(descriptor);
  if (error != 0) return fail(file_failure("read", path, error));
  if (size > kMaxSecretBytes)
    return fail_stop("file/too-large", path + " is larger than 1 MiB and cannot be a secret",
                     "name the file that holds only the secret");
  text.resize(size);
  text.shrink_to_fit();
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

/// A file of the store's folder `sealed` holds a sealed value; any other the secret as it is.
Result<std::string> read_and_open(const std::string& path) {
  auto text = read_secret_file(path);
  if (!text || !is_sealed(*text)) return text;
  const std::filesystem::path where{path};
  const std::string store = where.parent_path().parent_path().string();
  auto opened =
      make_store_sealer(store)->unseal(sealed_secret_name(where.filename().string()), *text);
  if (!opened) return fail(opened.error());
  return opened->use([](std::string_view secret) { return std::string{secret}; });
}

std::optional<std::string> environment_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

Result<std::string> sealed_path(const std::string& name, const SecretPlaces& places) {
  if (!is_sealed_secret_name(name)) {
    return fail_stop("config/secret-name", "this is not the name of a sealed secret",
                     "write the name that was given to `cistern secret set`, such as "
                     "${sealed:client-secret}");
  }
  if (places.store.empty()) {
    return fail_stop("config/secret-missing",
                     "sealed secrets stand in the store, and the file names none",
                     "name the store's folder with `store: {path: ...}`");
  }
  return sealed_secret_path(places.store, name);
}

/// Of the providers whose secrets stand in files.
Result<std::string> path_of(const SecretReference& reference, const SecretSources& sources,
                            const SecretPlaces& places) {
  if (reference.provider == "credential") return credential_path(reference.name, sources);
  if (reference.provider == "sealed") return sealed_path(reference.name, places);
  return path_from(places.folder, reference.name);
}

}  // namespace

bool is_secret_provider(std::string_view name) {
  return std::find(std::begin(kSecretProviders), std::end(kSecretProviders), name) !=
         std::end(kSecretProviders);
}

SecretForm secret_form(std::string_view text) {
  if (text.find("${") == std::string_view::npos) return SecretForm::plain;
  if (!text.starts_with("${") || !text.ends_with('}')) return SecretForm::malformed;
  const std::string_view inside = text.substr(2, text.size() - 3);
  const std::size_t colon = inside.find(':');
  if (colon == std::string_view::npos || colon + 1 == inside.size()) return SecretForm::malformed;
  if (inside.find_first_of("{}") != std::string_view::npos) return SecretForm::malformed;
  return is_secret_provider(inside.substr(0, colon)) ? SecretForm::reference
                                                     : SecretForm::malformed;
}

SecretReference parse_secret_reference(std::string_view text) {
  const std::string_view inside = text.substr(2, text.size() - 3);
  const std::size_t colon = inside.find(':');
  return {std::string{inside.substr(0, colon)}, std::string{inside.substr(colon + 1)}};
}

bool is_sealed_secret_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 64 && plain(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return plain(c) || c == '-' || c == '_' || c == '.'; });
}

std::string sealed_secret_path(const std::string& store, const std::string& name) {
  return store + "/sealed/" + name;
}

std::string sealed_secret_name(const std::string& name) {
  return "secret/" + name;
}

Result<FetchedSecret> fetch_secret(const SecretReference& reference, const SecretSources& sources,
                                   const SecretPlaces& places) {
  FetchedSecret fetched;
  Result<std::string> text;
  if (reference.provider == "env") {
    text = from_environment(reference.name, sources);
  } else {
    const auto path = path_of(reference, sources, places);
    if (!path) return tl::unexpected(path.error());
    fetched.file = *path;
    text = from_file(*path, sources);
    if (!text && reference.provider == "sealed" && text.error().code == "file/missing") {
      return fail_stop("config/secret-missing",
                       "nothing is sealed under the name " + reference.name,
                       "run `cistern secret set " + reference.name + "`");
    }
  }
  if (!text) return tl::unexpected(text.error());
  if (text->empty())
    return fail_stop("config/secret-empty",
                     fetched.file ? "the file " + excerpt(*fetched.file, 1024) + " is empty"
                                  : "environment variable " + reference.name + " is empty",
                     "put the secret there");
  fetched.secret = Secret{std::move(*text)};
  return fetched;
}

SecretSources system_secret_sources() {
  return {environment_variable, read_and_open,
          environment_variable("CREDENTIALS_DIRECTORY").value_or("")};
}

}  // namespace cistern::config
