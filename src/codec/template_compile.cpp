// From the sections of a template file to the plan of the renderer.
#include "codec/template_plan.hpp"
#include "codec/template_settings.hpp"
#include "codec/text_template.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace cistern::codec {
namespace {

constexpr std::string_view kHeaderKey = "__header.";
constexpr std::string_view kLabel = "Label";
constexpr std::size_t kMaxHeaderParts = 64;
constexpr std::string_view kNowhere = "\xff";

bool is_mapping(const IniSection& section) {
  return section.name != "Template" && section.name != "Sections" && section.name != "Aliases" &&
         !section.name.empty();
}

/// What stands between single or double quotes; nothing when the text is not quoted.
std::optional<std::string_view> literal(std::string_view text) {
  if (text.size() < 2 || (text.front() != '\'' && text.front() != '"') ||
      text.back() != text.front())
    return std::nullopt;
  return text.substr(1, text.size() - 2);
}

std::set<std::string, std::less<>> names_in(std::string_view list) {
  std::set<std::string, std::less<>> names;
  constexpr std::string_view kBetween = ", \t;";
  for (auto at = list.find_first_not_of(kBetween); at != std::string_view::npos;
       at = list.find_first_not_of(kBetween, at)) {
    const auto end = std::min(list.find_first_of(kBetween, at), list.size());
    names.emplace(list.substr(at, end - at));
    at = end;
  }
  return names;
}

template <class Choice>
Choice chosen(const TemplateSettings& settings, std::string_view name) {
  for (const auto& one : template_choices()) {
    if (one.name != name) continue;
    const auto found = std::find(one.choices.begin(), one.choices.end(), settings.text(name));
    return static_cast<Choice>(found - one.choices.begin());
  }
  return {};
}

/// Sections become plans of their types.
class Compiler {
 public:
  Compiler(const IniFile& file, const TemplateSettings& settings, std::vector<IniNote>& notes)
      : file_(file), settings_(settings), notes_(notes) {}

  Result<std::shared_ptr<const TemplatePlan>> compile(const TextTemplate::ZoneLoader& zones) {
    if (const auto read = read_settings(zones); !read) return fail(read.error());
    if (const auto read = read_switches(); !read) return fail(read.error());
    for (const auto& section : file_.sections) {
      if (!is_mapping(section)) continue;
      if (const auto added = add(section); !added) return fail(added.error());
    }
    read_aliases();
    return std::make_shared<const TemplatePlan>(std::move(plan_));
  }

 private:
  Status read_settings(const TextTemplate::ZoneLoader& zones) {
    plan_.prefix = settings_.text("header_prefix");
    plan_.header_delim = decode_escapes(settings_.text("header_delim"));
    plan_.sign = settings_.delimiter("key_val_delim");
    plan_.field_delim = settings_.delimiter("field_delim");
    if (plan_.field_delim.empty()) plan_.field_delim = " ";
    plan_.enclosure = settings_.text("val_enclosure");
    plan_.type_path = settings_.text("event_type_field");
    plan_.skip_too_long = settings_.text("over-length") == "skip";
    plan_.order_of_event = settings_.text("sub-order") == "event";
    if (const auto& key = settings_.text("correlation_key"); !key.empty())
      plan_.correlation_key = key + plan_.sign;
    time_keys_ = names_in(settings_.text("time_fields"));
    duplicates_ = chosen<Duplicates>(settings_, "duplicates");
    if (const auto read = read_length(); !read) return read;
    if (const auto read = read_escapes("escape_header", plan_.header_escapes); !read) return read;
    if (const auto read = read_escapes("escape_ext", plan_.value_escapes); !read) return read;
    return read_rules(zones);
  }

