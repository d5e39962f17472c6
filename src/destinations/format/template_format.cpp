#include "destinations/format/template_format.hpp"

#include "base/files.hpp"
#include "codec/ini.hpp"
#include "codec/text_template.hpp"
#include "destinations/format/event_facts.hpp"

#include <map>
#include <string>

namespace cistern::destinations {
namespace {

using codec::TextTemplate;
using config::Problem;

bool given(const config::Values& values, std::string_view name) {
  return values.has(name) && !values.text(name).empty();
}

Result<std::string> read_template(const std::string& path) {
  const auto files = make_system_files();
  auto file = files->open(path, OpenMode::read);
  if (!file) return fail(file.error());
  // One byte more than allowed, so that a larger file is refused and not cut.
  return (*file)->read_at(0, codec::kMaxIniBytes + 1);
}

Result<TextTemplate> compile(const config::Values& values, std::vector<codec::IniNote>& notes) {
  const bool from_file = given(values, "template");
  if (from_file == given(values, "template_text")) {
    return fail_stop("config/template",
                     from_file ? "both `template` and `template_text` are given"
                               : "the format `template` needs a template",
                     "write `template: FILE`, or the text itself below `template_text`");
  }
  std::string text = values.text("template_text");
  std::string name = "template_text";
  if (from_file) {
    name = values.text("template");
    auto read = read_template(name);
    if (!read) return fail(read.error());
    text = std::move(*read);
  }
  const auto parsed = codec::parse_ini(text, name);
  if (!parsed) return fail(parsed.error());
  notes = parsed->notes;
  return TextTemplate::compile(*parsed, load_time_zone, notes);
}

class TemplateFormat final : public runtime::Format {
 public:
  TemplateFormat(const TextTemplate& compiled, std::shared_ptr<const runtime::Views> views)
      : renderer_(compiled), facts_(std::move(views)) {}

  bool render(const journal::Envelope& envelope, std::string& out) override {
    if (envelope.form != RawForm::json) {
      ++not_json_[{std::string{envelope.connector}, std::string{envelope.stream}}];
      return false;
    }
    if (last_.connector != envelope.connector) last_.connector = envelope.connector;
    if (last_.stream != envelope.stream) last_.stream = envelope.stream;
    return renderer_.render(envelope.raw, envelope.id, out);
  }

  void describe(const journal::Envelope& envelope, std::string_view,
                runtime::EventFacts& facts) override {
    facts_.read(envelope, facts);
  }

  /// A template reads one kind of stream, so that what it counts is told of the last one.
  std::vector<runtime::MappingDrift> take_drift() override {
    const auto tally = renderer_.take_tally();
    runtime::MappingDrift drift{.connector = last_.connector, .stream = last_.stream, .names = {}};
    for (const auto& [type, count] : tally.without_section) {
      drift.unknown_fields += count;
      drift.names.push_back("no section for event type '" + type + "'");
    }
    drift.unknown_fields += tally.without_section_unnamed;
    drift.wrong_types = tally.beyond_bound;
    if (tally.beyond_bound > 0) drift.names.emplace_back("more lines than one event may have");
    drift.cut_values = tally.cut_lines + tally.skipped_lines;
    if (tally.cut_lines > 0) drift.format_keys.emplace_back("lines cut to max_length");
    if (tally.skipped_lines > 0) drift.format_keys.emplace_back("lines longer than max_length");
    std::vector<runtime::MappingDrift> rows;
    if (drift.unknown_fields + drift.wrong_types + drift.cut_values > 0)
      rows.push_back(std::move(drift));
    for (const auto& [source, count] : not_json_)
      rows.push_back({.connector = source.connector,
                      .stream = source.stream,
                      .wrong_types = count,
                      .names = {"an event that is no JSON has no line"}});
    not_json_.clear();
    return rows;
  }

 private:
  struct Source {
    std::string connector;
    std::string stream;
    friend auto operator<=>(const Source&, const Source&) = default;
  };

  codec::TemplateRenderer renderer_;
  FactsOfEvents facts_;
  Source last_;
  std::map<Source, std::uint64_t> not_json_;
};

}  // namespace

void check_template_format(const config::Values& values, std::vector<Problem>& problems) {
  const auto place = values.place(given(values, "template") ? "template" : "format");
  std::vector<codec::IniNote> notes;
  const auto compiled = compile(values, notes);
  if (!compiled)
    problems.push_back({.severity = Problem::Severity::error,
                        .place = place,
                        .what = compiled.error().cause,
                        .next_step = compiled.error().next_step,
                        .source_line = {}});
  for (const auto& note : notes)
    problems.push_back({.severity = Problem::Severity::warning,
                        .place = place,
                        .what = "template, line " + std::to_string(note.line) + ": " + note.what,
                        .next_step = {},
                        .source_line = {}});
}

Result<std::unique_ptr<runtime::Format>> make_template_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views) {
  std::vector<codec::IniNote> notes;
  auto compiled = compile(values, notes);
  if (!compiled) return fail(compiled.error());
  return std::unique_ptr<runtime::Format>(
      std::make_unique<TemplateFormat>(*compiled, std::move(views)));
}

}  // namespace cistern::destinations
