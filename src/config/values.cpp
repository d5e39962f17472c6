#include "config/options.hpp"

#include <stdexcept>

namespace cistern::config {
namespace {

const Values::Value& value_of(const Values& values, std::string_view name) {
  const auto found = values.values.find(name);
  if (found == values.values.end())
    throw std::logic_error("no option '" + std::string{name} + "' in this table");
  return found->second;
}

}  // namespace

std::string Place::text() const {
  if (line <= 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

bool Values::has(std::string_view name) const {
  const Value& value = value_of(*this, name);
  return value.given || value.fallback;
}

const std::string& Values::text(std::string_view name) const {
  return value_of(*this, name).text;
}
Secret Values::secret(std::string_view name) const {
  return value_of(*this, name).secret;
}
std::int64_t Values::integer(std::string_view name) const {
  return value_of(*this, name).number;
}
bool Values::boolean(std::string_view name) const {
  return value_of(*this, name).number != 0;
}
Duration Values::duration(std::string_view name) const {
  return value_of(*this, name).duration;
}

std::uint64_t Values::size(std::string_view name) const {
  return static_cast<std::uint64_t>(value_of(*this, name).number);
}

const std::vector<std::string>& Values::list(std::string_view name) const {
  return value_of(*this, name).list;
}

const std::map<std::string, std::string>& Values::map(std::string_view name) const {
  return value_of(*this, name).map;
}

const std::vector<Values>& Values::rows(std::string_view name) const {
  return value_of(*this, name).rows;
}

Place Values::place(std::string_view name) const {
  const Value& value = value_of(*this, name);
  return value.given && value.place.line > 0 ? value.place : component_place;
}

std::optional<std::string> Values::secret_file(std::string_view name) const {
  return value_of(*this, name).file;
}

}  // namespace cistern::config
