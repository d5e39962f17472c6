#include "lab/harness/client.hpp"

#include "base/bytes.hpp"
#include "lab/harness/message_parser.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace cistern::lab {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

// Asio's blocking calls know no deadline, so each operation is started and run for a while.
class BlockingSocket {
 public:
  explicit BlockingSocket(std::chrono::milliseconds patience) : patience_(patience) {}

  ErrorCode connect(const std::string& host, const std::string& port) {
    ErrorCode result;
    tcp::resolver resolver(context_);
    const auto endpoints = resolver.resolve(host, port, result);
    if (result) return result;
    return await([&](auto done) {
      asio::async_connect(socket_, endpoints,
                          [done](const ErrorCode& error, const auto&) { done(error, 0); });
    });
  }
  ErrorCode write(std::string_view bytes) {
    return await([&](auto done) { asio::async_write(socket_, asio::buffer(bytes), done); });
  }
  ErrorCode read(std::string& into) {
    std::array<char, 64 * 1024> space;
    const auto error =
        await([&](auto done) { socket_.async_read_some(asio::buffer(space), done); });
    into.append(space.data(), last_bytes_);
    return error;
  }

 private:
  template <class Start>
  ErrorCode await(Start&& start) {
    std::optional<ErrorCode> result;
    last_bytes_ = 0;
    start([&](const ErrorCode& error, std::size_t bytes) {
      result = error;
      last_bytes_ = bytes;
    });
    context_.restart();
    context_.run_for(patience_);
    if (result) return *result;
    ErrorCode ignored;
    socket_.close(ignored);
    context_.restart();
    context_.run();
    last_bytes_ = 0;
    return asio::error::timed_out;
  }

  std::chrono::milliseconds patience_;
  asio::io_context context_;
  tcp::socket socket_{context_};
  std::size_t last_bytes_ = 0;
};

std::string message_text(const ClientRequest& request, std::string_view authority,
                         std::string_view target) {
  std::string text = request.method + " " + std::string(target) + " HTTP/1.1\r\n";
  bool has_host = false;
  for (const auto& header : request.headers) {
    has_host = has_host || equal_ignoring_case(header.name, "Host");
    text += header.name + ": " + header.value + "\r\n";
  }
  if (!has_host) text.append("Host: ").append(authority).append("\r\n");
  if (request.send_length && (request.method != "GET" || !request.body.empty())) {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  text += "Connection: close\r\n\r\n" + request.body;
  return text;
}

tl::unexpected<Failure> no_answer(const ClientRequest& request, const std::string& why) {
  return fail_retry("lab/no-answer", "no answer from " + request.url + ": " + why,
                    "check that the lab runs and that the address is the one it printed");
}

}  // namespace

std::string_view ClientReply::header(std::string_view name) const {
  for (const auto& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

Result<ClientReply> fetch(const ClientRequest& request, const BodySink& sink) {
  const auto url = boost::urls::parse_uri(request.url);
  if (!url || url->scheme() != "http" || url->encoded_host().empty()) {
    return fail_stop("lab/bad-url", "'" + request.url + "' is not a plain http address",
                     "give the address that the lab printed, as in http://127.0.0.1:8365");
  }
  const std::string port = url->has_port() ? std::string(url->port()) : "80";
  // The target is sent as it stands: a content id holds `$`, which must not be encoded again.
  std::string target(url->encoded_target());
  if (target.empty()) target = "/";

  BlockingSocket socket(request.silence);
  if (const auto error = socket.connect(url->host_address(), port)) {
    return no_answer(request, error.message());
  }
  // A server that refuses early may close while we still write; its answer is read all the same.
  (void)socket.write(message_text(request, url->encoded_authority(), target));

  ClientReply reply;
  std::uint64_t received = 0;
  bool enough = false;
  ResponseParser parser([&](std::string_view piece) {
    received += piece.size();
    if (received > request.max_body) return;
    if (sink) {
      sink(piece);
    } else {
      reply.body.append(piece);
      const auto from =
          reply.body.size() - std::min(reply.body.size(), piece.size() + request.enough.size());
      enough = enough || (!request.enough.empty() &&
                          reply.body.find(request.enough, from) != std::string::npos);
    }
  });
  std::string input;
  ParseState state = ParseState::more;
  while (state == ParseState::more && received <= request.max_body && !enough) {
    const auto error = socket.read(input);
    if (!input.empty()) state = parser.put(input);
    if (!error || state != ParseState::more) continue;
    state = error == asio::error::eof ? parser.put_end() : ParseState::refused;
    if (parser.status() == 0) return no_answer(request, error.message());
  }
  if (parser.status() == 0) return no_answer(request, "what came back is not HTTP");
  reply.status = parser.status();
  reply.headers = parser.headers();
  reply.complete = state == ParseState::done;
  return reply;
}

}  // namespace cistern::lab
