// Datagrams: one message each. Nobody confirms anything; what left this machine counts as
// delivered.
#include "destinations/syslog/sender.hpp"
#include "net/udp_socket.hpp"

#include <algorithm>
#include <array>

namespace cistern::destinations::syslog {
namespace {

constexpr std::size_t kAtOnce = 64;
// Every receiver takes so much.
constexpr std::size_t kLeastDatagram = 480;

class UdpSender final : public Sender {
 public:
  UdpSender(std::unique_ptr<net::UdpSocket> socket, const SenderContext& context)
      : socket_(std::move(socket)), context_(context) {}

  Status send(const runtime::Batch& batch) override {
    usable_ = false;
    for (const auto& payload : batch.payloads) {
      std::string_view rest = payload.bytes;
      std::string_view line;
      while (take_line(rest, line)) {
        add(payload.facts, line);
        if (count_ < kAtOnce) continue;
        if (auto sent = flush(); !sent) return sent;
      }
    }
    if (auto sent = flush(); !sent) return sent;
    if (auto refused = socket_->refusals(); !refused) return refused;
    usable_ = true;
    return {};
  }

  Status alive() override { return socket_->refusals(); }
  [[nodiscard]] bool usable() const override { return usable_; }
  void close() override {}

 private:
  void add(const runtime::EventFacts& facts, std::string_view line) {
    datagrams_[count_].assign(context_.writer.write(facts, line));
    facts_[count_] = &facts;
    ++count_;
  }

  Status flush() {
    std::array<std::string_view, kAtOnce> views;
    std::copy_n(datagrams_.begin(), count_, views.begin());
    std::size_t done = 0;
    while (done < count_) {
      const auto sent = socket_->send(std::span{views}.subspan(done, count_ - done),
                                      context_.settings.times.progress);
      if (!sent) {
        count_ = 0;
        return fail(sent.error());
      }
      done += sent->count;
      if (sent->too_long) views[done] = shorten(done, views[done]);
    }
    count_ = 0;
    return {};
  }

  /// Less than it was, until the way takes it.
  std::string_view shorten(std::size_t at, std::string_view message) {
    std::size_t limit = socket_->most_bytes();
    if (limit >= message.size()) limit = std::max(message.size() / 2, kLeastDatagram);
    limit = std::min(limit, message.size() - 1);
    return context_.writer.cut_to(*facts_[at], message, limit);
  }

  std::unique_ptr<net::UdpSocket> socket_;
  SenderContext context_;
  // Their memory is used again for each flush.
  std::array<std::string, kAtOnce> datagrams_;
  std::array<const runtime::EventFacts*, kAtOnce> facts_{};
  std::size_t count_ = 0;
  bool usable_ = true;
};

}  // namespace

Result<std::unique_ptr<Sender>> connect_udp(const Server& server, const SenderContext& context) {
  auto socket =
      net::UdpSocket::connect(server.address, context.settings.times, context.cancellation);
  if (!socket) return fail(std::move(socket.error()));
  return std::unique_ptr<Sender>(std::make_unique<UdpSender>(std::move(*socket), context));
}

}  // namespace cistern::destinations::syslog
