#include "lab/harness/connection.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

constexpr std::size_t kPiece = 256 * 1024;
constexpr auto kIdle = std::chrono::minutes{5};
constexpr auto kRest = std::chrono::milliseconds{20};
constexpr std::size_t kMostPipelined = 64 * 1024;

const std::string& zero_block() {
  static const std::string block(kPiece, '\0');
  return block;
}

bool is_loopback_name(std::string_view authority) {
  std::string_view host = authority.substr(0, authority.rfind(':'));
  if (authority.starts_with('[')) host = authority.substr(0, authority.find(']') + 1);
  // Below "localhost": a bucket's name. No resolver leads such a name anywhere else (RFC 6761).
  return host == "127.0.0.1" || host == "[::1]" || equal_ignoring_case(host, "localhost") ||
         host.ends_with(".localhost");
}

bool has_header(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const Header& header) { return equal_ignoring_case(header.name, name); });
}

}  // namespace

bool complete_request(Request& request, std::string_view scheme) {
  const auto host = request.header("Host");
  // A page of a browser must not reach the lab under another name.
  if (!host || !is_loopback_name(*host)) return false;
  request.base_url = std::string(scheme) + "://" + std::string(*host);
  std::string_view target = request.target;
  if (!target.starts_with('/')) return false;
  const auto question = target.find('?');
  auto path = percent_decode(target.substr(0, question), false);
  std::optional<Parameters> query = Parameters{};
  if (question != std::string_view::npos) query = parse_parameters(target.substr(question + 1));
  if (!path || !query) return false;
  request.path = std::move(*path);
  request.query = std::move(*query);
  return true;
}

Connection::Connection(boost::asio::any_io_executor executor, std::unique_ptr<Transport> transport,
                       const Handler& handler, const Clock& clock)
    : transport_(std::move(transport)),
      handler_(handler),
      clock_(clock),
      pace_(executor),
      idle_(executor) {}

void Connection::start() {
  arm_idle_timer();
  transport_->start([self = shared_from_this()](bool ok, std::size_t) {
    if (ok) self->read_more();
  });
}

void Connection::arm_idle_timer() {
  idle_.expires_after(kIdle);
  idle_.async_wait([weak = weak_from_this()](const auto& error) {
    if (error) return;
    if (const auto self = weak.lock()) self->transport_->reset();
  });
}

void Connection::read_more() {
  if (!parser_) parser_.emplace();
  if (!input_.empty()) {
    on_bytes(true, 0);
    return;
  }
  transport_->read(space_, [self = shared_from_this()](bool ok, std::size_t bytes) {
    self->on_bytes(ok, bytes);
  });
}

void Connection::on_bytes(bool ok, std::size_t bytes) {
  if (!ok) {
    transport_->close();
    return;
  }
  input_.append(space_.data(), bytes);
  switch (parser_->put(input_)) {
    case ParseState::more:
      transport_->read(space_, [self = shared_from_this()](bool good, std::size_t count) {
        self->on_bytes(good, count);
      });
      return;
    case ParseState::refused:
      refuse(400, parser_->why());
      return;
    case ParseState::done:
      serve();
      return;
  }
}

void Connection::refuse(int status, const std::string& why) {
  keep_alive_ = false;
  answer(text_response(status, "The lab does not take this request: " + why + "\n", "text/plain"));
}

void Connection::serve() {
  arm_idle_timer();
  keep_alive_ = parser_->keep_alive();
  const bool lacks_length = parser_->lacks_length();
  bodiless_ = false;
  Request request = parser_->take();
  parser_.reset();
  if (lacks_length) {
    refuse(411, "a POST needs Content-Length, also when it is 0.");
    return;
  }
  if (!complete_request(request, transport_->scheme())) {
    refuse(400, "its target or its Host header is not valid here.");
    return;
  }
  bodiless_ = request.method == "HEAD";
  answer(handler_(request));
}

void Connection::wait_for_answer() {
  auto response = response_.later();
  if (response) {
    answer(std::move(*response));
    return;
  }
  arm_idle_timer();
  pace_.expires_after(kRest);
  pace_.async_wait([self = shared_from_this()](const auto& error) {
    if (!error) self->wait_for_answer();
  });
}

void Connection::answer(Response response) {
  response_ = std::move(response);
  body_sent_ = 0;
  if (response_.later) {
    wait_for_answer();
    return;
  }
  if (response_.delivery.delay > Duration{0}) {
    pace_.expires_after(response_.delivery.delay);
    pace_.async_wait([self = shared_from_this()](const auto& error) {
      if (!error) self->begin_answer();
    });
    return;
  }
  begin_answer();
}

void Connection::begin_answer() {
  if (response_.delivery.reset) {
    transport_->reset();
    return;
  }
  if (response_.delivery.cut_after) keep_alive_ = false;
  write_head();
}

