#include "net/ssh/sftp_packet.hpp"

namespace cistern::net::ssh {
namespace {

constexpr std::uint32_t kHasSize = 0x1;
constexpr std::uint32_t kHasOwner = 0x2;
constexpr std::uint32_t kHasPermissions = 0x4;
constexpr std::uint32_t kHasTimes = 0x8;
constexpr std::uint32_t kHasExtensions = 0x80000000;

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<unsigned char>(value >> shift));
}

std::uint64_t read_number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes)
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

std::string sftp_handle(std::uint32_t number) {
  return "h" + std::to_string(number);
}

std::uint32_t sftp_handle_number(std::string_view handle) {
  if (handle.size() < 2 || handle.size() > 10 || handle[0] != 'h') return 0;
  std::uint32_t value = 0;
  for (const char c : handle.substr(1)) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return value;
}

std::string_view SftpReader::take(std::size_t size) {
  if (!ok_ || rest_.size() < size) {
    ok_ = false;
    return {};
  }
  const std::string_view out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return out;
}

std::uint8_t SftpReader::byte() {
  return static_cast<std::uint8_t>(read_number(take(1)));
}

std::uint32_t SftpReader::number() {
  return static_cast<std::uint32_t>(read_number(take(4)));
}

std::uint64_t SftpReader::large_number() {
  return read_number(take(8));
}

std::string_view SftpReader::text() {
  return take(number());
}

SftpAttributes SftpReader::attributes() {
  SftpAttributes out;
  const std::uint32_t flags = number();
  if ((flags & kHasSize) != 0) out.size = large_number();
  if ((flags & kHasOwner) != 0) large_number();
  if ((flags & kHasPermissions) != 0) out.permissions = number();
  if ((flags & kHasTimes) != 0) {
    number();
    out.modified = number();
  }
  if ((flags & kHasExtensions) != 0) {
    for (std::uint32_t left = number(); ok_ && left > 0; --left) {
      text();
      text();
    }
  }
  return out;
}

SftpWriter::SftpWriter(std::string& out, SftpType type, std::uint32_t id)
    : out_(out), begin_(out.size()) {
  append_number(out_, 0, 4);
  out_ += static_cast<char>(type);
  append_number(out_, id, 4);
}

SftpWriter::~SftpWriter() {
  std::string length;
  append_number(length, out_.size() - begin_ - 4, 4);
  out_.replace(begin_, 4, length);
}

SftpWriter& SftpWriter::number(std::uint32_t value) {
  append_number(out_, value, 4);
  return *this;
}

SftpWriter& SftpWriter::large_number(std::uint64_t value) {
  append_number(out_, value, 8);
  return *this;
}

SftpWriter& SftpWriter::text(std::string_view value) {
  append_number(out_, value.size(), 4);
  out_ += value;
  return *this;
}

SftpWriter& SftpWriter::attributes(const SftpAttributes& value) {
  number((value.size ? kHasSize : 0U) | (value.permissions ? kHasPermissions : 0U) |
         (value.modified ? kHasTimes : 0U));
  if (value.size) large_number(*value.size);
  if (value.permissions) number(*value.permissions);
  if (value.modified) number(*value.modified).number(*value.modified);
  return *this;
}

}  // namespace cistern::net::ssh
