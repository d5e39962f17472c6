#include "config/file_watch.hpp"

#include "config/difference.hpp"
#include "config/file_digest.hpp"

#include <sys/stat.h>

namespace cistern::config {
namespace {

FileStamp look_at_one(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {.exists = true,
          .device = found.st_dev,
          .inode = found.st_ino,
          .size = static_cast<std::uint64_t>(found.st_size),
          .modified = found.st_mtim.tv_sec * std::int64_t{1'000'000'000} + found.st_mtim.tv_nsec};
}

tl::unexpected<Failure> not_ready(const std::string& path, const std::string& why) {
  return fail_retry(
      "config/secret-file", "the file " + path + " changed and " + why,
      "write the new content to a file beside it and rename it; the old content stays "
      "in use until then");
}

Result<Values::Value> refresh_value(const Values::Value& value, const SecretSources& sources) {
  Values::Value out = value;
  const bool secret = value.text.empty();
  auto text = sources.read_file ? sources.read_file(*value.file) : Result<std::string>{};
  if (!text) return not_ready(*value.file, "cannot be read: " + text.error().cause);
  if (text->empty()) return not_ready(*value.file, "is empty");
  if (secret) {
    out.secret = Secret{std::move(*text)};
  } else {
    out.digest = digest_of_file(*value.file, sources);
  }
  return out;
}

}  // namespace

FileStamps look_at(const std::set<std::string>& paths) {
  FileStamps stamps;
  for (const std::string& path : paths)
    stamps.emplace(path, look_at_one(path));
  return stamps;
}

std::set<std::string> files_of(const Component& component) {
  std::set<std::string> paths;
  for (const auto& [name, value] : component.values.values) {
    if (value.file) paths.insert(*value.file);
  }
  return paths;
}

std::vector<std::string> FileWatch::changed(const FileStamps& seen) {
  std::vector<std::string> out;
  FileStamps told;
  for (const auto& [path, stamp] : seen) {
    const auto known = told_.find(path);
    const auto before = last_.find(path);
    const bool still = before != last_.end() && before->second == stamp;
    if (known != told_.end() && (known->second == stamp || !still)) {
      told.insert(*known);
    } else if (still && stamp.exists) {
      told.emplace(path, stamp);
      out.push_back(path);
    }
  }
  last_ = seen;
  told_ = std::move(told);
  return out;
}

Result<Refreshed> refresh(const Component& component, const std::set<std::string>& paths,
                          const SecretSources& sources) {
  Refreshed out{.component = component, .options = {}};
  for (auto& [name, value] : out.component.values.values) {
    if (!value.file || !paths.contains(*value.file)) continue;
    auto fresh = refresh_value(value, sources);
    if (!fresh) return fail(fresh.error());
    value = std::move(*fresh);
  }
  out.options = different_options(component.values, out.component.values);
  return out;
}

}  // namespace cistern::config
