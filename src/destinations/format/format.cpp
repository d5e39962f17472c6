#include "destinations/format/format.hpp"

#include "config/loader.hpp"

#include <algorithm>
#include <string>

namespace cistern::destinations {
namespace {

using config::Problem;
using runtime::Format;
using runtime::Views;

bool owns(const FormatType& type, std::string_view option) {
  return std::find(type.own_options.begin(), type.own_options.end(), option) !=
         type.own_options.end();
}

/// The formats for which the option means something; empty: all of them.
std::string owners_of(std::string_view option) {
  std::string names;
  for (const auto& type : format_types()) {
    if (owns(type, option)) names += (names.empty() ? "" : " or ") + std::string{type.name};
  }
  return names;
}

/// Whether the user gave the option a value that asks for something.
bool asks(const config::Values& values, const config::Option& option) {
  const auto found = values.values.find(option.name);
  if (found == values.values.end() || !found->second.given) return false;
  return option.type != config::OptionType::boolean || found->second.number != 0;
}

tl::unexpected<Failure> unknown_format(std::string_view name) {
  std::string all;
  for (const auto& known : format_names())
    all += (all.empty() ? "" : ", ") + std::string{known};
  return fail_stop("config/format", "there is no format '" + std::string{name} + "'",
                   "choose one of " + all);
}

}  // namespace

void check_format_options(const config::Values& values, std::vector<Problem>& problems) {
  const FormatType* const type = find_format(values.text("format"));
  if (type == nullptr) return;  // The loader has said so.
  for (const auto& option : format_options()) {
    if (owns(*type, option.name) || !asks(values, option)) continue;
    const std::string owners = owners_of(option.name);
    if (owners.empty()) continue;
    problems.push_back(
        {Problem::Severity::error,
         values.place(option.name),
         "'" + std::string{option.name} + "' does nothing with format " + std::string{type->name},
         "remove it, or set 'format' to " + owners,
         {}});
  }
  if (type->check != nullptr) type->check(values, problems);
}

PayloadShape payload_shape(std::string_view format) {
  const FormatType* const type = find_format(format);
  return type == nullptr ? PayloadShape::one_line : type->shape;
}

Result<std::unique_ptr<Format>> make_format(const config::Values& values,
                                            std::shared_ptr<const Views> views) {
  const auto& name = values.text("format");
  const FormatType* const type = find_format(name);
  if (type == nullptr) return unknown_format(name);
  return type->make(values, std::move(views));
}

Result<std::unique_ptr<Format>> make_plain_format(std::string_view name,
                                                  std::shared_ptr<const Views> views) {
  config::Values values = config::default_values(format_options());
  values.values.at("format").text = name;
  return make_format(values, std::move(views));
}

}  // namespace cistern::destinations
