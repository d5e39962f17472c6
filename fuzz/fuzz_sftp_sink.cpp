// SFTP packets of a hostile client, in pieces of any size, with a store that opens, fails and
// stores as the input's first byte says.
#include "net/ssh/push_names.hpp"
#include "net/ssh/sftp_sink.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace cistern;
using namespace cistern::net::ssh;

class Client {
 public:
  explicit Client(std::uint8_t mood) : mood_(mood) {}

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t taken = sink_.take(bytes, step_);
      if (taken > bytes.size()) std::abort();
      bytes.remove_prefix(taken);
      if (!settle() && taken == 0) return;
    }
  }
  void end() {
    sink_.ended(step_);
    settle();
  }

 private:
  Status outcome() {
    mood_ = static_cast<std::uint8_t>(mood_ >> 1 | mood_ << 7);
    if ((mood_ & 1) == 0) return {};
    return fail_retry("file/no-space", "full");
  }

  bool settle() {
    const PushStep step = std::exchange(step_, {});
    for (const PushOrder& order : step.orders) {
      if (order.kind == PushOrder::Kind::open) {
        if (!name_fault(order.facts.name).empty()) std::abort();
        sink_.opened(order.file, outcome(), step_);
      } else if (order.kind == PushOrder::Kind::append) {
        if (const auto written = outcome(); !written)
          sink_.write_failed(order.file, written.error());
      } else if (order.kind == PushOrder::Kind::finish) {
        sink_.stored(order.file, outcome(), step_);
      }
    }
    return !step.orders.empty() || !step.reply.empty();
  }

  std::uint8_t mood_;
  SftpSink sink_{std::make_shared<DropFolders>(std::vector<std::string>{"/upload"}),
                 {.max_file_size = 1U << 20}};
  PushStep step_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view input{reinterpret_cast<const char*>(data), size};
  Client client{data[0]};
  const std::size_t piece = data[1] + std::size_t{1};
  input.remove_prefix(2);
  for (std::size_t at = 0; at < input.size(); at += piece)
    client.send(input.substr(at, piece));
  client.end();
  return 0;
}
