// Packets of SFTP version 3: reading what a client sent, writing what it is answered.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::net::ssh {

enum class SftpType : std::uint8_t {
  init = 1,
  version = 2,
  open = 3,
  close = 4,
  read = 5,
  write = 6,
  lstat = 7,
  fstat = 8,
  setstat = 9,
  fsetstat = 10,
  opendir = 11,
  readdir = 12,
  remove = 13,
  mkdir = 14,
  rmdir = 15,
  realpath = 16,
  stat = 17,
  rename = 18,
  readlink = 19,
  symlink = 20,
  status = 101,
  handle = 102,
  data = 103,
  name = 104,
  attrs = 105,
  extended = 200,
};

enum class SftpStatus : std::uint32_t {
  ok = 0,
  end_of_file = 1,
  no_such_file = 2,
  permission_denied = 3,
  failure = 4,
  bad_message = 5,
  unsupported = 8,
};

/// What a client says of a file, and what it is told.
struct SftpAttributes {
  std::optional<std::uint64_t> size{};
  std::optional<std::uint32_t> permissions{};  ///< With the kind of file, as in stat().
  std::optional<std::uint32_t> modified{};     ///< Seconds since 1970.
};

/// The text by which a client names an open file or folder, and back again: 0 for what is none.
std::string sftp_handle(std::uint32_t number);
std::uint32_t sftp_handle_number(std::string_view handle);

/// Reads the fields of one packet in order. After the first field that is not there, nothing more
/// is read and ok() is false.
class SftpReader {
 public:
  explicit SftpReader(std::string_view packet) : rest_(packet) {}
  std::uint8_t byte();
  std::uint32_t number();
  std::uint64_t large_number();
  std::string_view text();
  SftpAttributes attributes();
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view take(std::size_t size);
  std::string_view rest_;
  bool ok_ = true;
};

/// Builds one packet at the end of a string; its length is set when the writer goes.
class SftpWriter {
 public:
  SftpWriter(std::string& out, SftpType type, std::uint32_t id);
  SftpWriter(const SftpWriter&) = delete;
  SftpWriter& operator=(const SftpWriter&) = delete;
  ~SftpWriter();
  SftpWriter& number(std::uint32_t value);
  SftpWriter& large_number(std::uint64_t value);
  SftpWriter& text(std::string_view value);
  SftpWriter& attributes(const SftpAttributes& value);

 private:
  std::string& out_;
  std::size_t begin_;
};

}  // namespace cistern::net::ssh
