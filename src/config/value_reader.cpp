#include "config/value_reader.hpp"

#include "base/bytes.hpp"
#include "config/file_digest.hpp"
#include "config/mapping.hpp"
#include "config/option_table.hpp"
#include "config/paths.hpp"
#include "config/secret_reader.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace cistern::config {
namespace {

/// Why a text is no value of its option.
struct Wrong {
  std::string what;
  std::string next_step;
};

std::string for_example(const Option& option) {
  return option.example.empty() ? std::string{} : ", such as " + std::string{option.example};
}

std::optional<Wrong> check_range(const Option& option, std::string_view text, std::int64_t number) {
  if (in_range(option, number)) return std::nullopt;
  return Wrong{quoted(option.name) + " is " + quoted(text) + ", but the allowed range is " +
                   range_text(option),
               "write a value " + range_text(option)};
}

std::string join(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

std::optional<Wrong> check_choice(const Option& option, const std::string& text) {
  if (std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end())
    return std::nullopt;
  const auto nearest = nearest_word(text, {option.choices.begin(), option.choices.end()});
  return Wrong{
      quoted(text) + " is not a value of " + quoted(option.name),
      nearest ? "did you mean " + quoted(*nearest) + "?" : "use one of: " + join(option.choices)};
}

std::optional<Wrong> read_integer(const Option& option, std::string_view text,
                                  Values::Value& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value.number);
  if (error != std::errc{} || end != text.data() + text.size())
    return Wrong{quoted(option.name) + " is " + quoted(text) + ", which is not a whole number",
                 "write digits only" + for_example(option)};
  return check_range(option, text, value.number);
}

std::optional<Wrong> read_boolean(const Option& option, std::string_view text,
                                  Values::Value& value) {
  if (text != "true" && text != "false")
    return Wrong{quoted(option.name) + " is " + quoted(text) + ", which is neither true nor false",
                 "write true or false"};
  value.number = text == "true" ? 1 : 0;
  return std::nullopt;
}

std::optional<Wrong> read_duration(const Option& option, std::string_view text,
                                   Values::Value& value) {
  const auto duration = parse_duration(text);
  if (!duration) {
    const bool no_unit = !text.empty() && std::all_of(text.begin(), text.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
    if (no_unit)
      return Wrong{quoted(option.name) + " is " + quoted(text) + ", a duration without a unit",
                   "add a unit, such as " + excerpt(text, 100) + "s for seconds or " +
                       excerpt(text, 100) + "m for minutes"};
    return Wrong{quoted(option.name) + " is " + quoted(text) + ", which is not a duration",
                 "write numbers with the units w, d, h, m, s, ms, such as 30s, 12h or 1h30m"};
  }
  value.duration = *duration;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*duration).count();
  // A part of a second above the upper bound is above it as well.
  const bool above = option.most && *duration > std::chrono::seconds{*option.most};
  return check_range(option, text, above ? *option.most + 1 : seconds);
}

std::optional<Wrong> read_size(const Option& option, std::string_view text, Values::Value& value) {
  const auto size = parse_size(text);
  if (!size)
    return Wrong{quoted(option.name) + " is " + quoted(text) + ", which is not a size",
                 "write a whole number with one of the units B, KB, KiB, MB, MiB, GB, GiB, TB, "
                 "TiB, such as 512KiB or 2GiB"};
  value.number = static_cast<std::int64_t>(*size);
  return check_range(option, text, value.number);
}

/// Types whose value is one text.
std::optional<Wrong> read_scalar(const Option& option, const std::string& text,
                                 const std::string& folder, Values::Value& value) {
  value.text = option.type == OptionType::path ? path_from(folder, text) : text;
  switch (option.type) {
    case OptionType::integer:
      return read_integer(option, text, value);
    case OptionType::boolean:
      return read_boolean(option, text, value);
    case OptionType::duration:
      return read_duration(option, text, value);
    case OptionType::size:
      return read_size(option, text, value);
    case OptionType::choice:
      return check_choice(option, text);
    default:
      return std::nullopt;
  }
}

std::string expected_shape(const Option& option) {
  switch (option.type) {
    case OptionType::list:
      return "write a list" +
             (option.example.empty() ? std::string{", such as [one, two]"} : for_example(option));
    case OptionType::map:
      return "write names and values, such as {name: value}";
    case OptionType::rows:
      return "write a list of names and values" + for_example(option);
    default:
      return "write one " + std::string{type_name(option.type)} + for_example(option);
  }
}

void read_list(const Option& option, const YamlNode& node, const ReadContext& context,
               Values::Value& value) {
  if (node.items.empty())
    context.findings.error(node.mark, quoted(option.name) + " is an empty list",
                           "name at least one, or remove the option");
  for (const YamlNode& item : node.items) {
    if (!item.is_scalar()) {
      context.findings.error(item.mark, quoted(option.name) + " holds something that is not a text",
                             expected_shape(option));
      continue;
    }
    context.source.show(item);
    if (!option.choices.empty())
      if (const auto wrong = check_choice(option, item.text))
        context.findings.error(item.mark, wrong->what, wrong->next_step);
    value.list.push_back(item.text);
  }
}

/// Values of a map stay hidden in messages: they may be passwords, such as those of HTTP headers.
void read_map(const Option& option, const YamlNode& node, const ReadContext& context,
              Values::Value& value) {
  for (const Entry& entry : entries_of(node, context.findings, context.source)) {
    if (entry.value->is_scalar())
      value.map.emplace(entry.key->text, entry.value->text);
    else
      context.findings.error(entry.key->mark,
                             quoted(option.name) + " holds something that is not a text",
                             expected_shape(option));
  }
}

void read_rows(const Option& option, const YamlNode& node, const ReadContext& context,
               Values::Value& value) {
  if (node.items.empty())
    context.findings.error(node.mark, quoted(option.name) + " is an empty list",
                           "name at least one, or remove the option");
  const Tables tables{option.columns.all()};
  for (const YamlNode& item : node.items) {
    if (!item.is_mapping()) {
      context.findings.error(item.mark, quoted(option.name) + " holds something that is no rule",
                             expected_shape(option));
      continue;
    }
    const Part part{
        .name = "rule " + std::to_string(value.rows.size() + 1) + " of " + quoted(option.name),
        .mark = item.mark};
    value.rows.push_back(
        read_options(entries_of(item, context.findings, context.source), tables, part, context));
  }
}

void read_text(const Option& option, const YamlNode& node, const ReadContext& context,
               Values::Value& value) {
  context.source.show(node);
  if (node.text.empty()) {
    context.findings.error(
        node.mark, quoted(option.name) + " is empty",
        "write a value" + for_example(option) + (option.required ? "" : ", or remove the option"));
    return;
  }
  // Not followed here, and taken literally it could only surprise.
  if (secret_form(node.text) == SecretForm::reference) {
    context.findings.error(
        node.mark,
        quoted(option.name) +
            " is not a secret, so a reference such as ${env:NAME} is not followed",
        "write the value itself");
    return;
  }
  const auto wrong = read_scalar(option, node.text, context.folder, value);
  if (option.reads_file) {
    value.file = value.text;
    value.digest = digest_of_file(value.text, context.secrets);
  }
  if (wrong) context.findings.error(node.mark, wrong->what, wrong->next_step);
}

bool fits_shape(const Option& option, const YamlNode& node) {
  if (option.type == OptionType::list || option.type == OptionType::rows) return node.is_sequence();
  if (option.type == OptionType::map) return node.is_mapping();
  return node.is_scalar();
}

/// Items of a fallback written as `[a, b]`.
std::vector<std::string> fallback_list(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    while (item.starts_with(' '))
      item.remove_prefix(1);
    while (item.ends_with(' '))
      item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
  }
  return items;
}

}  // namespace

