// A small blocking HTTP client for reading a running lab's truth, and for tests of the simulators.
#pragma once

#include "base/result.hpp"
#include "lab/harness/http.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct ClientReply {
  int status = 0;
  std::vector<Header> headers;
  std::string body;       ///< Empty when a sink took it.
  bool complete = false;  ///< False: the connection ended before the message did.

  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< "http://127.0.0.1:port/path"; only plain HTTP.
  std::vector<Header> headers;
  std::string body;
  bool send_length = true;
  std::chrono::milliseconds silence{30000};  ///< Longest wait for the next byte.
  std::uint64_t max_body = 1ULL << 30;       ///< Reached: the reply is not complete.
  std::string enough;  ///< Once the body holds this text, no more is read; empty: read to the end.
};

using BodySink = std::function<void(std::string_view)>;

/// Fails when no connection can be made or nothing that is HTTP comes back.
Result<ClientReply> fetch(const ClientRequest& request, const BodySink& sink = nullptr);

}  // namespace cistern::lab
