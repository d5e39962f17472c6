#include "lab/harness/message_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace cistern::lab {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

// A Beast body that passes every piece on instead of collecting it.
struct SinkBody {
  using value_type = ResponseParser::Sink;
  struct reader {
    template <bool request, class Fields>
    reader(http::header<request, Fields>&, value_type& sink) : sink_(sink) {}
    void init(const boost::optional<std::uint64_t>&, beast::error_code& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, beast::error_code& error) {
      error = {};
      std::size_t total = 0;
      for (const auto buffer : beast::buffers_range_ref(buffers)) {
        sink_({static_cast<const char*>(buffer.data()), buffer.size()});
        total += buffer.size();
      }
      return total;
    }
    void finish(beast::error_code& error) { error = {}; }

   private:
    value_type& sink_;
  };
};

template <class Fields>
std::vector<Header> headers_of(const Fields& fields) {
  std::vector<Header> headers;
  for (const auto& field : fields) {
    headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  return headers;
}

template <class Parser>
ParseState feed(Parser& parser, std::string& input, std::string& why) {
  while (!input.empty() && !parser.is_done()) {
    beast::error_code error;
    const auto used = parser.put(boost::asio::buffer(input), error);
    input.erase(0, used);
    if (error == http::error::need_more) return ParseState::more;
    if (error) {
      why = error.message();
      return ParseState::refused;
    }
    if (used == 0) return parser.is_done() ? ParseState::done : ParseState::more;
  }
  return parser.is_done() ? ParseState::done : ParseState::more;
}

}  // namespace

struct RequestParser::Impl {
  http::request_parser<http::string_body> parser;
  std::string why;
};

RequestParser::RequestParser() : impl_(std::make_unique<Impl>()) {
  impl_->parser.eager(true);
  impl_->parser.header_limit(32 * 1024);
  impl_->parser.body_limit(1024 * 1024);
}
RequestParser::~RequestParser() = default;

ParseState RequestParser::put(std::string& input) {
  return feed(impl_->parser, input, impl_->why);
}

Request RequestParser::take() {
  auto& message = impl_->parser.get();
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.headers = headers_of(message);
  request.body = std::move(message.body());
  return request;
}

bool RequestParser::keep_alive() const {
  return impl_->parser.get().keep_alive();
}

bool RequestParser::lacks_length() const {
  const auto& message = impl_->parser.get();
  const bool has_body = message.method() == http::verb::post || message.method() == http::verb::put;
  return has_body && message.find(http::field::content_length) == message.end() &&
         !message.chunked();
}

std::string RequestParser::why() const {
  return impl_->why;
}

struct ResponseParser::Impl {
  http::response_parser<SinkBody> parser;
  std::string why;
};

ResponseParser::ResponseParser(Sink sink) : impl_(std::make_unique<Impl>()) {
  impl_->parser.eager(true);
  impl_->parser.header_limit(64 * 1024);
  impl_->parser.body_limit(boost::none);
  impl_->parser.get().body() = std::move(sink);
}
ResponseParser::~ResponseParser() = default;

ParseState ResponseParser::put(std::string& input) {
  return feed(impl_->parser, input, impl_->why);
}

ParseState ResponseParser::put_end() {
  beast::error_code error;
  if (impl_->parser.is_done()) return ParseState::done;
  if (!impl_->parser.got_some()) return ParseState::refused;
  impl_->parser.put_eof(error);
  return error ? ParseState::refused : ParseState::done;
}

int ResponseParser::status() const {
  return impl_->parser.is_header_done() ? static_cast<int>(impl_->parser.get().result_int()) : 0;
}

std::vector<Header> ResponseParser::headers() const {
  return headers_of(impl_->parser.get());
}

}  // namespace cistern::lab