Values::Value read_value(const Option& option, const YamlNode& key, const YamlNode& node,
                         const ReadContext& context) {
  Values::Value value;
  value.given = true;
  if (node.is_null()) {
    value.place = context.findings.place(key.mark);
    context.findings.error(
        key.mark, quoted(option.name) + " has no value",
        "write a value" + for_example(option) + (option.required ? "" : ", or remove the option"));
    return value;
  }
  value.place = context.findings.place(node.mark);
  if (option.type == OptionType::secret) {
    read_secret(option, node, context, value);
  } else if (!fits_shape(option, node)) {
    context.findings.error(
        node.mark, quoted(option.name) + " must be a " + std::string{type_name(option.type)},
        expected_shape(option));
  } else if (option.type == OptionType::list) {
    read_list(option, node, context, value);
  } else if (option.type == OptionType::map) {
    read_map(option, node, context, value);
  } else if (option.type == OptionType::rows) {
    read_rows(option, node, context, value);
  } else {
    read_text(option, node, context, value);
  }
  return value;
}

Values::Value read_fallback(const Option& option) {
  Values::Value value;
  if (option.fallback.empty()) return value;
  value.fallback = true;
  const auto bug = [&](const std::string& why) {
    return std::logic_error("fallback of option '" + std::string{option.name} + "': " + why);
  };
  if (option.type == OptionType::secret || option.type == OptionType::map ||
      option.type == OptionType::rows)
    throw bug("not possible for its type");
  if (option.type == OptionType::list) {
    value.list = fallback_list(option.fallback);
    return value;
  }
  if (const auto wrong = read_scalar(option, std::string{option.fallback}, {}, value))
    throw bug(wrong->what);
  return value;
}

}  // namespace cistern::config
