#include "destinations/format/plain_formats.hpp"

#include "base/bytes.hpp"
#include "destinations/format/ecs_documents.hpp"
#include "destinations/format/envelope_members.hpp"
#include "destinations/format/event_facts.hpp"
#include "destinations/format/json_unescape.hpp"

#include <optional>

namespace cistern::destinations {
namespace {

using journal::Envelope;
using runtime::EventFacts;
using runtime::Format;
using runtime::Views;

bool has_line_break(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

void append_bytes_line(const Envelope& envelope, std::string& out) {
  const auto bytes = base64_decode(envelope.raw);
  if (bytes && !has_line_break(*bytes)) {
    out += *bytes;
    return;
  }
  out += '{';
  append_raw_member(out, envelope);
  out += '}';
}

void append_text_line(const Envelope& envelope, std::string& out) {
  const std::size_t begin = out.size();
  append_unescaped(out, envelope.raw);
  if (!has_line_break(std::string_view{out}.substr(begin))) return;
  out.resize(begin);
  out += '"';
  out += envelope.raw;
  out += '"';
}

class EnvelopeFormat final : public Format {
 public:
  explicit EnvelopeFormat(std::shared_ptr<const Views> views) : facts_(std::move(views)) {}

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

  void describe(const Envelope& envelope, std::string_view, EventFacts& facts) override {
    facts_.read(envelope, facts);
  }

 private:
  static void append(std::string& out, std::string_view key, std::string_view escaped) {
    out += ',';
    append_text_member(out, key, escaped);
  }
  FactsOfEvents facts_;
};

class RawFormat final : public Format {
 public:
  explicit RawFormat(std::shared_ptr<const Views> views) : facts_(std::move(views)) {}

  bool render(const Envelope& envelope, std::string& out) override {
    append_raw_line(envelope, out);
    return true;
  }
  void describe(const Envelope& envelope, std::string_view, EventFacts& facts) override {
    facts_.read(envelope, facts);
  }

 private:
  FactsOfEvents facts_;
};

class EcsFormat final : public Format {
 public:
  EcsFormat(bool original, std::shared_ptr<const Views> views)
      : documents_(original, std::move(views)) {}

  bool render(const Envelope& envelope, std::string& out) override {
    return documents_.append(envelope, out);
  }
  void describe(const Envelope&, std::string_view payload, EventFacts& facts) override {
    if (!facts_) facts_.emplace();
    facts_->read(payload, facts);
  }
  std::vector<runtime::MappingDrift> take_drift() override { return documents_.take_drift(); }

 private:
  EcsDocuments documents_;
  std::optional<FactsReader> facts_;  // Made when a destination first asks.
};

}  // namespace

void append_raw_line(const Envelope& envelope, std::string& out) {
  switch (envelope.form) {
    case RawForm::json:
      out += envelope.raw;
      return;
    case RawForm::text:
      return append_text_line(envelope, out);
    case RawForm::bytes:
      return append_bytes_line(envelope, out);
  }
}

Result<std::unique_ptr<Format>> make_ecs_format(const config::Values& values,
                                                std::shared_ptr<const Views> views) {
  return std::unique_ptr<Format>(
      std::make_unique<EcsFormat>(values.boolean("include_original"), std::move(views)));
}

Result<std::unique_ptr<Format>> make_raw_format(const config::Values&,
                                                std::shared_ptr<const Views> views) {
  return std::unique_ptr<Format>(std::make_unique<RawFormat>(std::move(views)));
}

Result<std::unique_ptr<Format>> make_envelope_format(const config::Values&,
                                                     std::shared_ptr<const Views> views) {
  return std::unique_ptr<Format>(std::make_unique<EnvelopeFormat>(std::move(views)));
}

}  // namespace cistern::destinations
