// Data paths as people paste them.
#include "base/bytes.hpp"
#include "connectors/cisco_umbrella/object_key.hpp"
#include "connectors/cisco_umbrella/options.hpp"

namespace cistern::connectors::cisco_umbrella {

namespace {

constexpr std::string_view kManaged = "cisco-managed-";

std::string_view trimmed(std::string_view text, std::string_view marks) {
  const std::size_t from = text.find_first_not_of(marks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(marks) - from + 1);
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() || !equal_ignoring_case(text.substr(0, prefix.size()), prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

/// `bucket.s3.eu-west-1.amazonaws.com/folder` and `s3.eu-west-1.amazonaws.com/bucket/folder`.
std::string without_host(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const std::string_view path =
      slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
  const std::size_t service = host.find(".s3");
  if (service != std::string_view::npos) {
    return std::string{host.substr(0, service)}.append("/").append(path);
  }
  return std::string{path};
}

std::string without_empty_segments(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view segment = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(segment.size() + 1, text.size()));
    if (segment.empty()) continue;
    if (!out.empty()) out += '/';
    out += segment;
  }
  return out;
}

/// Where a known log folder begins that stands in the path, or the path's end.
std::size_t log_in(std::string_view folder) {
  std::size_t at = 0;
  while (at < folder.size()) {
    const std::size_t end = std::min(folder.find('/', at), folder.size());
    if (looks_like_log(folder.substr(at, end - at))) return at;
    at = end + 1;
  }
  return folder.size();
}

}  // namespace

std::optional<DataPath> parse_data_path(std::string_view text) {
  std::string_view rest = trimmed(text, " \t\r\n\"'`");
  std::string path;
  if (take_prefix(rest, "https://") || take_prefix(rest, "http://")) {
    path = without_empty_segments(without_host(rest.substr(0, rest.find('?'))));
  } else {
    if (!take_prefix(rest, "s3:")) take_prefix(rest, "arn:aws:s3:::");
    path = without_empty_segments(rest);
  }
  const std::size_t slash = std::min(path.find('/'), path.size());
  DataPath out;
  out.bucket = path.substr(0, slash);
  if (out.bucket.empty()) return std::nullopt;
  std::string folder = path.substr(std::min(slash + 1, path.size()));
  const std::size_t log = log_in(folder);
  out.log = folder.substr(log);
  folder.resize(log);
  while (folder.ends_with('/'))
    folder.pop_back();
  out.folder = std::move(folder);
  return out;
}

std::optional<std::string> managed_region(std::string_view bucket) {
  if (!bucket.starts_with(kManaged)) return std::nullopt;
  const std::string_view region = bucket.substr(kManaged.size());
  if (!codec::aws::is_region(region)) return std::nullopt;
  return std::string{region};
}

}  // namespace cistern::connectors::cisco_umbrella
