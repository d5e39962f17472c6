#include "net/ssh/sftp_sink.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <utility>

namespace cistern::net::ssh {
namespace {

/// Clients send 32 KiB of data at a time, some of them 255 KiB; the rest is the packet's head.
constexpr std::uint32_t kMaxPacket = 256U * 1024 + 1024;

constexpr std::uint32_t kWrite = 0x2;
constexpr std::uint32_t kRead = 0x1;
constexpr std::uint32_t kAppend = 0x4;
constexpr std::uint32_t kCreate = 0x8;

std::uint32_t length_of(std::string_view head) {
  return SftpReader{head}.number();
}

}  // namespace

// ---- packets ----

std::size_t SftpSink::take(std::string_view bytes, PushStep& step) {
  std::size_t taken = 0;
  while (!over_ && opening_ == 0 && taken < bytes.size()) {
    const std::string_view rest = bytes.substr(taken);
    if (partial_.size() < 4) {
      const std::size_t part = std::min(4 - partial_.size(), rest.size());
      partial_ += rest.substr(0, part);
      taken += part;
      if (partial_.size() == 4) check_length(step);
      continue;
    }
    const std::uint32_t length = length_of(partial_);
    const std::size_t part = std::min(length + 4 - partial_.size(), rest.size());
    partial_ += rest.substr(0, part);
    taken += part;
    if (partial_.size() == length + 4) {
      const std::string whole = std::exchange(partial_, {});
      packet(std::string_view{whole}.substr(4), step);
    }
  }
  return over_ ? bytes.size() : taken;
}

void SftpSink::check_length(PushStep& step) {
  const std::uint32_t length = length_of(partial_);
  if (length == 0 || length > kMaxPacket)
    broken("a packet of " + std::to_string(length) + " bytes", step);
}

void SftpSink::packet(std::string_view packet, PushStep& step) {
  SftpReader in{packet};
  const auto type = static_cast<SftpType>(in.byte());
  if (type == SftpType::init && !greeted_) {
    // The version stands where other packets have their id.
    SftpWriter{step.reply, SftpType::version, 3};
    greeted_ = true;
    return;
  }
  if (!greeted_ || type == SftpType::init) return broken("a packet out of turn", step);
  request(type, in, step);
}

void SftpSink::request(SftpType type, SftpReader& in, PushStep& step) {
  const std::uint32_t id = in.number();
  if (!in.ok()) return broken("a packet without an id", step);
  switch (type) {
    case SftpType::open:
      return open(id, in, step);
    case SftpType::write:
      return write(id, in, step);
    case SftpType::close:
      return close(id, in, step);
    case SftpType::stat:
    case SftpType::lstat:
      return stat(id, in, step);
    case SftpType::fstat:
      return stat_handle(id, in, step);
    case SftpType::setstat:
      return set_stat(id, in, step);
    case SftpType::fsetstat:
      return set_stat_handle(id, in, step);
    case SftpType::realpath:
      return real_path(id, in, step);
    case SftpType::opendir:
      return open_folder(id, in, step);
    case SftpType::readdir:
      return read_folder(id, in, step);
    case SftpType::mkdir:
      return make_folder(id, in, step);
    case SftpType::read:
    case SftpType::remove:
    case SftpType::rmdir:
    case SftpType::readlink:
    case SftpType::symlink:
      return answer(id, SftpStatus::permission_denied, "files can only be put here", step);
    default:
      return answer(id, SftpStatus::unsupported, "not served", step);
  }
}

void SftpSink::answer(std::uint32_t id, SftpStatus status, std::string_view text,
                      PushStep& step) const {
  SftpWriter{step.reply, SftpType::status, id}
      .number(static_cast<std::uint32_t>(status))
      .text(text)
      .text("en");
}

void SftpSink::broken(std::string_view why, PushStep& step) {
  failed_ = true;
  over_ = true;
  step.remarks.push_back({"ssh/sftp-protocol", "protocol error: " + std::string{why}});
  for (const auto& [number, file] : files_) {
    if (!file.closing) discard(number, step);
  }
}

// ---- files ----

void SftpSink::open(std::uint32_t id, SftpReader& in, PushStep& step) {
  const std::string_view sent = in.text();
  const auto path = normal_path(sent);
  const std::uint32_t flags = in.number();
  in.attributes();
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  if ((flags & kRead) != 0 || (flags & kWrite) == 0)
    return answer(id, SftpStatus::permission_denied, "files can only be put here", step);
  if ((flags & kCreate) == 0)
    return answer(id, SftpStatus::no_such_file, "only new files can be put here", step);
  if ((flags & kAppend) != 0)
    return answer(id, SftpStatus::unsupported, "nothing is appended to files", step);
  if (!path || folders_->holds(*path) || sent.ends_with('/') ||
      !name_fault(last_part_of(*path)).empty())
    return refuse_open(id, SftpStatus::permission_denied, "ssh/name-refused", "the name is refused",
                       step);
  if (!folders_->holds(parent_of(*path)))
    return refuse_open(
        id, SftpStatus::no_such_file, "ssh/target-refused",
        excerpt(*path, 120) + ": no such directory; files go into " + folders_->listed(), step);
  if (files_.size() + listings_.size() >= kMaxSftpHandles)
    return refuse_open(id, SftpStatus::failure, "ssh/too-many-handles",
                       "more than 64 files are open in one session", step);
  opening_ = ++last_handle_;
  files_[opening_] = {.path = *path, .size = 0, .request = id};
  PushOrder order;
  order.kind = PushOrder::Kind::open;
  order.file = opening_;
  order.facts.name = last_part_of(*path);
  order.facts.directory = parent_of(*path);
  step.orders.push_back(std::move(order));
}

void SftpSink::refuse_open(std::uint32_t id, SftpStatus status, const std::string& code,
                           const std::string& text, PushStep& step) {
  failed_ = true;
  step.remarks.push_back({code, text});
  answer(id, status, text, step);
}

void SftpSink::opened(std::uint32_t file, const Status& status, PushStep& step) {
  if (file == 0 || file != opening_) return;
  opening_ = 0;
  const std::uint32_t id = files_[file].request;
  if (!status) {
    files_.erase(file);
    return refuse_open(id, SftpStatus::failure, status.error().code, peer_words(status.error()),
                       step);
  }
  SftpWriter{step.reply, SftpType::handle, id}.text(sftp_handle(file));
}

void SftpSink::write(std::uint32_t id, SftpReader& in, PushStep& step) {
  const std::uint32_t number = sftp_handle_number(in.text());
  const std::uint64_t offset = in.large_number();
  const std::string_view bytes = in.text();
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  const auto found = files_.find(number);
  if (found == files_.end() || found->second.closing)
    return answer(id, SftpStatus::failure, "no such handle", step);
  OpenFile& file = found->second;
  if (!file.failure && offset != file.size) {
    write_failed(number, {.code = "ssh/not-in-order",
                          .cause = "files are written from their beginning to their end",
                          .consequence = {},
                          .next_step = {}});
  }
  if (!file.failure && bytes.size() > limits_.max_file_size - file.size) {
    write_failed(number, {.code = "ssh/file-too-large",
                          .cause = "File too large: at most " +
                                   std::to_string(limits_.max_file_size) + " bytes are taken",
                          .consequence = {},
                          .next_step = {}});
  }
  if (file.failure) return answer(id, SftpStatus::failure, peer_words(*file.failure), step);
  append(file, number, bytes, step);
  answer(id, SftpStatus::ok, "", step);
}

void SftpSink::append(OpenFile& file, std::uint32_t number, std::string_view bytes,
                      PushStep& step) {
  file.size += bytes.size();
  PushOrder order;
  order.kind = PushOrder::Kind::append;
  order.file = number;
  order.bytes = std::string{bytes};
  step.orders.push_back(std::move(order));
}

void SftpSink::write_failed(std::uint32_t file, const Failure& failure) {
  const auto found = files_.find(file);
  if (found != files_.end() && !found->second.failure) found->second.failure = failure;
}

void SftpSink::close(std::uint32_t id, SftpReader& in, PushStep& step) {
  const std::uint32_t number = sftp_handle_number(in.text());
  if (!in.ok()) return answer(id, SftpStatus::bad_message, "a short packet", step);
  if (listings_.erase(number) > 0) return answer(id, SftpStatus::ok, "", step);
  const auto found = files_.find(number);
  if (found == files_.end() || found->second.closing)
    return answer(id, SftpStatus::failure, "no such handle", step);
  close_file(id, number, found->second, step);
}

void SftpSink::close_file(std::uint32_t id, std::uint32_t number, OpenFile& file, PushStep& step) {
  if (file.failure) {
    const Failure failure = *file.failure;
    const std::string path = file.path;
    discard(number, step);
    files_.erase(number);
    return refuse_open(id, SftpStatus::failure, failure.code,
                       excerpt(path, 120) + ": " + peer_words(failure), step);
  }
  file.closing = true;
  file.request = id;
  PushOrder order;
  order.kind = PushOrder::Kind::finish;
  order.file = number;
  order.modified = file.modified;
  step.orders.push_back(std::move(order));
}

void SftpSink::stored(std::uint32_t file, const Status& status, PushStep& step) {
  const auto found = files_.find(file);
  if (found == files_.end() || !found->second.closing) return;
  const OpenFile closed = std::move(found->second);
  files_.erase(found);
  if (status) {
    remember(closed.path, closed.size);
    answer(closed.request, SftpStatus::ok, "", step);
  } else {
    refuse_open(closed.request, SftpStatus::failure, status.error().code,
                peer_words(status.error()), step);
  }
  if (peer_ended_ && files_.empty()) over_ = true;
}

void SftpSink::discard(std::uint32_t number, PushStep& step) {
  PushOrder order;
  order.kind = PushOrder::Kind::discard;
  order.file = number;
  step.orders.push_back(std::move(order));
}

void SftpSink::ended(PushStep& step) {
  if (over_) return;
  peer_ended_ = true;
  for (auto file = files_.begin(); file != files_.end();) {
    if (file->second.closing) {  // All of it is here; its answer is still owed.
      ++file;
      continue;
    }
    failed_ = true;
    step.remarks.push_back(
        {"ssh/transfer-broken",
         excerpt(file->second.path, 120) + ": the transfer broke off before the file was closed"});
    discard(file->first, step);
    file = files_.erase(file);
  }
  over_ = files_.empty();
}

}  // namespace cistern::net::ssh
