// Performs the steps of a StreamMachine: what the poll driver does for its requests, commits and
// wake-ups, and beside it the reading of long-lived streams.
#pragma once

#include "base/poll.hpp"
#include "net/authorizer.hpp"
#include "net/http_client.hpp"
#include "net/http_stream.hpp"
#include "runtime/connector.hpp"
#include "runtime/poll/poll_driver.hpp"
#include "runtime/services.hpp"

#include <cstdint>
#include <memory>

namespace cistern::runtime {

struct StreamDriverOptions {
  PollDriverOptions poll{};
  /// Bytes of one stream that may be read and not durable yet; beyond it the socket is not read. A
  /// single value may be larger.
  std::uint64_t max_unstored = 16ULL << 20;
  /// A group of about so many bytes goes to the decoder without waiting for more.
  std::uint64_t group_bytes = 1ULL << 20;
  /// How long values wait for more while earlier ones of their stream are under way.
  Duration gather = std::chrono::milliseconds{100};
  /// Groups of one stream that are decoded or committed at the same time.
  std::size_t max_groups = 4;
};

/// The connector made of a machine, an authorizer and two clients. `machine` is called on the loop
/// only. A value goes to the journal at once when nothing of its stream is under way, otherwise
/// after `gather` at the latest; while the store or the shared memory is full, streams are not
/// read. After stop() nothing more is read; values that were not handed over are dropped, because
/// the vendor will be asked for them again; a commit handed over is always waited for.
std::unique_ptr<Connector> make_stream_connector(StreamDriverOptions options,
                                                 std::unique_ptr<StreamMachine> machine,
                                                 std::unique_ptr<net::Authorizer> authorizer,
                                                 std::unique_ptr<net::HttpClient> http,
                                                 std::unique_ptr<net::HttpStreamClient> streams,
                                                 const Services& services);

}  // namespace cistern::runtime
