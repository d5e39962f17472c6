#include "syslog.hpp"

#include "destinations/syslog/delivery.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::bench {
namespace {

namespace syslog = destinations::syslog;

constexpr std::size_t kEventBytes = 190;  // With the header about 300.
constexpr std::size_t kBatchEvents = 4000;
constexpr int kBatches = 200;
constexpr const char* kId = "00112233445566778899aabbccddeeff";

/// Reads and forgets, on a thread of its own.
class Sink {
 public:
  Sink() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 1) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("cannot listen on loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { take(); });
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void take() const {
    std::vector<char> into(256 * 1024);
    while (true) {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      while (::recv(peer, into.data(), into.size(), 0) > 0) {
      }
      ::close(peer);
    }
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

struct Rate {
  double messages = 0;  ///< A second.
  double cpu = 0;       ///< Of the sending thread, in microseconds a message.
};

runtime::Batch make_batch(const std::string& event) {
  runtime::Batch batch;
  batch.first = 1;
  batch.last = kBatchEvents;
  for (std::size_t i = 0; i < kBatchEvents; ++i) {
    runtime::Payload payload{.sequence = i + 1, .bytes = event};
    payload.facts = {.time = TimePoint{std::chrono::seconds{1'800'000'000 + i}},
                     .id = kId,
                     .connector = "bench",
                     .stream = "bench",
                     .severity = 6};
    batch.payloads.push_back(payload);
  }
  return batch;
}

Rate measure(std::uint16_t port) {
  syslog::SyslogSettings settings;
  settings.servers.push_back({.transport = syslog::Transport::tcp, .address = {"127.0.0.1", port}});
  settings.message.host = "bench";
  const auto files = make_system_files();
  const SystemClock clock;
  const auto log = make_null_log();
  syslog::SyslogDestination destination{
      settings, nullptr, {.name = "bench", .files = *files, .clock = clock, .log = *log}};
  if (auto opened = destination.open(""); !opened)
    throw std::runtime_error(opened.error().sentence());
  const std::string event(kEventBytes, 'x');
  const auto batch = make_batch(event);
  const double wall = wall_seconds();
  const double cpu = thread_cpu_seconds();
  for (int i = 0; i < kBatches; ++i) {
    if (auto sent = destination.deliver(batch); !sent)
      throw std::runtime_error(sent.error().sentence());
  }
  constexpr double kMessages = double{kBatchEvents} * kBatches;
  const Rate rate{.messages = kMessages / (wall_seconds() - wall),
                  .cpu = (thread_cpu_seconds() - cpu) / kMessages * 1e6};
  destination.close();
  return rate;
}

Row row(const std::string& what, std::uint16_t port, int repeat, const std::string& goal) {
  std::vector<double> rates;
  std::vector<double> costs;
  for (int i = 0; i < repeat; ++i) {
    const Rate rate = measure(port);
    rates.push_back(rate.messages);
    costs.push_back(rate.cpu);
  }
  std::array<char, 64> measured{};
  std::snprintf(measured.data(), measured.size(), "%.0f/s", median(rates));
  std::array<char, 64> remark{};
  std::snprintf(remark.data(), remark.size(), "%.2f us of CPU a message to send", median(costs));
  return {.what = what, .measured = measured.data(), .goal = goal, .remark = remark.data()};
}

}  // namespace

Table measure_syslog(std::uint16_t port, int repeat) {
  Table table{.title = "syslog over TCP, messages of about 300 bytes, acknowledged", .rows = {}};
  const Sink sink;
  table.rows.push_back(row("to a sink in this process", sink.port(), repeat, "at least 400,000/s"));
  if (port != 0) {
    table.rows.push_back(row("to the receiver", port, repeat, "400,000/s or its own maximum"));
  }
  return table;
}

}  // namespace cistern::bench
