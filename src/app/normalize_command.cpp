#include "app/commands.hpp"
#include "app/setup.hpp"
#include "base/bytes.hpp"
#include "codec/json.hpp"

#include <cstdio>
#include <iostream>
#include <string>

#include <boost/json.hpp>
#include <yaml-cpp/yaml.h>

namespace cistern::app {
namespace {

constexpr std::uint64_t kLargestOptions = 1ULL << 20;

/// One line of input, ready for the view.
struct Input {
  std::string raw;
  std::string meta;
  std::string stream;
  RawForm form = RawForm::json;
  std::string problem;
  bool empty = false;  ///< A whole answer of the vendor's API without a record.
};

/// {"raw": ..., "meta": ...} is a wrapper; anything else is the record itself. A record of a vendor
/// that has a field "raw" of its own is told apart by its other keys.
bool is_wrapper(const boost::json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr || !object->contains("raw")) return false;
  for (const auto& entry : *object) {
    if (entry.key() != "raw" && entry.key() != "meta" && entry.key() != "stream") return false;
  }
  return true;
}

void set_text(Input& input, std::string_view text) {
  if (is_utf8(text)) {
    input.form = RawForm::text;
    std::string quoted;
    codec::append_json_string(quoted, text);
    input.raw = quoted.substr(1, quoted.size() - 2);
  } else {
    input.form = RawForm::bytes;
    input.raw = base64_encode(text);
  }
}

void set_json(Input& input, std::string_view text, codec::JsonSplitter& splitter) {
  const auto problem = splitter.why_invalid(text);
  if (problem.empty()) {
    std::string scratch;
    input.raw = codec::compact_json(text, scratch);
    return;
  }
  input.problem = problem;
  set_text(input, text);
}

/// The record of an answer that was given whole.
void take_record(Input& input, const runtime::ConnectorType& type) {
  if (!type.record_in || input.form != RawForm::json) return;
  const auto record = type.record_in(input.raw);
  input.empty = !record;
  if (record) input.raw = std::string{*record};
}

/// Connectors with readers store records of text: a line is one whatever it holds.
void set_raw(Input& input, std::string_view text, const runtime::ConnectorType& type,
             codec::JsonSplitter& splitter) {
  if (type.readers.empty()) {
    set_json(input, text, splitter);
    return take_record(input, type);
  }
  set_text(input, text);
  if (input.stream.empty() && type.stream_of) input.stream = type.stream_of(text);
}

Input parse_input(const std::string& line, const std::string& stream,
                  const runtime::ConnectorType& type, codec::JsonSplitter& splitter) {
  Input input;
  input.stream = stream;
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = codec::kMaxJsonDepth + 4;
  const auto value = boost::json::parse(line, error, {}, options);
  if (error || !is_wrapper(value)) {
    set_raw(input, line, type, splitter);
    return input;
  }
  const auto& object = value.as_object();
  const auto& raw = object.at("raw");
  if (const auto* meta = object.if_contains("meta"); meta != nullptr && meta->is_object())
    input.meta = boost::json::serialize(*meta);
  if (const auto* own = object.if_contains("stream"); own != nullptr && own->is_string())
    input.stream = own->as_string();
  set_raw(input, raw.is_string() ? std::string{raw.as_string()} : boost::json::serialize(raw), type,
          splitter);
  return input;
}

/// The options that mappings read, written as in a connector of a configuration.
Result<ecs::ViewOptions> read_options(const runtime::ConnectorType& type, const std::string& file) {
  ecs::ViewOptions options = type.view_options(config::default_values(type.options));
  if (file.empty()) return options;
  auto text = read_whole_file(file, kLargestOptions);
  if (!text) return fail(text.error());
  try {
    const auto root = YAML::Load(*text);
    for (const auto& entry : root) {
      const auto name = entry.first.as<std::string>();
      if (!options.texts.contains(name) && !options.tables.contains(name)) {
        return fail_stop(
            "cistern/unknown-option",
            file + ": mappings of " + std::string{type.name} + " read no option '" + name + "'",
            "leave it out; `cistern docs` describes the options");
      }
      if (entry.second.IsMap()) {
        auto& table = options.tables[name];
        for (const auto& row : entry.second)
          table[lower_case(row.first.as<std::string>())] = row.second.as<std::string>();
      } else {
        options.texts[name] = entry.second.as<std::string>();
      }
    }
  } catch (const YAML::Exception& error) {
    return fail_stop("cistern/bad-options", file + ": " + error.what(),
                     "write a YAML mapping of option names to values");
  }
  return options;
}

/// What the vendor sends and the mappings do not expect: a reason to look at them, never a loss, as
/// such fields are kept below the vendor's key.
void report_drift(ecs::View::Scratch& scratch, const Output& output) {
  Table table{{"STREAM", "EVENTS", "FIELD", "DRIFT"}};
  bool any = false;
  for (const auto& [stream, drift] : scratch.take_drift()) {
    any = any || !drift.unknown_fields.empty() || !drift.wrong_types.empty();
    for (const auto& [name, count] : drift.unknown_fields) {
      table.row(
          {stream, grouped(count), excerpt(name, 80), "unknown; kept as the vendor named it"});
    }
    for (const auto& [name, count] : drift.wrong_types) {
      table.row({stream, grouped(count), excerpt(name, 80), "unexpected type; kept as it came"});
    }
    if (drift.names_left_out > 0) {
      table.row({stream, grouped(drift.names_left_out), "-",
                 "further names beyond the 256 that are listed"});
    }
  }
  output.note(any ? table.text(output) : "no drift: the mappings know every field");
}

}  // namespace

ExitCode normalize(const NormalizeCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto* type = registry.connector(command.type);
  if (type == nullptr) {
    return output.failure({.code = "cistern/unknown-type",
                           .cause = "there is no kind of connector '" + command.type + "'",
                           .consequence = {},
                           .next_step = "run `cistern guide` for the list"},
                          ExitCode::usage);
  }
  const auto options = read_options(*type, command.options);
  if (!options) return output.failure(options.error(), ExitCode::configuration);
  const auto view = compile_view_of(*type, *options, command.mappings);
  if (!view) return output.failure(view.error(), ExitCode::configuration);
  // Where the text itself tells the stream, each line is asked.
  const bool fixed = command.stream.empty() && !type->streams.empty() && !type->stream_of;
  const auto stream = fixed ? std::string{type->streams.back().name} : command.stream;

  const auto scratch = (*view)->make_scratch();
  codec::JsonSplitter splitter;
  std::string line;
  std::string document;
  Sequence sequence = 0;
  while (std::getline(std::cin, line)) {
    if (line.empty()) continue;
    const auto input = parse_input(line, stream, *type, splitter);
    journal::Envelope envelope;
    envelope.sequence = ++sequence;
    const auto id = to_hex(make_identity({"normalize", line}));
    envelope.id = id;
    envelope.connector = command.type;
    envelope.stream = input.stream;
    envelope.meta = input.meta;
    envelope.raw = input.raw;
    envelope.form = input.form;
    envelope.problem = input.problem;
    document.clear();
    const bool dropped =
        input.empty || (*view)->render(envelope, {.original = command.original}, *scratch,
                                       document) == ecs::Outcome::dropped;
    if (dropped) document = "null";
    output.line(document);
    if (!output.open()) return ExitCode::ok;
  }
  if (command.drift) report_drift(*scratch, output);
  return ExitCode::ok;
}

}  // namespace cistern::app
