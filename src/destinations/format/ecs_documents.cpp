#include "destinations/format/ecs_documents.hpp"

#include "destinations/format/envelope_members.hpp"

namespace cistern::destinations {
namespace {

using journal::Envelope;

runtime::MappingDrift drift_of(const std::string& connector, const std::string& stream,
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

/// The store may hold events of a connector that is no longer configured, so that nothing says how
/// to map them. They are delivered all the same.
void append_unmapped(const Envelope& envelope, std::string& out) {
  out += '{';
  append_text_member(out, "@timestamp", envelope.time.empty() ? envelope.received : envelope.time);
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

}  // namespace

bool EcsDocuments::append(const Envelope& envelope, std::string& out) {
  const Renderer* renderer = find(envelope.connector);
  if (renderer == nullptr) {
    append_unmapped(envelope, out);
    return true;
  }
  return renderer->view->render(envelope, options_, *renderer->scratch, out) !=
         ecs::Outcome::dropped;
}

std::vector<runtime::MappingDrift> EcsDocuments::take_drift() {
  std::vector<runtime::MappingDrift> all;
  for (const auto& [connector, renderer] : renderers_) {
    for (const auto& [stream, drift] : renderer.scratch->take_drift())
      all.push_back(drift_of(connector, stream, drift));
  }
  return all;
}

const EcsDocuments::Renderer* EcsDocuments::find(std::string_view connector) {
  const auto known = renderers_.find(connector);
  if (known != renderers_.end()) return &known->second;
  const auto view = views_->find(connector);
  if (view == views_->end()) return nullptr;
  Renderer renderer{.view = view->second.get(), .scratch = view->second->make_scratch()};
  return &renderers_.emplace(std::string{connector}, std::move(renderer)).first->second;
}

}  // namespace cistern::destinations
