#include "lab/cisco_secure_endpoint/endpoint_settings.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

bool set_number(std::uint64_t& target, const json::value& value) {
  json::error_code error;
  const auto number = value.to_number<std::uint64_t>(error);
  if (!error) target = number;
  return !error;
}

bool set_member(EndpointSettings& settings, std::string_view name, const json::value& value) {
  if (name == "requests_per_hour") return set_number(settings.requests_per_hour, value);
  if (name == "foreign_next") return set_number(settings.foreign_next, value);
  if (name == "most_offset") return set_number(settings.most_offset, value);
  if (name == "broker_port") return set_number(settings.broker_port, value);
  if (name == "broker_host" && value.is_string()) {
    settings.broker_host = std::string(value.get_string());
    return true;
  }
  if (name == "key_revoked" && value.is_bool()) {
    settings.key_revoked = value.get_bool();
    return true;
  }
  if (name == "limit_spelling" && value.is_string()) {
    const std::string_view word{value.get_string()};
    settings.spelling = word == "hyphens" ? LimitSpelling::hyphens : LimitSpelling::plain;
    return word == "hyphens" || word == "plain";
  }
  if (name != "retention") return false;
  json::error_code error;
  const auto seconds = value.to_number<double>(error);
  if (error || !(seconds >= 0) || seconds > 1e9) return false;
  settings.retention = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  return true;
}

}  // namespace

Result<EndpointSettings> change_endpoint_settings(EndpointSettings settings,
                                                  std::string_view text) {
  const auto refused = [](const std::string& why) {
    return fail_stop("lab/bad-setting", "Secure Endpoint was not changed: " + why,
                     "the members are listed in lab/README.md");
  };
  json::error_code error;
  const auto root = json::parse(text, error);
  if (error || !root.is_object()) return refused("the body is not a JSON object");
  for (const auto& [name, value] : root.get_object()) {
    if (!set_member(settings, name, value)) {
      return refused("'" + std::string(name) + "' is unknown or has no fitting value");
    }
  }
  return settings;
}

}  // namespace cistern::lab
