// Messages in a stream, over TCP or TLS. The peer's program confirms nothing, so the most that can
// be waited for is that its system has acknowledged every byte.
#include "destinations/syslog/connect.hpp"

#include <array>
#include <charconv>

namespace cistern::destinations::syslog {
namespace {

// Large enough that a call of the system costs little, small enough to stay in the cache.
constexpr std::size_t kPiece = 256 * 1024;

class StreamSender final : public Sender {
 public:
  StreamSender(std::unique_ptr<net::Connection> connection, const SenderContext& context)
      : connection_(std::move(connection)), context_(context) {}

  Status send(const runtime::Batch& batch) override {
    usable_ = false;
    const Duration limit = context_.settings.times.progress;
    for (const auto& payload : batch.payloads) {
      std::string_view rest = payload.bytes;
      std::string_view line;
      while (take_line(rest, line))
        frame(context_.writer.write(payload.facts, line));
      if (piece_.size() < kPiece) continue;
      if (auto written = flush(limit); !written) return written;
    }
    if (auto written = flush(limit); !written) return written;
    if (auto confirmed = net::await_acknowledged(*connection_, limit); !confirmed) return confirmed;
    usable_ = true;
    return {};
  }

  Status alive() override { return net::pass_over_arrived(*connection_); }
  [[nodiscard]] bool usable() const override { return usable_; }
  void close() override { connection_->close(); }

 private:
  void frame(std::string_view message) {
    if (context_.settings.framing == Framing::octet) {
      std::array<char, 20> digits{};
      const auto [end, error] =
          std::to_chars(digits.data(), digits.data() + digits.size(), message.size());
      static_cast<void>(error);
      piece_.append(digits.data(), end);
      piece_ += ' ';
    }
    piece_ += message;
    if (context_.settings.framing == Framing::lf) piece_ += '\n';
  }

  Status flush(Duration limit) {
    auto written = net::write_all(*connection_, piece_, limit);
    piece_.clear();
    return written;
  }

  std::unique_ptr<net::Connection> connection_;
  SenderContext context_;
  std::string piece_;
  bool usable_ = true;
};

}  // namespace

Result<std::unique_ptr<Sender>> connect_stream(const Server& server, const SenderContext& context) {
  auto connection = connect_server(server, context);
  if (!connection) return fail(std::move(connection.error()));
  return std::unique_ptr<Sender>(std::make_unique<StreamSender>(std::move(*connection), context));
}

}  // namespace cistern::destinations::syslog
