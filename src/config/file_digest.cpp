#include "config/file_digest.hpp"

#include "base/ids.hpp"

namespace cistern::config {

std::string digest_of_file(const std::string& path, const SecretSources& sources) {
  if (!sources.read_file) return {};
  const auto text = sources.read_file(path);
  return text ? to_hex(make_identity({*text})) : std::string{};
}

}  // namespace cistern::config
