#include "destinations/format/format.hpp"

#include "base/bytes.hpp"
#include "destinations/format/json_unescape.hpp"

#include <array>
#include <map>
#include <string>

namespace cistern::destinations {
namespace {

using journal::Envelope;
using runtime::Format;
using runtime::Views;

constexpr std::array<std::string_view, 3> kNames = {"ecs", "raw", "envelope"};

/// The members of `raw` as they stand in the store.
void append_raw_member(std::string& out, const Envelope& envelope) {
  switch (envelope.form) {
    case RawForm::json:
      out += "\"raw\":";
      out += envelope.raw;
      break;
    case RawForm::text:
      out += "\"raw\":\"";
      out += envelope.raw;
      out += '"';
      break;
    case RawForm::bytes:
      out += "\"raw_base64\":\"";
      out += envelope.raw;
      out += '"';
      break;
  }
}

void append_text_member(std::string& out, std::string_view key, std::string_view escaped) {
  out += '"';
  out += key;
  out += "\":\"";
  out += escaped;
  out += '"';
}

class EnvelopeFormat final : public Format {
 public:
  bool render(const Envelope& envelope, std::string& out) override {
    out += "{\"seq\":";
    out += std::to_string(envelope.sequence);
    append(out, "id", envelope.id);
    append(out, "connector", envelope.connector);
    append(out, "stream", envelope.stream);
    append(out, "received", envelope.received);
    if (!envelope.time.empty()) append(out, "time", envelope.time);
    if (!envelope.problem.empty()) append(out, "problem", envelope.problem);
    if (!envelope.meta.empty()) {
      out += ",\"meta\":";
      out += envelope.meta;
    }
    out += ',';
    append_raw_member(out, envelope);
    out += '}';
    return true;
  }

 private:
  static void append(std::string& out, std::string_view key, std::string_view escaped) {
    out += ',';
    append_text_member(out, key, escaped);
  }
};

bool has_line_break(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

class RawFormat final : public Format {
 public:
  bool render(const Envelope& envelope, std::string& out) override {
    const std::size_t begin = out.size();
    switch (envelope.form) {
      case RawForm::json:
        out += envelope.raw;
        return true;
      case RawForm::text:
        append_unescaped(out, envelope.raw);
        if (has_line_break(std::string_view{out}.substr(begin))) {
          out.resize(begin);
          out += '"';
          out += envelope.raw;
          out += '"';
        }
        return true;
      case RawForm::bytes:
        append_bytes(envelope, out);
        return true;
    }
    return true;
  }

 private:
  static void append_bytes(const Envelope& envelope, std::string& out) {
    const auto bytes = base64_decode(envelope.raw);
    if (bytes && !has_line_break(*bytes)) {
      out += *bytes;
      return;
    }
    out += '{';
    append_raw_member(out, envelope);
    out += '}';
  }
};

class EcsFormat final : public Format {
 public:
  EcsFormat(bool original, std::shared_ptr<const Views> views)
      : options_{.original = original}, views_(std::move(views)) {}

  bool render(const Envelope& envelope, std::string& out) override {
    const Renderer* renderer = find(envelope.connector);
    if (renderer == nullptr) {
      append_unmapped(envelope, out);
      return true;
    }
    return renderer->view->render(envelope, options_, *renderer->scratch, out) !=
           ecs::Outcome::dropped;
  }

  std::vector<runtime::MappingDrift> take_drift() override {
    std::vector<runtime::MappingDrift> all;
    for (const auto& [connector, renderer] : renderers_) {
      for (const auto& [stream, drift] : renderer.scratch->take_drift())
        all.push_back(drift_of(connector, stream, drift));
    }
    return all;
  }

 private:
  static runtime::MappingDrift drift_of(const std::string& connector, const std::string& stream,
                                        const ecs::Drift& drift) {
    runtime::MappingDrift row{.connector = connector, .stream = stream, .names = {}};
    for (const auto& [name, count] : drift.unknown_fields) {
      row.unknown_fields += count;
      row.names.push_back(name);
    }
    for (const auto& [name, count] : drift.wrong_types) {
      row.wrong_types += count;
      row.names.push_back(name);
    }
    return row;
  }

  struct Renderer {
    const ecs::View* view = nullptr;
    std::unique_ptr<ecs::View::Scratch> scratch;
  };

  const Renderer* find(std::string_view connector) {
    const auto known = renderers_.find(connector);
    if (known != renderers_.end()) return &known->second;
    const auto view = views_->find(connector);
    if (view == views_->end()) return nullptr;
    Renderer renderer{.view = view->second.get(), .scratch = view->second->make_scratch()};
    return &renderers_.emplace(std::string{connector}, std::move(renderer)).first->second;
  }

  /// The store may hold events of a connector that is no longer configured, so that nothing says
  /// how to map them. They are delivered all the same.
  static void append_unmapped(const Envelope& envelope, std::string& out) {
    out += '{';
    append_text_member(out, "@timestamp",
                       envelope.time.empty() ? envelope.received : envelope.time);
    out += R"(,"ecs":{"version":"8.11.0"},"event":{"kind":"pipeline_error",)";
    append_text_member(out, "id", envelope.id);
    out += ',';
    append_text_member(out, "created", envelope.received);
    out += R"(},"error":{"message":"no mapping: the connector ')";
    out += envelope.connector;
    out += R"(' is not configured; add it again to map its events"},"cistern":{)";
    append_text_member(out, "id", envelope.id);
    out += ',';
    append_text_member(out, "connector", envelope.connector);
    out += ',';
    append_text_member(out, "stream", envelope.stream);
    out += R"(,"sequence":)";
    out += std::to_string(envelope.sequence);
    out += ',';
    append_raw_member(out, envelope);
    out += "}}";
  }

  ecs::RenderOptions options_;
  std::shared_ptr<const Views> views_;
  std::map<std::string, Renderer, std::less<>> renderers_;
};

}  // namespace

std::span<const std::string_view> format_names() {
  return kNames;
}

Result<std::unique_ptr<Format>> make_format(std::string_view name, bool original,
                                            std::shared_ptr<const Views> views) {
  if (name == "ecs") {
    return std::unique_ptr<Format>(std::make_unique<EcsFormat>(original, std::move(views)));
  }
  if (name == "raw") return std::unique_ptr<Format>(std::make_unique<RawFormat>());
  if (name == "envelope") return std::unique_ptr<Format>(std::make_unique<EnvelopeFormat>());
  return fail_stop("config/format", "there is no format '" + std::string{name} + "'",
                   "choose one of ecs, raw, envelope");
}

}  // namespace cistern::destinations
