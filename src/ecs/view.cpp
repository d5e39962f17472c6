#include "ecs/view.hpp"

#include "base/ids.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "ecs/evaluate.hpp"
#include "ecs/extract.hpp"
#include "ecs/program.hpp"
#include "ecs/record_text.hpp"
#include "ecs/scratch.hpp"
#include "ecs/write.hpp"

#include <algorithm>

namespace cistern::ecs {
namespace {

/// To be raised when the engine or a function writes another document for the same mapping.
constexpr std::string_view kEngineVersion = "3";
constexpr std::string_view kEcsVersion = "\"8.11.0\"";
constexpr std::string_view kNoObject = "the record is not a JSON object, so no mapping applies";
constexpr std::string_view kNoJson = "the record is not JSON, so no mapping applies";
constexpr std::string_view kNoMapping = "no mapping is known for this stream";

/// Text that is escaped already, as a JSON string.
std::string quoted(std::string_view escaped) {
  std::string text = "\"";
  text += escaped;
  text.push_back('"');
  return text;
}

bool has_line_break(std::string_view text) {
  return text.find('\n') != std::string_view::npos || text.find('\r') != std::string_view::npos;
}

class ViewImpl : public View {
 public:
  ViewImpl(std::vector<std::unique_ptr<const Program>> programs, std::string version)
      : programs_(std::move(programs)), version_(std::move(version)) {}

