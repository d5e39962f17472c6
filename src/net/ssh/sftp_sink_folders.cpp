// What an SFTP client may ask about names: folders in words, and the files of its own session.
#include "base/bytes.hpp"
#include "net/ssh/sftp_sink.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace cistern::net::ssh {
namespace {

constexpr std::size_t kMaxRemembered = 1000;
constexpr std::size_t kNamesAtOnce = 100;
constexpr std::uint32_t kFolderMode = 0040700;
constexpr std::uint32_t kFileMode = 0100600;

SftpAttributes folder_attributes() {
  return {.size = {}, .permissions = kFolderMode, .modified = {}};
}

SftpAttributes file_attributes(std::uint64_t size) {
  return {.size = size, .permissions = kFileMode, .modified = {}};
}

/// As `ls -l` would show it; clients print it as it is.
std::string long_name(const std::string& name, const SftpAttributes& attributes) {
  const bool folder = attributes.permissions == kFolderMode;
  return std::string{folder ? "drwx------" : "-rw-------"} + " 1 cistern cistern " +
         std::to_string(attributes.size.value_or(0)) + " Jan  1 00:00 " + name;
}

}  // namespace

void SftpSink::remember(const std::string& path, std::uint64_t size) {
  std::erase_if(pushed_, [&](const Pushed& earlier) { return earlier.path == path; });
  pushed_.push_back({path, size});
  if (pushed_.size() > kMaxRemembered) pushed_.pop_front();
}

const SftpSink::Pushed* SftpSink::pushed(std::string_view normal) const {
  const auto found = std::find_if(pushed_.begin(), pushed_.end(),
                                  [&](const Pushed& file) { return file.path == normal; });
  return found == pushed_.end() ? nullptr : &*found;
}

std::optional<SftpAttributes> SftpSink::attributes_of(std::string_view normal) const {
  if (folders_->holds(normal)) return folder_attributes();
  if (const Pushed* const file = pushed(normal)) return file_attributes(file->size);
  return std::nullopt;
}

void SftpSink::stat(std::uint32_t id, SftpReader& in, PushStep& step) {
  const auto path = normal_path(in.text());
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  const auto found = path ? attributes_of(*path) : std::nullopt;
  if (!found) return answer(id, SftpStatus::no_such_file, "no such file", step);
  SftpWriter{step.reply, SftpType::attrs, id}.attributes(*found);
}

void SftpSink::stat_handle(std::uint32_t id, SftpReader& in, PushStep& step) {
  const std::uint32_t number = sftp_handle_number(in.text());
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  if (const auto file = files_.find(number); file != files_.end()) {
    SftpWriter{step.reply, SftpType::attrs, id}.attributes(file_attributes(file->second.size));
  } else if (listings_.contains(number)) {
    SftpWriter{step.reply, SftpType::attrs, id}.attributes(folder_attributes());
  } else {
    answer(id, SftpStatus::failure, "no such handle", step);
  }
}

void SftpSink::set_stat(std::uint32_t id, SftpReader& in, PushStep& step) {
  const auto path = normal_path(in.text());
  in.attributes();
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  // Times and modes mean nothing for a name in words; refusing them would fail a push that worked.
  const bool known = path && attributes_of(*path);
  answer(id, known ? SftpStatus::ok : SftpStatus::no_such_file, known ? "" : "no such file", step);
}

void SftpSink::set_stat_handle(std::uint32_t id, SftpReader& in, PushStep& step) {
  const std::uint32_t number = sftp_handle_number(in.text());
  const SftpAttributes asked = in.attributes();
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  const auto found = files_.find(number);
  if (found == files_.end()) return answer(id, SftpStatus::failure, "no such handle", step);
  if (asked.size && *asked.size != found->second.size)
    return answer(id, SftpStatus::unsupported, "files are not cut or extended", step);
  if (asked.modified) found->second.modified = *asked.modified;
  answer(id, SftpStatus::ok, "", step);
}

void SftpSink::real_path(std::uint32_t id, SftpReader& in, PushStep& step) {
  const auto path = normal_path(in.text());
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  if (!path) return answer(id, SftpStatus::no_such_file, "no such file", step);
  SftpWriter{step.reply, SftpType::name, id}.number(1).text(*path).text(*path).attributes({});
}

void SftpSink::open_folder(std::uint32_t id, SftpReader& in, PushStep& step) {
  const auto path = normal_path(in.text());
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  if (!path || !folders_->holds(*path))
    return answer(id, SftpStatus::no_such_file, "no such directory", step);
  if (files_.size() + listings_.size() >= kMaxSftpHandles)
    return answer(id, SftpStatus::failure, "too many handles are open", step);
  listings_[++last_handle_] = {*path, 0};
  SftpWriter{step.reply, SftpType::handle, id}.text(sftp_handle(last_handle_));
}

void SftpSink::read_folder(std::uint32_t id, SftpReader& in, PushStep& step) {
  const auto found = listings_.find(sftp_handle_number(in.text()));
  if (!in.ok() || found == listings_.end())
    return answer(id, SftpStatus::failure, "no such handle", step);
  Listing& listing = found->second;
  std::vector<std::pair<std::string, SftpAttributes>> entries;
  entries.emplace_back(".", folder_attributes());
  for (const std::string& folder : folders_->below(listing.path))
    entries.emplace_back(folder, folder_attributes());
  for (const Pushed& file : pushed_) {
    if (parent_of(file.path) == listing.path)
      entries.emplace_back(last_part_of(file.path), file_attributes(file.size));
  }
  const std::size_t from = std::min(listing.told, entries.size());
  const std::size_t to = std::min(from + kNamesAtOnce, entries.size());
  listing.told = to;
  if (from == to) return answer(id, SftpStatus::end_of_file, "", step);
  SftpWriter out{step.reply, SftpType::name, id};
  out.number(static_cast<std::uint32_t>(to - from));
  for (std::size_t i = from; i < to; ++i) {
    const auto& [name, attributes] = entries[i];
    out.text(name).text(long_name(name, attributes)).attributes(attributes);
  }
}

void SftpSink::make_folder(std::uint32_t id, SftpReader& in, PushStep& step) {
  const auto path = normal_path(in.text());
  in.attributes();
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  if (path && folders_->holds(*path)) return answer(id, SftpStatus::failure, "it exists", step);
  answer(id, SftpStatus::permission_denied, "folders are set up in the configuration only", step);
}

}  // namespace cistern::net::ssh
