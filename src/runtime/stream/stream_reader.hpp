// One stream while it is open: from the socket to the machine, and back-pressure the other way.
#pragma once

#include "base/stream.hpp"
#include "net/http_stream.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/services.hpp"
#include "runtime/stream/stream_buffer.hpp"
#include "runtime/stream/stream_driver.hpp"
#include "runtime/watch/stall.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::runtime {

/// What a reader has to say; each may close the reader.
class StreamListener {
 public:
  virtual void on_opened(std::uint64_t id, const HttpResponse& response) = 0;
  virtual void on_read(std::size_t bytes) = 0;
  virtual void on_paused() = 0;
  /// `until_durable` is to be kept until what is made of the values is durable.
  virtual void on_values(std::uint64_t id, std::shared_ptr<const StreamBatch> values,
                         const std::shared_ptr<void>& until_durable) = 0;
  virtual void on_ended(std::uint64_t id, const StreamEnd& end) = 0;
  /// Framer or decoder did what they must not.
  virtual void on_bug(const std::string& what) = 0;

 protected:
  ~StreamListener() = default;
};

/// Lives on the loop; only the decoder runs on the pool, one group at a time, so that groups keep
/// their order. Callbacks from outside hold it weakly.
class StreamReader final : public std::enable_shared_from_this<StreamReader> {
 public:
  StreamReader(StreamOpening opening, std::unique_ptr<StreamFramer> framer,
               const StreamDriverOptions& options, const Services& services,
               StreamListener& listener);
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  ~StreamReader() = default;

  void open(net::HttpStreamClient& client);
  /// The listener hears nothing more.
  void close();
  [[nodiscard]] bool opened() const { return opened_; }
  void note_stages(StageTimes& times) const;

 private:
  class Unstored;
  struct Decoded;

  void arrived(std::string_view bytes);
  void ended(Status status);
  void advance();
  bool hand_over_due();
  void set_timer(Duration delay);
  void decode(StreamValues values);
  void decoded(const Decoded& result, std::uint64_t bytes);
  void hand_over(const std::shared_ptr<const StreamBatch>& batch,
                 const std::shared_ptr<MemoryHold>& hold, std::uint64_t bytes);
  void stored(std::uint64_t bytes);
  void report_end();
  void regulate();
  [[nodiscard]] bool must_wait_for_memory();
  void wait_for_memory();
  void bug(const std::string& what);

  const StreamDriverOptions& options_;
  Services services_;
  StreamListener& listener_;
  std::uint64_t id_;
  Duration idle_limit_;
  HttpRequest request_;
  StreamDecoder decode_;
  std::unique_ptr<StreamBuffer> buffer_;
  MemoryHold buffer_hold_;
  std::unique_ptr<net::HttpStream> http_;

  Duration since_{0};  ///< Of the stage that it is in: opening, decoding.
  bool opened_ = false;
  bool closed_ = false;
  std::optional<Status> end_;    ///< Told when all that came before has been handed over.
  std::uint64_t under_way_ = 0;  ///< Bytes of groups that are decoded or committed.
  std::size_t groups_ = 0;
  bool decoding_ = false;
  bool paused_ = false;
  bool paused_for_store_ = false;
  std::optional<Duration> memory_wait_;
  bool in_memory_line_ = false;
  std::optional<Loop::TimerId> timer_;
};

}  // namespace cistern::runtime
