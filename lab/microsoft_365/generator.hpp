// The records of a tenant, one by one, from their place in the timeline.
#pragma once

#include "lab/microsoft_365/timeline.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cistern::lab {

/// What is special about a record's text.
enum class RecordForm : std::uint8_t {
  sound,       ///< Valid JSON that anybody can read.
  without_id,  ///< Valid JSON without `Id`.
  odd,         ///< Not JSON, or JSON that no reader is obliged to take (depth, size of a number).
};

struct RecordPlace {
  unsigned tenant = 1;
  ContentType type = ContentType::entra;
  std::int64_t bucket = 0;
  std::uint32_t blob = 0;
  std::uint32_t index = 0;
  TimePoint created{};  ///< contentCreated of its own blob.
};

/// Immutable after construction; safe to use from any thread.
class Generator {
 public:
  Generator(std::uint64_t seed, FaultProfile profile);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// Appends the record's text without white space between tokens. The vendor's id goes to `id`
  /// (empty for a record without).
  RecordForm append(std::string& out, const RecordPlace& place, std::string& id) const;

 private:
  struct Library;
  std::uint64_t seed_;
  FaultProfile profile_;
  std::unique_ptr<const Library> library_;
};

/// The same JSON with blanks and line breaks between its tokens.
void append_spaced(std::string& out, std::string_view json);

}  // namespace cistern::lab
