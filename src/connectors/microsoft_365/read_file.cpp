#include "connectors/microsoft_365/read_file.hpp"

#include "base/files.hpp"

namespace cistern::connectors::microsoft_365 {

namespace {
constexpr std::size_t kMost = 1U << 20;
}

Result<std::string> read_small_file(const std::string& path) {
  const auto files = make_system_files();
  auto file = files->open(path, OpenMode::read);
  if (!file) return fail(file.error());
  auto text = (*file)->read_at(0, kMost + 1);
  if (text && text->size() > kMost) {
    return fail_stop("microsoft_365/file-too-large",
                     path + " is larger than 1 MiB, which no certificate or key is",
                     "check which file the configuration names");
  }
  return text;
}

}  // namespace cistern::connectors::microsoft_365
