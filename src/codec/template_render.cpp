// Rendering: one walk over the event for all paths of its type, then line by line.
#include "codec/json_scan.hpp"
#include "codec/template_plan.hpp"
#include "codec/text_template.hpp"

#include <algorithm>
#include <utility>

namespace cistern::codec {

/// The lines of one event after the other.
class TemplateRenderer::Lines {
 public:
  explicit Lines(std::shared_ptr<const TemplatePlan> plan) : plan_(std::move(plan)) {}

  bool render(std::string_view json, std::string_view id, std::string& out) {
    const auto* type = find_type(json);
    if (type == nullptr) return false;
    values_.read(type->paths, json);
    out_ = &out;
    begin_ = out.size();
    count_ = tries_ = 0;
    full_ = false;
    id_ = id;
    if (type->main) line(*type->main);
    for (const auto* section : order(*type))
      walk(*section, 0);
    if (full_) ++tally_.beyond_bound;
    return count_ > 0;
  }

  TemplateTally take_tally() { return std::exchange(tally_, {}); }

 private:
  const TypePlan* find_type(std::string_view json) {
    const auto value = find_json_path(json, plan_->type_path);
    std::string_view name;
    if (value.size() >= 2 && value.front() == '"') {
      name = value.substr(1, value.size() - 2);
      if (name.find('\\') != std::string_view::npos) {
        type_.clear();
        append_unescaped(type_, name);
        name = type_;
      }
    }
    const auto known = plan_->by_type.find(name);
    if (known != plan_->by_type.end()) return &plan_->types[known->second];
    if (!plan_->switched_off.contains(name)) count_without_section(name);
    return nullptr;
  }

  void count_without_section(std::string_view name) {
    name = name.substr(0, 200);
    auto& counts = tally_.without_section;
    if (const auto known = counts.find(name); known != counts.end()) {
      ++known->second;
    } else if (counts.size() < kMaxTypesNamed) {
      counts.emplace(name, 1);
    } else {
      ++tally_.without_section_unnamed;
    }
  }

  /// The sub-event sections as the file has them, or as their values stand in the event.
  const std::vector<const TemplateSection*>& order(const TypePlan& type) {
    order_.clear();
    for (const auto& section : type.subs)
      order_.push_back(&section);
    if (plan_->order_of_event) {
      std::stable_sort(order_.begin(), order_.end(), [this](const auto* a, const auto* b) {
        return first_array(*a) < first_array(*b);
      });
    }
    return order_;
  }

  [[nodiscard]] const char* first_array(const TemplateSection& section) const {
    const char* place = nullptr;
    for (const auto node : section.way) {
      const auto value = values_.at(node);
      if (value.empty()) break;
      place = value.data();
      if (value.front() == '[') break;
    }
    return place;
  }

  /// Goes down to the sub-events; each array on the way is walked element by element, its current
  /// element standing in its place for every path of the section.
  void walk(const TemplateSection& section, std::size_t depth) {
    if (full_) return;
    const auto node = section.way[depth];
    const auto value = values_.at(node);
    const bool last = depth + 1 == section.way.size();
    if (value.empty()) return;
    if (value.front() == '{') {
      if (!last) return walk(section, depth + 1);
      if (JsonMembers{value}.next()) line(section);
      return;
    }
    if (value.front() != '[') return;
    for (JsonElements element(value); !full_ && element.next();) {
      values_.bind(node, element.value());
      if (last) {
        line(section);
      } else if (element.value().starts_with('{')) {
        walk(section, depth + 1);
      }
    }
    values_.bind(node, value);
  }

  void line(const TemplateSection& section) {
    // Lines that are skipped for their length cost as much as those that are written.
    if (tries_++ == kMaxTemplateLines || out_->size() - begin_ > kMaxTemplateBytes) {
      full_ = true;
      return;
    }
    const std::size_t before = out_->size();
    if (count_ > 0) out_->push_back('\n');
    LineWriter writer(*out_, longest_line());
    write_header(section, writer);
    write_pairs(section, writer);
    if (writer.too_long()) {
      if (plan_->skip_too_long) {
        ++tally_.skipped_lines;
        out_->resize(before);
        return;
      }
      ++tally_.cut_lines;
      writer.cut();
    }
    ++count_;
  }

  /// Keys may all name the whole event, so that a line without a limit of its own needs one too.
  [[nodiscard]] std::size_t longest_line() const {
    const auto limit = plan_->max_length;
    return limit == 0 || limit > kMaxTemplateBytes ? kMaxTemplateBytes : limit;
  }

  void write_header(const TemplateSection& section, LineWriter& out) {
    out.append(plan_->prefix);
    for (const auto& part : section.header) {
      if (out.too_long()) return;
      write(section, part, plan_->header_escapes, out);
      out.append(plan_->header_delim);
    }
  }

  void write_pairs(const TemplateSection& section, LineWriter& out) {
    bool first = true;
    for (const auto& pair : section.pairs) {
      if (!is_written(section, pair)) continue;
      if (out.too_long()) return;
      if (!std::exchange(first, false)) out.append(plan_->field_delim);
      out.append(pair.key);
      out.append(plan_->enclosure);
      write(section, pair.value, plan_->value_escapes, out);
      out.append(plan_->enclosure);
    }
    if (plan_->correlation_key.empty()) return;
    if (!first) out.append(plan_->field_delim);
    out.append(plan_->correlation_key);
    out.append(plan_->enclosure);
    out.append(id_);
    out.append(plan_->enclosure);
  }

  [[nodiscard]] bool is_written(const TemplateSection& section, const TemplatePair& pair) const {
    if (plan_->rules.missing == MissingValue::empty) return true;
    const auto& decides = pair.label_of ? section.pairs[*pair.label_of] : pair;
    return has_value(section, decides.value);
  }

  [[nodiscard]] bool has_value(const TemplateSection& section, const TemplateValue& value) const {
    switch (value.kind) {
      case TemplateValue::Kind::text:
        return true;
      case TemplateValue::Kind::sub_event_name:
        return !section.sub_event.empty();
      case TemplateValue::Kind::path:
        break;
    }
    return is_present(values_.at(value.node), plan_->rules);
  }

  void write(const TemplateSection& section, const TemplateValue& value, const EscapeTable& escapes,
             LineWriter& out) {
    switch (value.kind) {
      case TemplateValue::Kind::text:
        return escapes.apply(value.text, out);
      case TemplateValue::Kind::sub_event_name:
        return escapes.apply(section.sub_event, out);
      case TemplateValue::Kind::path:
        break;
    }
    const auto found = values_.at(value.node);
    if (is_present(found, plan_->rules))
      append_value(found, value.time, plan_->rules, escapes, scratch_, out);
  }

  std::shared_ptr<const TemplatePlan> plan_;
  PathValues values_;
  ValueScratch scratch_;
  std::vector<const TemplateSection*> order_;
  std::string type_;
  TemplateTally tally_;
  std::string* out_ = nullptr;  // Of the current event, as all below.
  std::size_t begin_ = 0;
  std::size_t count_ = 0;
  std::size_t tries_ = 0;
  bool full_ = false;
  std::string_view id_;
};

TemplateRenderer::TemplateRenderer(const TextTemplate& compiled)
    : lines_(std::make_unique<Lines>(compiled.plan_)) {}
TemplateRenderer::~TemplateRenderer() = default;

bool TemplateRenderer::render(std::string_view json, std::string_view id, std::string& out) {
  return lines_->render(json, id, out);
}

TemplateTally TemplateRenderer::take_tally() {
  return lines_->take_tally();
}

}  // namespace cistern::codec
