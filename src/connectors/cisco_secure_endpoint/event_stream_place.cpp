#include "connectors/cisco_secure_endpoint/event_stream_place.hpp"

#include "codec/json.hpp"

#include <boost/json.hpp>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

namespace json = boost::json;

std::string value_of(const Position& position, std::string_view key) {
  const auto found = position.find(key);
  return found == position.end() ? std::string{} : found->second;
}

std::optional<KnownStream> read_known_stream(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& object = value.get_object();
  const auto string = [&](const char* name) {
    const auto* found = object.if_contains(name);
    return found != nullptr && found->is_string() ? std::string{found->get_string()}
                                                  : std::string{};
  };
  const auto number = [&](const char* name) -> std::uint64_t {
    const auto* found = object.if_contains(name);
    return found != nullptr && found->is_int64() && found->get_int64() > 0
               ? static_cast<std::uint64_t>(found->get_int64())
               : 0;
  };
  KnownStream out;
  out.id = number("id");
  out.name = string("name");
  out.api_url = string("api_url");
  out.wanted = string("wanted");
  out.user = string("user");
  out.queue = string("queue");
  out.host = string("host");
  out.port = static_cast<std::uint16_t>(number("port"));
  out.since = parse_time(string("since")).value_or(TimePoint{});
  if (out.id == 0 || out.host.empty() || out.queue.empty() || out.port == 0) return std::nullopt;
  return out;
}

}  // namespace

StreamPlace read_stream_place(const Position& position) {
  StreamPlace out;
  out.intent = value_of(position, kStreamIntent);
  out.stream = read_known_stream(value_of(position, kStreamStream));
  out.password = value_of(position, kStreamPassword);
  out.keys = value_of(position, kStreamKeys);
  out.seen = parse_time(value_of(position, kStreamSeen)).value_or(TimePoint{});
  return out;
}

std::string write_known_stream(const KnownStream& stream) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("id").number(stream.id).key("name").string(stream.name);
  writer.key("api_url").string(stream.api_url).key("wanted").string(stream.wanted);
  writer.key("user").string(stream.user).key("queue").string(stream.queue);
  writer.key("host").string(stream.host).key("port").number(std::uint64_t{stream.port});
  writer.key("since").string(format_time(stream.since)).end_object();
  return out;
}

std::string password_name(const KnownStream& stream) {
  return "cisco_secure_endpoint/event_stream/" + stream.api_url + "/" + std::to_string(stream.id) +
         "/password";
}

std::string keys_name(const KnownStream& stream) {
  return "cisco_secure_endpoint/event_stream/" + stream.api_url + "/" + std::to_string(stream.id) +
         "/keys";
}

}  // namespace cistern::connectors::cisco_secure_endpoint
