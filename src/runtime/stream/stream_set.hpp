// All streams of one connector: which are open, what its machine is told of them, and the facts for
// status and watchdog.
#pragma once

#include "base/poll.hpp"
#include "net/http_stream.hpp"
#include "runtime/poll/poll_core.hpp"
#include "runtime/poll/stream_port.hpp"
#include "runtime/services.hpp"
#include "runtime/stream/stream_driver.hpp"
#include "runtime/stream/stream_reader.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace cistern::runtime {

/// Belongs to the core that it is attached to. Lives on the loop.
class StreamSet final : public StreamPort, private StreamListener {
 public:
  StreamSet(PollCore& core, StreamMachine& machine, StreamDriverOptions options,
            std::unique_ptr<net::HttpStreamClient> client, const Services& services);
  StreamSet(const StreamSet&) = delete;
  StreamSet& operator=(const StreamSet&) = delete;
  ~StreamSet() override;

  void perform(StreamOrders orders) override;
  void close_all() override;
  [[nodiscard]] bool busy() const override { return !readers_.empty(); }
  void note_stages(StageTimes& times) const override;

 private:
  void open(StreamOpening opening);
  void close(std::uint64_t id);
  void publish();

  void on_opened(std::uint64_t id, const HttpResponse& response) override;
  void on_read(std::size_t bytes) override;
  void on_paused() override;
  void on_values(std::uint64_t id, std::shared_ptr<const StreamBatch> values,
                 const std::shared_ptr<void>& until_durable) override;
  void on_ended(std::uint64_t id, const StreamEnd& end) override;
  void on_bug(const std::string& what) override;

  PollCore& core_;
  StreamMachine& machine_;
  const StreamDriverOptions options_;
  Services services_;
  std::unique_ptr<net::HttpStreamClient> client_;
  std::map<std::uint64_t, std::shared_ptr<StreamReader>> readers_;
  StreamFacts facts_;
  StreamFacts published_;
};

}  // namespace cistern::runtime
