#include "app/falcon_preview.hpp"

#include "app/setup.hpp"
#include "base/embedded.hpp"
#include "base/ids.hpp"
#include "codec/json.hpp"
#include "codec/json_paths.hpp"
#include "connectors/crowdstrike_falcon/event_filter.hpp"
#include "destinations/format/format.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace cistern::embedded::falcon_samples {
std::span<const File> files();
}

namespace cistern::app {
namespace {

namespace falcon = connectors::crowdstrike_falcon;

constexpr std::uint64_t kLargestEvents = 1ULL << 30;

/// The format of the imported outputs, made as a destination would make it.
Result<std::unique_ptr<runtime::Format>> format_of(const falcon::ImportedConnector& connector) {
  auto values = config::default_values(destinations::format_options());
  const auto set = [&](const char* name, const std::string& text) {
    values.values[name].text = text;
    values.values[name].given = true;
  };
  set("format", connector.json ? "falcon-pretty" : "template");
  if (!connector.json) set("template_text", connector.template_text);
  return destinations::make_format(values, std::make_shared<const runtime::Views>());
}

Result<std::string> events_text(const std::string& path) {
  if (!path.empty()) return read_whole_file(path, kLargestEvents);
  for (const auto& file : embedded::falcon_samples::files())
    return std::string{file.text};
  return std::string{};
}

/// Each line that is one JSON value; another one is a failure with its number.
Status each_event(const std::string& path,
                  const std::function<bool(const journal::Envelope&)>& take) {
  const auto text = events_text(path);
  if (!text) return fail(text.error());
  codec::JsonSplitter splitter;
  std::string scratch;
  std::string_view left{*text};
  for (Sequence number = 1; !left.empty(); ++number) {
    const auto end = std::min(left.find('\n'), left.size());
    const auto line = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (const auto problem = splitter.why_invalid(line); !problem.empty())
      return fail_stop("import/events",
                       path + ":" + std::to_string(number) +
                           ": the event is not valid JSON: " + std::string{problem},
                       "write one JSON object a line");
    const auto id = to_hex(make_identity({"import", line}));
    journal::Envelope envelope;
    envelope.sequence = number;
    envelope.id = id;
    envelope.connector = "falcon";
    envelope.stream = "events";
    envelope.raw = codec::compact_json(line, scratch);
    if (!take(envelope)) return {};
  }
  return {};
}

/// What the connector keeps of the stream.
falcon::EventFilter filter_of(const falcon::ImportedConnector& connector) {
  return {connector.event_types, connector.exclude_event_types};
}

std::string type_of(std::string_view json) {
  const auto value = codec::find_json_path(json, "metadata.eventType");
  return value.size() >= 2 ? std::string{value.substr(1, value.size() - 2)} : std::string{};
}

}  // namespace

Status print_lines(const FalconFiles& read, const std::string& events, const Output& output) {
  if (read.files.size() != 1)
    return fail_stop("import/several", "lines of several connectors would be mixed",
                     "name one file");
  const auto& connector = read.files.front().connector;
  const auto format = format_of(connector);
  if (!format) return fail(format.error());
  const auto filter = filter_of(connector);
  std::string lines;
  return each_event(events, [&](const journal::Envelope& envelope) {
    lines.clear();
    if (filter.keeps(type_of(envelope.raw)) && (*format)->render(envelope, lines))
      output.line(lines);
    return output.open();
  });
}

Status print_samples(const FalconFiles& read, const std::string& events, const Output& output) {
  for (const auto& file : read.files) {
    const auto& connector = file.connector;
    const auto format = format_of(connector);
    if (!format) return fail(format.error());
    const auto filter = filter_of(connector);
    output.line(output.toned("# " + connector.name + " (" + file.path + ")", Tone::bold));
    std::set<std::string> seen;
    std::string lines;
    const auto shown = each_event(events, [&](const journal::Envelope& envelope) {
      const auto type = type_of(envelope.raw);
      if (!seen.insert(type).second) return output.open();
      lines.clear();
      const bool is_asked = filter.keeps(type);
      const bool written = is_asked && (*format)->render(envelope, lines);
      output.line(output.toned("# " + type, Tone::dim));
      output.line(written ? lines : is_asked ? "# no line: no section" : "# not collected");
      return output.open();
    });
    if (!shown) return shown;
  }
  return {};
}

}  // namespace cistern::app
