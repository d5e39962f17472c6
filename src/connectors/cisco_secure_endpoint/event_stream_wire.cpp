#include "connectors/cisco_secure_endpoint/event_stream_wire.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_secure_endpoint/wire.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/json.hpp>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

namespace json = boost::json;

constexpr std::string_view kPath = "/v1/event_streams";
constexpr std::size_t kMostText = 512;
constexpr std::size_t kMostListed = 1000;

HttpRequest request(std::string method, std::string_view api_url, const std::string& rest) {
  HttpRequest out;
  out.method = std::move(method);
  out.url = std::string{api_url}.append(kPath).append(rest);
  out.headers = {{"Accept", "application/json"}};
  out.timeout = std::chrono::seconds{60};
  out.max_body = kMaxSmallAnswer;
  return out;
}

tl::unexpected<Failure> unreadable(std::string_view what) {
  return fail_retry("cisco_secure_endpoint/stream-unreadable",
                    "the answer about event streams cannot be understood: " + std::string{what},
                    "look at https://status.cisco.com, and report it if it lasts");
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (found == nullptr || !found->is_string() || found->get_string().size() > kMostText) return {};
  return std::string{found->get_string()};
}

std::optional<std::uint64_t> number_of(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_uint64()) return found->get_uint64();
  if (found->is_int64() && found->get_int64() >= 0)
    return static_cast<std::uint64_t>(found->get_int64());
  if (!found->is_string()) return std::nullopt;
  const std::string_view text = found->get_string();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<json::value> data_of(std::string_view body) {
  boost::system::error_code error;
  const auto whole = json::parse(body, error);
  const auto* object = whole.if_object();
  const auto* data = object != nullptr ? object->if_contains("data") : nullptr;
  if (error || data == nullptr) return unreadable("it is no JSON object with `data`");
  return *data;
}

/// A host that may stand in a certificate. What comes here is where events are asked for, with a
/// password.
bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

}  // namespace

HttpRequest create_stream_request(std::string_view api_url, const NewStream& stream) {
  HttpRequest out = request("POST", api_url, "");
  out.headers.push_back({"Content-Type", "application/json"});
  codec::JsonWriter writer(out.body);
  writer.begin_object().key("name").string(stream.name);
  if (!stream.types.empty()) {
    writer.key("event_type").begin_array();
    for (const std::uint64_t type : stream.types)
      writer.number(type);
    writer.end_array();
  }
  if (!stream.groups.empty()) {
    writer.key("group_guid").begin_array();
    for (const std::string& group : stream.groups)
      writer.string(group);
    writer.end_array();
  }
  writer.end_object();
  // The answer holds the password.
  out.sensitive = true;
  return out;
}

HttpRequest stream_request(std::string_view api_url, std::uint64_t id) {
  return request("GET", api_url, "/" + std::to_string(id));
}

HttpRequest delete_stream_request(std::string_view api_url, std::uint64_t id) {
  return request("DELETE", api_url, "/" + std::to_string(id));
}

Result<CreatedStream> read_created_stream(std::string_view body) {
  const auto data = data_of(body);
  if (!data) return fail(data.error());
  if (!data->is_object()) return unreadable("`data` is no object");
  const auto& stream = data->get_object();
  const auto* found = stream.if_contains("amqp_credentials");
  if (found == nullptr || !found->is_object()) return unreadable("it has no `amqp_credentials`");
  const auto& login = found->get_object();
  CreatedStream out;
  const auto id = number_of(stream, "id");
  const auto port = number_of(login, "port");
  out.name = text_of(stream, "name");
  out.user = text_of(login, "user_name");
  out.queue = text_of(login, "queue_name");
  out.host = text_of(login, "host");
  out.password = Secret{text_of(login, "password")};
  if (!id || *id == 0) return unreadable("it has no `id`");
  if (!port || *port == 0 || *port > 65535) return unreadable("its `port` is none");
  if (!is_host(out.host)) return unreadable("its `host` is none");
  // The broker's names are texts of at most 255 bytes.
  if (out.user.empty() || out.queue.empty() || out.queue.size() > 255 || out.password.empty())
    return unreadable("it lacks user, queue or password");
  out.id = *id;
  out.port = static_cast<std::uint16_t>(*port);
  return out;
}

Result<std::vector<ListedStream>> read_streams(std::string_view body) {
  const auto data = data_of(body);
  if (!data) return fail(data.error());
  if (!data->is_array()) return unreadable("`data` is no list");
  std::vector<ListedStream> out;
  for (const auto& entry : data->get_array()) {
    if (!entry.is_object() || out.size() >= kMostListed) continue;
    const auto id = number_of(entry.get_object(), "id");
    if (id) out.push_back({.id = *id, .name = text_of(entry.get_object(), "name")});
  }
  return out;
}

}  // namespace cistern::connectors::cisco_secure_endpoint
