#include "config/option_table.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <set>

namespace cistern::config {
namespace {

const Option* find_option(const Tables& tables, std::string_view name) {
  for (const auto& table : tables)
    for (const Option& option : table)
      if (option.name == name) return &option;
  return nullptr;
}

std::vector<std::string> names_of(const Tables& tables) {
  std::vector<std::string> names;
  for (const auto& table : tables)
    for (const Option& option : table)
      names.emplace_back(option.name);
  return names;
}

void report_missing(const Option& option, const Part& part, Findings& findings) {
  const std::string what = part.name + " has no " + quoted(option.name);
  const std::string example = option.example.empty() ? "..." : std::string{option.example};
  const std::string line = "`" + std::string{option.name} + ": " + example + "`";
  if (part.given)
    findings.error(part.mark, what, "add " + line + ". " + std::string{option.text});
  else
    findings.file_error(
        what, "add `" + part.name + ":` with " + line + " below it. " + std::string{option.text});
}

}  // namespace

std::string instead_of(std::string_view name, const std::vector<std::string>& known) {
  if (const auto nearest = nearest_word(name, known))
    return "did you mean " + quoted(*nearest) + "?";
  if (known.empty()) return "remove it";
  std::string all;
  for (const std::string& candidate : known)
    all += (all.empty() ? "" : ", ") + candidate;
  return "use one of: " + excerpt(all, 1000);
}

Values read_options(const std::vector<Entry>& entries, const Tables& tables, const Part& part,
                    const ReadContext& context) {
  Values values;
  values.component_place = part.given ? context.findings.place(part.mark) : Place{};
  for (const auto& table : tables)
    for (const Option& option : table)
      values.values.emplace(option.name, read_fallback(option));

  const std::vector<std::string> known = names_of(tables);
  std::set<std::string, std::less<>>
      meant;  // by a mistyped name: reporting these as missing says nothing new
  for (const Entry& entry : entries) {
    if (context.findings.full()) break;
    if (const Option* const option = find_option(tables, entry.key->text)) {
      values.values[std::string{option->name}] =
          read_value(*option, *entry.key, *entry.value, context);
      continue;
    }
    if (const auto nearest = nearest_word(entry.key->text, known)) meant.insert(*nearest);
    context.findings.error(entry.key->mark,
                           "unknown option " + quoted(entry.key->text) + " in " + part.name,
                           instead_of(entry.key->text, known));
  }

  for (const auto& table : tables)
    for (const Option& option : table)
      if (option.required && !values.has(option.name) && !meant.contains(option.name))
        report_missing(option, part, context.findings);
  return values;
}

}  // namespace cistern::config