  [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override {
    return std::make_unique<ViewScratch>();
  }

  [[nodiscard]] std::string_view version() const override { return version_; }

  Outcome render(const journal::Envelope& envelope, const RenderOptions& options, Scratch& memory,
                 std::string& out) const override {
    // Every Scratch was made by make_scratch() above.
    auto& scratch = static_cast<ViewScratch&>(memory);
    const Program* const program = program_for(envelope.stream);
    const bool is_read = program != nullptr && program->reader != nullptr;
    if (!envelope.problem.empty() || (!is_read && envelope.form != RawForm::json)) {
      write_error(envelope, {}, program, out);
      return Outcome::pipeline_error;
    }
    if (program == nullptr) {
      write_error(envelope, kNoMapping, program, out);
      return Outcome::pipeline_error;
    }
    std::string_view raw = envelope.raw;
    if (is_read) {
      if (!read(*program, envelope, scratch)) {
        write_error(envelope, scratch.read_json, program, out);
        return Outcome::pipeline_error;
      }
      raw = scratch.read_json;
    } else if (has_line_break(raw)) {
      // The store holds records without line breaks; other callers may not.
      raw = codec::compact_json(raw, scratch.compact);
    }
    scratch.begin(*program, envelope.stream);
    if (!extract(*program, raw, scratch)) {
      write_error(envelope, kNoObject, program, out);
      return Outcome::pipeline_error;
    }
    extract_meta(*program, envelope.meta, scratch);
    if (!evaluate(*program, scratch)) return Outcome::dropped;
    fill_builtins(*program, envelope, scratch);
    if (options.original && !scratch.redacted) {
      fill_original(*program, envelope, is_read ? envelope.raw : raw, scratch);
    }
    write_document(*program, scratch, out);
    return Outcome::event;
  }

 private:
  /// Leaves in `read_json` what the reader made of the text, or why it could not.
  static bool read(const Program& program, const journal::Envelope& envelope,
                   ViewScratch& scratch) {
    const ReaderInput input{.raw = record_text(envelope, scratch.read_text),
                            .meta = envelope.meta,
                            .stream = envelope.stream,
                            .received = envelope.received,
                            .time = envelope.time};
    scratch.read_json.clear();
    return program.reader(input, scratch.read_json);
  }

  /// The record word for word: `raw` is JSON, escaped text, or base64, as the envelope's form says.
  static void fill_original(const Program& program, const journal::Envelope& envelope,
                            std::string_view raw, ViewScratch& scratch) {
    const TargetId target = program.builtins.original;
    if (envelope.form == RawForm::json) {
      set_value(scratch, target, scratch.arena.json_string(raw));
    } else {
      set_value(scratch, target, scratch.arena.quoted(raw));
    }
    if (envelope.form == RawForm::bytes)
      set_value(scratch, program.builtins.original_encoding, "\"base64\"");
  }

  [[nodiscard]] const Program* program_for(std::string_view stream) const {
    const Program* by_prefix = nullptr;
    for (const auto& program : programs_) {
      for (const std::string_view name : program->streams) {
        if (name == stream) return program.get();
        if (name.back() == '*' &&
            stream.substr(0, name.size() - 1) == name.substr(0, name.size() - 1)) {
          by_prefix = program.get();
        }
      }
    }
    return by_prefix;
  }

  static void fill_builtins(const Program& program, const journal::Envelope& envelope,
                            ViewScratch& scratch) {
    const Builtins& to = program.builtins;
    const auto text = [&scratch](TargetId target, std::string_view value) {
      if (!value.empty()) set_value(scratch, target, scratch.arena.json_string(value));
    };
    if (scratch.values[to.timestamp].json.empty()) {
      text(to.timestamp, envelope.time.empty() ? envelope.received : envelope.time);
      text(to.timestamp_from, envelope.time.empty() ? "received" : "time");
    }
    const std::string_view id = scratch.arena.json_string(envelope.id);
    const std::string_view received = scratch.arena.json_string(envelope.received);
    if (!envelope.id.empty()) set_value(scratch, to.id, id);
    set_value(scratch, to.kind, "\"event\"");
    if (scratch.values[to.type].first == 0) add_value(scratch, to.type, "\"info\"");
    set_value(scratch, to.action, "\"unknown\"");
    set_value(scratch, to.outcome, "\"unknown\"");
    set_value(scratch, to.provider, program.module_json);
    set_value(scratch, to.module, program.module_json);
    set_value(scratch, to.dataset, program.dataset_json);
    set_value(scratch, to.ecs_version, kEcsVersion);
    if (!envelope.received.empty()) {
      set_value(scratch, to.created, received);
      set_value(scratch, to.ingested, received);
    }
    if (!envelope.id.empty()) set_value(scratch, to.cistern_id, id);
    text(to.connector, envelope.connector);
    text(to.stream, envelope.stream);
    set_value(scratch, to.sequence, scratch.arena.copy(std::to_string(envelope.sequence)));
    if (!envelope.meta.empty()) set_value(scratch, to.meta, envelope.meta);
  }

  /// A document for what no mapping can interpret: why, and the original.
  static void write_error(const journal::Envelope& envelope, std::string_view why,
                          const Program* program, std::string& out) {
    codec::JsonWriter json(out);
    json.begin_object();
    json.key("@timestamp").string(envelope.time.empty() ? envelope.received : envelope.time);
    json.key("cistern").begin_object().key("id").string(envelope.id);
    json.key("connector").string(envelope.connector).key("stream").string(envelope.stream);
    json.key("sequence").number(std::uint64_t{envelope.sequence});
    if (!envelope.meta.empty()) json.key("meta").raw(envelope.meta);
    json.key("timestamp_from").string(envelope.time.empty() ? "received" : "time");
    if (envelope.form == RawForm::bytes) json.key("original_encoding").string("base64");
    json.end_object();
    json.key("ecs").begin_object().key("version").raw(kEcsVersion).end_object();
    json.key("error").begin_object().key("message");
    if (!why.empty()) {
      json.string(why);
    } else if (!envelope.problem.empty()) {
      json.raw(quoted(envelope.problem));
    } else {
      json.string(kNoJson);
    }
    json.end_object();
    json.key("event").begin_object().key("created").string(envelope.received);
    if (program != nullptr) {
      json.key("dataset").raw(program->dataset_json).key("module").raw(program->module_json);
      json.key("provider").raw(program->module_json);
    }
    json.key("id").string(envelope.id).key("ingested").string(envelope.received);
    json.key("kind").string("pipeline_error").key("type").begin_array().string("error").end_array();
    json.key("outcome").string("unknown").key("action").string("unknown").key("original");
    if (envelope.form == RawForm::json) {
      json.string(envelope.raw);
    } else {
      json.raw(quoted(envelope.raw));
    }
    json.end_object().end_object();
  }

  std::vector<std::unique_ptr<const Program>> programs_;
  std::string version_;
};

/// Covers everything that a document depends on besides the record.
std::string version_of(std::span<const embedded::File> mappings, const FunctionTable& functions,
                       const ReaderTable& readers, const ViewOptions& options) {
  std::string all(kEngineVersion);
  const auto add = [&all](std::string_view text) {
    all += std::to_string(text.size());
    all.push_back(':');
    all += text;
  };
  for (const auto& file : mappings) {
    add(file.path);
    add(file.text);
  }
  for (const auto& [name, function] : functions)
    add(name);
  for (const auto& [name, reader] : readers)
    add(name);
  for (const auto& [name, text] : options.texts) {
    add(name);
    add(text);
  }
  for (const auto& [name, table] : options.tables) {
    add(name);
    for (const auto& [key, value] : table) {
      add(key);
      add(value);
    }
  }
  return to_hex(make_identity({all})).substr(0, 12);
}

void check_streams(const std::vector<MappingText>& mappings, Mistakes& mistakes) {
  std::map<std::string, const MappingText*> owners;
  for (const auto& mapping : mappings) {
    for (const auto& stream : mapping.streams) {
      const auto [at, fresh] = owners.emplace(stream, &mapping);
      if (stream.empty()) {
        mistakes.add(mapping.place, "a stream without a name");
      } else if (!fresh) {
        mistakes.add(mapping.place,
                     "stream `" + stream + "` is mapped by " + at->second->place.file + " already");
      }
    }
  }
}

}  // namespace

Result<std::shared_ptr<const View>> compile_view(std::span<const embedded::File> mappings,
                                                 const FunctionTable& functions,
                                                 const ViewOptions& options,
                                                 const ReaderTable& readers) {
  Mistakes mistakes;
  const std::vector<MappingText> texts = read_mappings(mappings, mistakes);
  check_streams(texts, mistakes);
  std::vector<std::unique_ptr<const Program>> programs;
  for (const auto& text : texts) {
    programs.push_back(compile_program(text, functions, readers, options, mistakes));
  }
  if (!mistakes.empty()) {
    return fail_stop(
        "ecs/mapping", mistakes.text(),
        "correct the lines named above, or remove the mapping files of your own folder "
        "to use the ones that come with cistern");
  }
  return std::make_shared<ViewImpl>(std::move(programs),
                                    version_of(mappings, functions, readers, options));
}

}  // namespace cistern::ecs
