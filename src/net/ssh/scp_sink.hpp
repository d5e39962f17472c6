// The receiving side of the old scp protocol (`scp -t`), as a machine over bytes.
//
// The client sends records of one line (`T` times, `C` file, `D`/`E` directories) and the bytes of
// files; each record and each file is answered with exactly one byte 0, or with 1 (this one failed,
// go on) or 2 (give up) and a line. One answer too many or too few, and both sides wait for ever or
// take data for answers. The length in a C record rules everything: bytes are counted, never
// searched.
#pragma once

#include "net/ssh/push_protocol.hpp"
#include "net/ssh/scp_command.hpp"

#include <string>
#include <string_view>

namespace cistern::net::ssh {

class ScpSink final : public PushProtocol {
 public:
  /// `directory`: where the files go, as normal_path().
  ScpSink(std::string directory, PushLimits limits)
      : directory_(std::move(directory)), limits_(limits) {}

  void start(PushStep& step) override;
  std::size_t take(std::string_view bytes, PushStep& step) override;
  void opened(std::uint32_t file, const Status& status, PushStep& step) override;
  void write_failed(std::uint32_t file, const Failure& failure) override;
  void stored(std::uint32_t file, const Status& status, PushStep& step) override;
  void ended(PushStep& step) override;
  [[nodiscard]] bool finished() const override { return state_ == State::over; }
  [[nodiscard]] int exit_status() const override { return failed_ ? 1 : 0; }

 private:
  enum class State : std::uint8_t {
    record,           ///< The first byte of a record, or its line.
    opening,          ///< Waits for opened().
    data,             ///< `left_` bytes of the file.
    verdict,          ///< The byte by which the source says whether it could read its file.
    verdict_message,  ///< The line behind a verdict that is not 0.
    storing,          ///< Waits for stored().
    over,
  };

  std::size_t take_line(std::string_view bytes, PushStep& step);
  std::size_t take_data(std::string_view bytes, PushStep& step);
  void take_verdict(char verdict, PushStep& step);
  void record(std::string_view line, PushStep& step);
  void file_record(std::string_view line, PushStep& step);
  void message_of_source(std::string_view line, PushStep& step);
  void after_verdict(PushStep& step);
  /// Ends the file with an answer of 1.
  void refuse_file(const std::string& code, const std::string& why, PushStep& step);
  /// Ends everything with an answer of 2: the two sides no longer agree where they are.
  void protocol_error(std::string_view why, PushStep& step);
  void await_record();

  const std::string directory_;
  const PushLimits limits_;
  State state_ = State::record;
  std::string line_;
  FileFacts facts_;
  std::uint32_t file_ = 0;
  std::uint64_t left_ = 0;
  std::string write_error_;  ///< What the peer will be told of a file that cannot be stored.
  std::string write_code_;
  std::optional<std::int64_t> modified_;  ///< Of a T record, for the next file.
  bool failed_ = false;
  bool peer_ended_ = false;
};

/// Refuses whatever comes: says why, and ends.
class ScpRefusal final : public PushProtocol {
 public:
  explicit ScpRefusal(std::string why) : why_(std::move(why)) {}
  void start(PushStep& step) override;
  std::size_t take(std::string_view bytes, PushStep& /*step*/) override { return bytes.size(); }
  void opened(std::uint32_t, const Status&, PushStep&) override {}
  void write_failed(std::uint32_t, const Failure&) override {}
  void stored(std::uint32_t, const Status&, PushStep&) override {}
  void ended(PushStep&) override {}
  [[nodiscard]] bool finished() const override { return true; }
  [[nodiscard]] int exit_status() const override { return 1; }

 private:
  std::string why_;
};

}  // namespace cistern::net::ssh
