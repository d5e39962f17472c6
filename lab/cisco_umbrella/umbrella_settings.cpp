#include "lab/cisco_umbrella/umbrella_settings.hpp"

#include "base/bytes.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

// Each throws when the value is of another type; read_umbrella_change() turns that into a failure.
std::string text_of(const json::value& value) {
  return std::string(value.as_string());
}

Duration seconds_of(const json::value& value) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(value.to_number<double>() * 1000)};
}

UmbrellaChange::Planted planted_of(const json::object& object) {
  UmbrellaChange::Planted planted;
  for (const auto& [name, value] : object) {
    if (name == "folder") {
      planted.folder = text_of(value);
    } else if (name == "age") {
      planted.age = seconds_of(value);
    } else if (name == "rows") {
      planted.rows = value.to_number<std::uint64_t>();
    } else if (name == "suffix") {
      planted.suffix = text_of(value);
    } else {
      throw std::invalid_argument(std::string(name));
    }
  }
  return planted;
}

void set_member(UmbrellaChange& change, std::string_view name, const json::value& value) {
  if (name == "rotate_key") {
    change.rotate_key = value.as_bool();
  } else if (name == "key_refusal") {
    change.key_refusal = text_of(value);
  } else if (name == "session_token") {
    change.session_token = text_of(value);
  } else if (name == "token_expired") {
    change.token_expired = value.as_bool();
  } else if (name == "region") {
    change.region = text_of(value);
  } else if (name == "region_malformed") {
    change.region_malformed = value.as_bool();
  } else if (name == "max_keys") {
    change.max_keys = value.to_number<unsigned>();
  } else if (name == "clock_ahead") {
    change.clock_ahead = seconds_of(value);
  } else if (name == "retention") {
    change.retention = seconds_of(value);
  } else if (name == "visibility") {
    change.visibility = seconds_of(value);
  } else if (name == "queue_there") {
    change.queue_there = value.as_bool();
  } else if (name == "add") {
    change.add = planted_of(value.as_object());
  } else if (name == "replace") {
    change.replace = text_of(value);
  } else if (name == "purge") {
    change.purge = text_of(value);
  } else {
    throw std::invalid_argument(std::string(name));
  }
}

}  // namespace

Result<UmbrellaChange> read_umbrella_change(std::string_view text) {
  UmbrellaChange change;
  std::string member;
  try {
    const auto root = json::parse(text);
    for (const auto& [name, value] : root.as_object()) {
      member = std::string(name);
      set_member(change, name, value);
    }
  } catch (const std::exception&) {
    return fail_stop("lab/bad-setting",
                     member.empty() ? "it is not a JSON object"
                                    : "'" + excerpt(member, 40) + "' is unknown or does not fit",
                     "the members are listed in lab/README.md");
  }
  if (change.max_keys && *change.max_keys == 0) {
    return fail_stop("lab/bad-setting", "a page holds at least one key", "give max_keys above 0");
  }
  return change;
}

}  // namespace cistern::lab
