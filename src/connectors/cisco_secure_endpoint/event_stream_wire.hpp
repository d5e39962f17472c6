// The wire of event streams: the REST resource. Requests built, answers read. No state.
//
// Source: the vendor's API documentation (EventStream) and "Configure AMP for Endpoints Event
// Stream". The password of a stream is told once, in the answer that makes it.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

/// What the vendor allows an organisation.
inline constexpr unsigned kMostStreams = 5;

struct NewStream {
  std::string name;
  std::vector<std::uint64_t> types;  ///< Empty: all.
  std::vector<std::string> groups;   ///< Empty: all.
};
HttpRequest create_stream_request(std::string_view api_url, const NewStream& stream);
HttpRequest stream_request(std::string_view api_url, std::uint64_t id);
HttpRequest delete_stream_request(std::string_view api_url, std::uint64_t id);

struct CreatedStream {
  std::uint64_t id = 0;
  std::string name;
  std::string user;
  std::string queue;
  std::string host;
  std::uint16_t port = 0;
  Secret password;
};
/// Of the answer to create_stream_request(). The port may be a text or a number; `proto` says
/// `https` and means AMQP in TLS. Fails with "cisco_secure_endpoint/stream-unreadable".
Result<CreatedStream> read_created_stream(std::string_view body);

struct ListedStream {
  std::uint64_t id = 0;
  std::string name;
};
Result<std::vector<ListedStream>> read_streams(std::string_view body);

}  // namespace cistern::connectors::cisco_secure_endpoint
