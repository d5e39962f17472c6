// ECS documents of events, whatever connector they came from.
#pragma once

#include "ecs/view.hpp"
#include "runtime/destination.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::destinations {

/// Renders documents with one working memory for each connector. One thread at a time.
class EcsDocuments {
 public:
  /// `original`: adds event.original.
  EcsDocuments(bool original, std::shared_ptr<const runtime::Views> views)
      : options_{.original = original}, views_(std::move(views)) {}

  /// Appends one JSON document without a line break; false: the mapping drops the event. An event
  /// of a connector that is not configured any more becomes a document that says so.
  bool append(const journal::Envelope& envelope, std::string& out);

  /// What the mappings met since the last call that they do not know.
  std::vector<runtime::MappingDrift> take_drift();

 private:
  struct Renderer {
    const ecs::View* view = nullptr;
    std::unique_ptr<ecs::View::Scratch> scratch;
  };
  const Renderer* find(std::string_view connector);

  ecs::RenderOptions options_;
  std::shared_ptr<const runtime::Views> views_;
  std::map<std::string, Renderer, std::less<>> renderers_;
};

}  // namespace cistern::destinations