std::string Connection::head_of(const Response& response) const {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     std::string(reason_phrase(response.status)) + "\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  if (!has_header(response, "Server")) add("Server", "Microsoft-IIS/10.0");
  if (!has_header(response, "Date")) add("Date", http_date(clock_.now()));
  add("Cache-Control", "no-cache");
  add("Expires", "-1");
  if (!response.content_type.empty()) add("Content-Type", response.content_type);
  if (response.gzipped) add("Content-Encoding", "gzip");
  for (const auto& header : response.headers)
    add(header.name, header.value);
  if (chunked_) {
    add("Transfer-Encoding", "chunked");
  } else {
    add("Content-Length", std::to_string(response.text().size() + response.body.zeros));
  }
  if (!keep_alive_) add("Connection", "close");
  head += "\r\n";
  return head;
}

void Connection::write_head() {
  live_ = response_.body.live != nullptr;
  chunked_ = response_.delivery.chunked || response_.body.stream != nullptr || live_;
  outgoing_ = head_of(response_);
  if (live_) watch_peer();
  transport_->write(outgoing_, [self = shared_from_this()](bool ok, std::size_t) {
    if (!ok) return;
    if (self->bodiless_) {
      self->finish_answer();
    } else {
      self->write_body();
    }
  });
}

// Without a read, a client that went away would show only at the next write.
void Connection::watch_peer() {
  transport_->read(space_, [self = shared_from_this()](bool ok, std::size_t bytes) {
    if (!self->live_) return;
    if (ok) self->input_.append(self->space_.data(), bytes);
    if (ok && self->input_.size() <= kMostPipelined) {
      self->watch_peer();
    } else {
      self->end_live(false);
    }
  });
}

void Connection::end_live(bool in_order) {
  live_ = false;
  over_ = true;
  keep_alive_ = false;
  response_ = Response{};
  pace_.cancel();
  idle_.cancel();
  if (in_order) {
    write_last_chunk();
  } else {
    transport_->close();
  }
}

void Connection::write_live() {
  const auto next = response_.body.live->next(piece_, piece_limit());
  if (next == LiveBody::Next::bytes) {
    write_piece(piece_);
  } else if (next == LiveBody::Next::nothing) {
    rest();
  } else {
    end_live(next == LiveBody::Next::end);
  }
}

void Connection::rest() {
  pace_.expires_after(kRest);
  pace_.async_wait([self = shared_from_this()](const auto& error) {
    if (!error) self->write_body();
  });
}

std::size_t Connection::piece_limit() const {
  std::uint64_t limit = kPiece;
  const auto& delivery = response_.delivery;
  if (delivery.bytes_per_second > 0)
    limit = std::max<std::uint64_t>(delivery.bytes_per_second / 10, 1);
  if (delivery.cut_after) limit = std::min(limit, *delivery.cut_after - body_sent_);
  if (delivery.end_after) limit = std::min(limit, *delivery.end_after - body_sent_);
  return static_cast<std::size_t>(std::min<std::uint64_t>(limit, kPiece));
}

std::string_view Connection::next_piece() {
  const std::size_t limit = piece_limit();
  if (response_.body.stream) {
    piece_.clear();
    return response_.body.stream(piece_) ? std::string_view{piece_} : std::string_view{};
  }
  if (body_sent_ < response_.text().size()) return response_.text().substr(body_sent_, limit);
  const std::uint64_t left = response_.text().size() + response_.body.zeros - body_sent_;
  return std::string_view{zero_block()}.substr(0, std::min<std::uint64_t>(left, limit));
}

void Connection::write_body() {
  if (over_) return;
  if (response_.delivery.cut_after && body_sent_ >= *response_.delivery.cut_after) {
    end_live(false);
    return;
  }
  if (live_ && response_.delivery.end_after && body_sent_ >= *response_.delivery.end_after) {
    end_live(true);
    return;
  }
  if (live_) {
    write_live();
    return;
  }
  const auto piece = next_piece();
  if (!piece.empty()) {
    write_piece(piece);
  } else if (chunked_) {
    write_last_chunk();
  } else {
    finish_answer();
  }
}

void Connection::write_piece(std::string_view piece) {
  auto self = shared_from_this();
  const std::size_t body_bytes = piece.size();
  if (chunked_) {
    char size[20];
    const int digits = std::snprintf(size, sizeof size, "%zx\r\n", body_bytes);
    outgoing_.assign(size, static_cast<std::size_t>(digits)).append(piece).append("\r\n");
    piece = outgoing_;
  }
  transport_->write(piece, [self, body_bytes](bool ok, std::size_t) {
    if (ok) self->after_piece(body_bytes);
  });
}

void Connection::write_last_chunk() {
  outgoing_ = "0\r\n\r\n";
  transport_->write(outgoing_, [self = shared_from_this()](bool ok, std::size_t) {
    if (ok) self->finish_answer();
  });
}

void Connection::after_piece(std::size_t body_bytes) {
  body_sent_ += body_bytes;
  if (over_) return;
  if (response_.delivery.bytes_per_second == 0) {
    arm_idle_timer();
    write_body();
    return;
  }
  pace_.expires_after(std::chrono::milliseconds{100});
  pace_.async_wait([self = shared_from_this()](const auto& error) {
    if (!error) self->write_body();
  });
}

void Connection::finish_answer() {
  response_ = Response{};
  if (keep_alive_) {
    read_more();
  } else {
    transport_->close();
  }
}

}  // namespace cistern::lab
