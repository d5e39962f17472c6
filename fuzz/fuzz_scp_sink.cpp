// The scp protocol as a hostile client speaks it: in pieces of any size, with a store that opens,
// fails and stores as the input's first bytes say. Never more than one answer a record, and never a
// file under a name that is none.
#include "net/ssh/push_names.hpp"
#include "net/ssh/scp_command.hpp"
#include "net/ssh/scp_sink.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace {

using namespace cistern;
using namespace cistern::net::ssh;

void check(bool holds) {
  if (!holds) std::abort();
}

class Client {
 public:
  explicit Client(std::uint8_t mood) : mood_(mood) { sink_.start(step_); }

  void send(std::string_view bytes) {
    while (!bytes.empty() && !sink_.finished()) {
      const std::size_t taken = sink_.take(bytes, step_);
      check(taken <= bytes.size());
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
    PushStep step = std::exchange(step_, {});
    const bool moved = !step.orders.empty() || !step.reply.empty();
    for (const PushOrder& order : step.orders)
      carry_out(order);
    return moved || !step_.orders.empty();
  }

  void carry_out(const PushOrder& order) {
    switch (order.kind) {
      case PushOrder::Kind::open:
        check(name_fault(order.facts.name).empty());
        left_ = *order.facts.size;
        return sink_.opened(order.file, outcome(), step_);
      case PushOrder::Kind::append:
        check(order.bytes.size() <= left_);
        left_ -= order.bytes.size();
        if (const auto written = outcome(); !written)
          sink_.write_failed(order.file, written.error());
        return;
      case PushOrder::Kind::finish:
        check(left_ == 0);
        return sink_.stored(order.file, outcome(), step_);
      case PushOrder::Kind::discard:
        return;
    }
  }

  std::uint8_t mood_;
  ScpSink sink_{"/upload", {.max_file_size = 1U << 20}};
  PushStep step_;
  std::uint64_t left_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view input{reinterpret_cast<const char*>(data), size};
  (void)read_scp_command(input.substr(0, input.find('\n')));
  Client client{data[0]};
  const std::size_t piece = data[1] + std::size_t{1};
  input.remove_prefix(2);
  for (std::size_t at = 0; at < input.size(); at += piece)
    client.send(input.substr(at, piece));
  client.end();
  return 0;
}
