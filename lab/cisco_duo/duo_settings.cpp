#include "lab/cisco_duo/duo_settings.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

bool set_flag(bool& target, const json::value& value) {
  if (value.is_bool()) target = value.get_bool();
  return value.is_bool();
}

// Seconds, also parts of one.
bool set_duration(Duration& target, const json::value& value) {
  json::error_code error;
  const auto seconds = value.to_number<double>(error);
  if (error || !(seconds >= 0) || seconds > 1e9) return false;
  target = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  return true;
}

bool set_streams(std::set<std::string>& target, const json::value& value) {
  if (!value.is_array()) return false;
  std::set<std::string> named;
  for (const auto& one : value.get_array()) {
    if (!one.is_string()) return false;
    named.emplace(std::string_view{one.get_string()});
  }
  target = std::move(named);
  return true;
}

bool set_member(DuoSettings& settings, std::string_view name, const json::value& value) {
  if (name == "lateness") return set_duration(settings.lateness, value);
  if (name == "retention") return set_duration(settings.retention, value);
  if (name == "address_refused") return set_flag(settings.address_refused, value);
  if (name == "read_log") return set_flag(settings.read_log, value);
  if (name == "secret_changed") return set_flag(settings.secret_changed, value);
  if (name == "stuck_offset") return set_flag(settings.stuck_offset, value);
  if (name == "absent") return set_streams(settings.absent, value);
  if (name == "forbidden") return set_streams(settings.forbidden, value);
  if (name != "requests_per_minute") return false;
  json::error_code error;
  const auto number = value.to_number<std::uint64_t>(error);
  if (!error) settings.requests_per_minute = number;
  return !error;
}

}  // namespace

Result<DuoSettings> change_duo_settings(DuoSettings settings, std::string_view text) {
  const auto refused = [](const std::string& why) {
    return fail_stop("lab/bad-setting", "Duo was not changed: " + why,
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
