#include "lab/cisco_umbrella/umbrella_bucket.hpp"

#include "base/bytes.hpp"
#include "lab/entra/crypto.hpp"

namespace cistern::lab {

std::optional<std::string> UmbrellaBucket::next_stranger(std::string_view after,
                                                         std::string_view prefix) const {
  const auto& all = options_.strangers;
  auto at = after < prefix ? all.lower_bound(prefix) : all.upper_bound(after);
  if (at == all.end() || !at->first.starts_with(prefix)) return std::nullopt;
  return at->first;
}

std::optional<std::string> UmbrellaBucket::next_object(std::string_view after,
                                                       std::string_view prefix) const {
  const std::string_view folder = options_.folder;
  // The prefix may end within the folder's own name.
  if (prefix.size() < folder.size()) {
    if (!folder.starts_with(prefix)) return std::nullopt;
    prefix = folder;
  }
  if (!prefix.starts_with(folder)) return std::nullopt;
  std::string_view behind;
  if (after.starts_with(folder)) {
    behind = after.substr(folder.size());
  } else if (after > folder) {
    return std::nullopt;
  }
  auto name = index_.next(behind, prefix.substr(folder.size()), now_());
  if (!name) return std::nullopt;
  return options_.folder + *name;
}

std::optional<std::string> UmbrellaBucket::next_key(std::string_view after,
                                                    std::string_view prefix) const {
  auto stranger = next_stranger(after, prefix);
  auto object = next_object(after, prefix);
  if (!stranger || (object && *object < *stranger)) return object;
  return stranger;
}

std::optional<S3Object> UmbrellaBucket::describe(const std::string& key) {
  if (const auto found = options_.strangers.find(key); found != options_.strangers.end()) {
    return S3Object{key, found->second.size(), hex_encode(sha256(found->second)).substr(0, 32),
                    now_()};
  }
  if (!key.starts_with(options_.folder)) return std::nullopt;
  const auto object = index_.find(key.substr(options_.folder.size()), now_());
  if (!object) return std::nullopt;
  auto made = maker_.describe(*object);
  return S3Object{key, made.size, std::move(made.etag), object->visible};
}

std::optional<S3Body> UmbrellaBucket::read(const std::string& key) {
  if (const auto found = options_.strangers.find(key); found != options_.strangers.end()) {
    return S3Body{*describe(key), std::make_shared<const std::string>(found->second), {}};
  }
  if (!key.starts_with(options_.folder)) return std::nullopt;
  const auto object = index_.find(key.substr(options_.folder.size()), now_());
  if (!object) return std::nullopt;
  auto made = maker_.make(*object);
  demand_.gave(options_.name, object->name);
  S3Body body;
  body.object = {key, made.bytes->size(), made.etag, object->visible};
  body.bytes = std::move(made.bytes);
  if (options_.some_encoded && object->number % 5 == 0) body.content_encoding = "gzip";
  return body;
}

}  // namespace cistern::lab
