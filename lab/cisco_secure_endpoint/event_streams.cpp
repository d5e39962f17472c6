#include "lab/cisco_secure_endpoint/event_streams.hpp"

#include "lab/harness/random.hpp"

#include <algorithm>
#include <cstdio>

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

std::string hex_digits(std::uint64_t key, std::size_t count) {
  std::string out;
  for (; out.size() < count; key = mix(key)) {
    char part[24];
    std::snprintf(part, sizeof part, "%016llx", static_cast<unsigned long long>(mix(key)));
    out += part;
  }
  out.resize(count);
  return out;
}

// Throws on another shape; read() turns that into words.
void read_members(const json::object& body, EventStream& stream) {
  for (const auto& [name, value] : body) {
    if (name == "name") {
      stream.name = std::string(value.as_string());
    } else if (name == "event_type") {
      stream.event_types.clear();
      for (const auto& one : value.as_array())
        stream.event_types.push_back(one.to_number<std::uint64_t>());
    } else if (name == "group_guid") {
      stream.group_guids.clear();
      for (const auto& one : value.as_array())
        stream.group_guids.emplace_back(one.as_string());
    } else {
      throw std::invalid_argument(std::string(name));
    }
  }
}

}  // namespace

StreamCredentials stream_credentials(std::uint64_t seed, std::uint64_t id) {
  const auto key = key_of({seed, 0xE5, id});
  const auto number = std::to_string(id);
  return {number + "-" + hex_digits(key, 20), "event_stream_" + number,
          hex_digits(key_of({key, 1}), 40)};
}

const EventStream* EventStreams::find(std::uint64_t id) const {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [id](const EventStream& stream) { return stream.id == id; });
  return found == streams_.end() ? nullptr : &*found;
}

std::string EventStreams::refuses(const EventStream& stream) const {
  if (stream.name.empty()) return "name can't be blank";
  for (const auto& other : streams_) {
    if (other.name == stream.name && other.id != stream.id) return "name has already been taken";
  }
  if (stream.id == 0 && streams_.size() >= kMost)
    return "The maximum of 5 active event streams has been reached";
  return {};
}

const EventStream& EventStreams::add(EventStream stream) {
  stream.id = next_++;
  streams_.push_back(std::move(stream));
  return streams_.back();
}

bool EventStreams::replace(const EventStream& stream) {
  for (auto& other : streams_) {
    if (other.id != stream.id) continue;
    other = stream;
    return true;
  }
  return false;
}

bool EventStreams::remove(std::uint64_t id) {
  return std::erase_if(streams_, [id](const EventStream& one) { return one.id == id; }) > 0;
}

std::string EventStreams::read(std::string_view text, EventStream& stream) {
  json::error_code error;
  const auto body = json::parse(text, error);
  if (error || !body.is_object()) return "the body is not a JSON object";
  try {
    read_members(body.get_object(), stream);
  } catch (const std::exception& wrong) {
    return std::string("invalid member: ") + wrong.what();
  }
  return {};
}

void EventStreams::write_state(codec::JsonWriter& writer) const {
  writer.begin_object().key("next").number(next_).key("streams").begin_array();
  for (const auto& stream : streams_) {
    writer.begin_object();
    write_stream(writer, stream);
    writer.end_object();
  }
  writer.end_array().end_object();
}

Status EventStreams::restore(std::string_view text) {
  try {
    const auto root = json::parse(text);
    next_ = root.at("next").to_number<std::uint64_t>();
    for (const auto& row : root.at("streams").as_array()) {
      EventStream stream;
      stream.id = row.at("id").to_number<std::uint64_t>();
      stream.name = std::string(row.at("name").as_string());
      for (const auto& type : row.at("event_types").as_array())
        stream.event_types.push_back(type.to_number<std::uint64_t>());
      for (const auto& group : row.at("group_guids").as_array())
        stream.group_guids.emplace_back(group.as_string());
      streams_.push_back(std::move(stream));
    }
  } catch (const std::exception&) {
    return fail_stop("lab/bad-state", "the event streams in the lab's state file cannot be read",
                     "remove the file");
  }
  return {};
}

void write_stream(codec::JsonWriter& writer, const EventStream& stream) {
  writer.key("id").number(stream.id).key("name").string(stream.name);
  writer.key("group_guids").begin_array();
  for (const auto& group : stream.group_guids)
    writer.string(group);
  writer.end_array().key("event_types").begin_array();
  for (const auto type : stream.event_types)
    writer.number(type);
  writer.end_array();
}

}  // namespace cistern::lab
