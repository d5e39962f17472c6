// The ECS view: a pure function of (raw, meta, connector options) that runs on the way out.
//
// Mappings are data (mappings/*.yaml of a connector), compiled at start into a flat program. One
// pass over the raw record fills slots, one pass over the output plan writes JSON into the outgoing
// buffer: no document tree, no allocation per field.
#pragma once

#include "base/embedded.hpp"
#include "base/result.hpp"
#include "ecs/functions.hpp"
#include "ecs/readers.hpp"
#include "journal/journal.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::ecs {

/// Options of a connector that its mappings may read (`option: tenant_names`).
struct ViewOptions {
  std::map<std::string, std::string, std::less<>> texts;
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> tables;
};

enum class Outcome : std::uint8_t {
  event,           ///< A document was appended.
  pipeline_error,  ///< A document with the reason and the original was appended.
  dropped,         ///< A mapping said so; nothing was appended.
};

/// Fields the mapping does not know, and values of unexpected type, per stream; bounded.
struct Drift {
  std::map<std::string, std::uint64_t, std::less<>>
      unknown_fields;  ///< At most 256 names a stream.
  std::map<std::string, std::uint64_t, std::less<>> wrong_types;
  std::uint64_t names_left_out = 0;
};

struct RenderOptions {
  bool original = false;  ///< Add event.original.
};

/// Compiled mappings of one connector type with one set of options. Immutable: many threads may
/// render at once, each with its own Scratch.
class View {
 public:
  class Scratch;
  virtual ~View() = default;
  [[nodiscard]] virtual std::unique_ptr<Scratch> make_scratch() const = 0;
  /// Appends one JSON document without a line break. Never fails: a record that cannot be mapped
  /// becomes a document of event.kind pipeline_error.
  virtual Outcome render(const journal::Envelope& envelope, const RenderOptions& options,
                         Scratch& scratch, std::string& out) const = 0;
  /// Hash of mappings and functions, short hex; changes when a document could look different.
  [[nodiscard]] virtual std::string_view version() const = 0;
};

/// Per-thread working memory; also where drift is gathered.
class View::Scratch {
 public:
  virtual ~Scratch() = default;
  [[nodiscard]] virtual std::map<std::string, Drift, std::less<>> take_drift() = 0;  ///< By stream.
};

/// Compiles mapping files. All mistakes are found at once: the failure's cause lists file, line and
/// what is wrong. Files of `overrides` (a folder's content) replace embedded ones of the same name.
Result<std::shared_ptr<const View>> compile_view(std::span<const embedded::File> mappings,
                                                 const FunctionTable& functions,
                                                 const ViewOptions& options,
                                                 const ReaderTable& readers = {});

}  // namespace cistern::ecs
