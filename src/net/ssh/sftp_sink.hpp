// As much of an SFTP server (version 3) as pushing files needs, as a machine over bytes: OpenSSH's
// sftp, and scp in its newer mode, put files into folders that exist only in words. Nothing can be
// read back; a listing shows what the same session has pushed.
//
// A file is stored when its CLOSE is answered with OK, and not before. Its bytes come from the
// beginning to the end: a client that writes elsewhere is refused.
#pragma once

#include "net/ssh/push_names.hpp"
#include "net/ssh/push_protocol.hpp"
#include "net/ssh/sftp_packet.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::net::ssh {

/// Files and folders that one session may have open.
inline constexpr std::size_t kMaxSftpHandles = 64;

class SftpSink final : public PushProtocol {
 public:
  SftpSink(std::shared_ptr<const DropFolders> folders, PushLimits limits)
      : folders_(std::move(folders)), limits_(limits) {}

  void start(PushStep& /*step*/) override {}
  std::size_t take(std::string_view bytes, PushStep& step) override;
  void opened(std::uint32_t file, const Status& status, PushStep& step) override;
  void write_failed(std::uint32_t file, const Failure& failure) override;
  void stored(std::uint32_t file, const Status& status, PushStep& step) override;
  void ended(PushStep& step) override;
  [[nodiscard]] bool finished() const override { return over_; }
  [[nodiscard]] int exit_status() const override { return failed_ ? 1 : 0; }

 private:
  struct OpenFile {
    std::string path;
    std::uint64_t size = 0;
    std::uint32_t request = 0;  ///< Of OPEN or CLOSE, while it waits for its answer.
    bool closing = false;
    std::optional<std::int64_t> modified{};
    std::optional<Failure> failure{};
  };
  struct Listing {
    std::string path;
    std::size_t told = 0;  ///< Entries that were listed.
  };
  /// A file of this session, as STAT and listings show it.
  struct Pushed {
    std::string path;
    std::uint64_t size = 0;
  };

  void check_length(PushStep& step);
  void packet(std::string_view packet, PushStep& step);
  void request(SftpType type, SftpReader& in, PushStep& step);
  void open(std::uint32_t id, SftpReader& in, PushStep& step);
  void write(std::uint32_t id, SftpReader& in, PushStep& step);
  void append(OpenFile& file, std::uint32_t number, std::string_view bytes, PushStep& step);
  void close(std::uint32_t id, SftpReader& in, PushStep& step);
  void close_file(std::uint32_t id, std::uint32_t number, OpenFile& file, PushStep& step);
  void stat(std::uint32_t id, SftpReader& in, PushStep& step);
  void stat_handle(std::uint32_t id, SftpReader& in, PushStep& step);
  void set_stat(std::uint32_t id, SftpReader& in, PushStep& step);
  void set_stat_handle(std::uint32_t id, SftpReader& in, PushStep& step);
  void real_path(std::uint32_t id, SftpReader& in, PushStep& step);
  void open_folder(std::uint32_t id, SftpReader& in, PushStep& step);
  void read_folder(std::uint32_t id, SftpReader& in, PushStep& step);
  void make_folder(std::uint32_t id, SftpReader& in, PushStep& step);

  void answer(std::uint32_t id, SftpStatus status, std::string_view text, PushStep& step) const;
  void refuse_open(std::uint32_t id, SftpStatus status, const std::string& code,
                   const std::string& text, PushStep& step);
  void discard(std::uint32_t number, PushStep& step);
  void broken(std::string_view why, PushStep& step);
  void remember(const std::string& path, std::uint64_t size);
  [[nodiscard]] std::optional<SftpAttributes> attributes_of(std::string_view normal) const;
  [[nodiscard]] const Pushed* pushed(std::string_view normal) const;

  const std::shared_ptr<const DropFolders> folders_;
  const PushLimits limits_;
  std::string partial_;  ///< Of a packet that has not come whole.
  std::map<std::uint32_t, OpenFile> files_;
  std::map<std::uint32_t, Listing> listings_;
  std::deque<Pushed> pushed_;
  std::uint32_t last_handle_ = 0;
  std::uint32_t opening_ = 0;  ///< The file that waits for opened().
  bool greeted_ = false;
  bool failed_ = false;
  bool over_ = false;
  bool peer_ended_ = false;
};

}  // namespace cistern::net::ssh