  Status read_length() {
    const auto& text = settings_.text("max_length");
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), plan_.max_length);
    if (error == std::errc{} && end == text.data() + text.size() && !text.empty()) return {};
    return fail(template_failure("template/setting", settings_.place("max_length"),
                                 "'max_length' is no number: '" + text + "'",
                                 "write a number of bytes, or 0 for no bound"));
  }

  Status read_escapes(std::string_view name, EscapeTable& table) {
    auto parsed = EscapeTable::parse(settings_.text(name));
    if (!parsed) return fail(placed(parsed.error(), name));
    table = std::move(*parsed);
    table.protect_lines();
    return {};
  }

  Status read_rules(const TextTemplate::ZoneLoader& zones) {
    auto& rules = plan_.rules;
    rules.missing = chosen<MissingValue>(settings_, "missing");
    rules.objects = chosen<ObjectValue>(settings_, "objects");
    rules.empty = chosen<EmptyText>(settings_, "empty");
    rules.floats = chosen<FloatForm>(settings_, "floats");
    auto format = TimePattern::parse(settings_.text("time_format"));
    if (!format) return fail(placed(format.error(), "time_format"));
    rules.time_format = std::move(*format);
    auto zone = zones(settings_.text("zone"));
    if (!zone) return fail(placed(zone.error(), "zone"));
    rules.zone = std::move(*zone);
    return {};
  }

  [[nodiscard]] Failure placed(Failure failure, std::string_view setting) const {
    failure.cause = settings_.place(setting) + ": " + failure.cause;
    return failure;
  }

  Status read_switches() {
    const auto* section = file_.find("Sections");
    if (section == nullptr) return {};
    for (const auto* entry : effective_entries(section->entries, Duplicates::last)) {
      if (entry->value != "true" && entry->value != "false") {
        return fail(template_failure(
            "template/switch", file_.name + ":" + std::to_string(entry->line),
            "the switch '" + entry->key + "' is neither true nor false", "write true or false"));
      }
      switches_[entry->key] = entry->value == "true";
    }
    return {};
  }

  [[nodiscard]] bool is_on(std::string_view section) const {
    const auto found = switches_.find(section);
    if (found != switches_.end()) return found->second;
    return settings_.text("unlisted-switch") == "on";
  }

  Status add(const IniSection& section) {
    const std::string type{section.name.substr(0, section.name.find('_'))};
    if (!is_on(type)) {
      plan_.switched_off.insert(type);
      return {};
    }
    if (!is_on(section.name)) return {};
    const auto [at, fresh] = plan_.by_type.emplace(type, plan_.types.size());
    if (fresh) plan_.types.push_back({.name = type, .paths = {}, .main = {}, .subs = {}});
    auto& plan = plan_.types[at->second];
    auto made = make(section, plan);
    if (!made) return fail(made.error());
    if (made->sub_event.empty()) {
      plan.main = std::move(*made);
    } else {
      plan.subs.push_back(std::move(*made));
    }
    return {};
  }

  Result<TemplateSection> make(const IniSection& section, TypePlan& type) {
    TemplateSection out{
        .name = section.name, .sub_event = {}, .header = {}, .pairs = {}, .way = {}};
    if (section.name.size() > type.name.size() + 1)
      out.sub_event = section.name.substr(type.name.size() + 1);
    const auto entries = effective_entries(section.entries, duplicates_);
    if (const auto read = read_header(entries, out, type); !read) return fail(read.error());
    std::vector<std::string_view> keys;
    for (const auto* entry : entries) {
      if (entry->key.starts_with(kHeaderKey)) continue;
      keys.push_back(entry->key);
      out.pairs.push_back(
          {.key = entry->key + plan_.sign, .value = value(*entry, type), .label_of = {}});
    }
    tie_labels(keys, out);
    if (!out.sub_event.empty()) find_way(out, type);
    return out;
  }

  /// Parts 0, 1, ... up to the first number that is not there.
  Status read_header(const std::vector<const IniEntry*>& entries, TemplateSection& out,
                     TypePlan& type) {
    while (out.header.size() < kMaxHeaderParts) {
      const auto key = std::string{kHeaderKey} + std::to_string(out.header.size());
      const auto found = std::find_if(entries.begin(), entries.end(),
                                      [&](const auto* entry) { return entry->key == key; });
      if (found == entries.end()) break;
      out.header.push_back(value(**found, type));
    }
    const auto is_header = [](const auto* entry) { return entry->key.starts_with(kHeaderKey); };
    const auto all = std::count_if(entries.begin(), entries.end(), is_header);
    if (static_cast<std::size_t>(all) > out.header.size())
      notes_.push_back({.line = (*std::find_if(entries.begin(), entries.end(), is_header))->line,
                        .what = "[" + out.name +
                                "] has header parts beyond a gap in their "
                                "numbers, or twice; they are not written"});
    return {};
  }

  TemplateValue value(const IniEntry& entry, TypePlan& type) {
    TemplateValue out;
    out.time = time_keys_.contains(entry.key);
    if (const auto text = literal(entry.value)) {
      out.text = *text;
      return out;
    }
    if (entry.value == settings_.text("event_subtype_field") && !entry.value.empty()) {
      out.kind = TemplateValue::Kind::sub_event_name;
      return out;
    }
    out.kind = TemplateValue::Kind::path;
    // An empty path would be the whole event; no name in UTF-8 is this byte.
    out.node = type.paths.add(entry.value.empty() ? kNowhere : std::string_view{entry.value});
    if (entry.value.empty())
      notes_.push_back({.line = entry.line, .what = "'" + entry.key + "' has no value"});
    return out;
  }

  /// `cs1Label='...'` goes with `cs1`: with the next one where there are several, else with the one
  /// before it.
  static void tie_labels(const std::vector<std::string_view>& keys, TemplateSection& section) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (section.pairs[i].value.kind != TemplateValue::Kind::text || !keys[i].ends_with(kLabel))
        continue;
      const auto of = keys[i].substr(0, keys[i].size() - kLabel.size());
      auto& label_of = section.pairs[i].label_of;
      for (std::size_t other = 0; other < keys.size() && !(label_of && *label_of > i); ++other)
        if (keys[other] == of) label_of = other;
    }
  }

  /// The name behind the type is a path below the event's own members, '_' for the dot.
  void find_way(TemplateSection& section, TypePlan& type) {
    const auto& field = settings_.text("event_subtype_field");
    const auto dot = field.rfind('.');
    PathTree::Node node =
        dot == std::string::npos ? PathTree::kRoot : type.paths.add(field.substr(0, dot));
    std::string_view left = section.sub_event;
    while (!left.empty()) {
      const auto end = std::min(left.find('_'), left.size());
      node = type.paths.add(end == 0 ? kNowhere : left.substr(0, end), node);
      section.way.push_back(node);
      left.remove_prefix(std::min(end + 1, left.size()));
    }
  }

  void read_aliases() {
    const auto* section = file_.find("Aliases");
    if (section == nullptr) return;
    for (const auto& entry : section->entries) {
      const auto target = plan_.by_type.find(entry.value);
      if (target != plan_.by_type.end()) {
        const auto place = target->second;
        plan_.by_type.try_emplace(entry.key, place);
      } else if (plan_.switched_off.contains(entry.value)) {
        plan_.switched_off.insert(entry.key);
      } else {
        notes_.push_back(
            {.line = entry.line,
             .what = "the alias '" + entry.key + "' names no section: '" + entry.value + "'"});
      }
    }
  }

  const IniFile& file_;
  const TemplateSettings& settings_;
  std::vector<IniNote>& notes_;
  TemplatePlan plan_;
  std::set<std::string, std::less<>> time_keys_;
  std::map<std::string, bool, std::less<>> switches_;
  Duplicates duplicates_ = Duplicates::last;
};

}  // namespace

Result<TextTemplate> TextTemplate::compile(const IniFile& file, const ZoneLoader& zones,
                                           std::vector<IniNote>& notes) {
  const auto settings = TemplateSettings::read(file);
  if (!settings) return fail(settings.error());
  auto plan = Compiler{file, *settings, notes}.compile(zones);
  if (!plan) return fail(plan.error());
  TextTemplate out;
  out.plan_ = std::move(*plan);
  return out;
}

std::vector<std::string> TextTemplate::types() const {
  std::vector<std::string> names;
  for (const auto& type : plan_->types)
    if (type.main) names.push_back(type.name);
  return names;
}

}  // namespace cistern::codec
