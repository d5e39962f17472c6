#include "destinations/format/line_format.hpp"

#include "destinations/format/event_facts.hpp"

namespace cistern::destinations {
namespace {

using config::Problem;

// What every receiver of syslog takes (RFC 5424), so that a line of that length says something.
constexpr std::size_t kLeastLength = 480;
constexpr std::size_t kMostNames = 32;
// Streams of which losses are counted apart; the rest counts for the last one.
constexpr std::size_t kMostRows = 256;

}  // namespace

LineSettings line_settings(const config::Values& values) {
  return {.original = values.boolean("include_original"),
          .mapping_file = values.text("format_mapping"),
          .device = {values.text("device_vendor"), values.text("device_product"),
                     values.text("device_version")},
          .max_length = static_cast<std::size_t>(values.size("max_length"))};
}

void check_line_options(const config::Values& values, const LineDialect& dialect,
                        std::vector<Problem>& problems) {
  const auto settings = line_settings(values);
  if (settings.max_length > 0 && settings.max_length < kLeastLength) {
    problems.push_back({Problem::Severity::error,
                        values.place("max_length"),
                        "'max_length' is shorter than the 480 bytes that every receiver takes",
                        "write 480 or more, or 0 for no bound",
                        {}});
  }
  const auto mapping = load_line_mapping(settings.mapping_file, dialect);
  if (mapping) return;
  problems.push_back({Problem::Severity::error,
                      values.place("format_mapping"),
                      mapping.error().cause,
                      mapping.error().next_step,
                      {}});
}

void LineLosses::note(const journal::Envelope& envelope, std::string_view key,
                      const codec::LineLoss& loss) {
  if (!loss.cut && !loss.mended) return;
  std::pair<std::string, std::string> name{envelope.connector, envelope.stream};
  auto found = rows_.find(name);
  if (found == rows_.end()) {
    found = rows_.size() < kMostRows ? rows_.emplace(std::move(name), Row{}).first
                                     : std::prev(rows_.end());
  }
  Row& row = found->second;
  row.cut += loss.cut ? 1 : 0;
  row.mended += loss.mended ? 1 : 0;
  if (row.keys.size() < kMostNames) row.keys.emplace(key);
}

std::vector<runtime::MappingDrift> LineLosses::take() {
  std::vector<runtime::MappingDrift> all;
  for (const auto& [name, row] : rows_) {
    all.push_back({.connector = name.first,
                   .stream = name.second,
                   .names = {},
                   .cut_values = row.cut,
                   .mended_values = row.mended,
                   .format_keys = {row.keys.begin(), row.keys.end()}});
  }
  rows_.clear();
  return all;
}

LineFormat::LineFormat(LineMapping mapping, const LineSettings& settings,
                       const MakeLineOutput& make_output,
                       std::shared_ptr<const runtime::Views> views)
    : mapping_(std::move(mapping)),
      documents_(settings.original, std::move(views)),
      header_(mapping_.header.size()) {
  for (std::size_t i = 0; i < settings.device.size() && i < mapping_.header.size(); ++i) {
    if (settings.device[i].empty()) continue;
    FieldRule constant;
    constant.constant = settings.device[i];
    mapping_.header[i] = {std::move(constant)};
  }
  std::vector<std::string> keys;
  for (const auto& rule : mapping_.keys) {
    places_.emplace_back(keys.size(), rule.label.empty() ? kNoLabel : keys.size() + 1);
    keys.push_back(rule.key);
    if (!rule.label.empty()) keys.push_back(rule.key + "Label");
  }
  output_ = make_output(keys, settings.max_length);
}

bool LineFormat::render(const journal::Envelope& envelope, std::string& out) {
  document_.clear();
  if (!documents_.append(envelope, document_)) return false;
  mapping_.fields.read(document_);
  for (std::size_t i = 0; i < header_.size(); ++i)
    header_[i] = rules_.text(mapping_.header[i], mapping_.fields);
  severity_ = severity_in(rules_.text(mapping_.severity, mapping_.fields));
  losses_.note(envelope, "header", output_->begin(header_, severity_));
  add_keys(envelope);
  out += output_->text();
  return true;
}

void LineFormat::add_keys(const journal::Envelope& envelope) {
  for (std::size_t i = 0; i < mapping_.keys.size(); ++i) {
    const LineKeyRule& key = mapping_.keys[i];
    const auto value = rules_.text(key.rule, mapping_.fields);
    if (value.empty()) continue;
    const std::size_t before = output_->text().size();
    losses_.note(envelope, key.key, output_->add(places_[i].first, value));
    if (places_[i].second == kNoLabel || output_->text().size() == before) continue;
    losses_.note(envelope, key.key, output_->add(places_[i].second, key.label));
  }
}

void LineFormat::describe(const journal::Envelope&, std::string_view, runtime::EventFacts& facts) {
  read_syslog_facts(mapping_, rules_, severity_, facts);
  host_ = rules_.text(mapping_.host, mapping_.fields);
  facts.host = host_;
}

std::vector<runtime::MappingDrift> LineFormat::take_drift() {
  auto all = documents_.take_drift();
  for (auto& row : losses_.take())
    all.push_back(std::move(row));
  return all;
}

Result<std::unique_ptr<runtime::Format>> make_line_format(
    const config::Values& values, const LineDialect& dialect, const MakeLineOutput& make_output,
    std::shared_ptr<const runtime::Views> views) {
  const auto settings = line_settings(values);
  auto mapping = load_line_mapping(settings.mapping_file, dialect);
  if (!mapping) return fail(std::move(mapping.error()));
  return std::unique_ptr<runtime::Format>(
      std::make_unique<LineFormat>(std::move(*mapping), settings, make_output, std::move(views)));
}

}  // namespace cistern::destinations
