// Reading and rendering: from the store's groups to one batch.
#pragma once

#include "runtime/destination.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cistern::runtime {

/// A batch, and what was passed over on the way. Stays where it was made: the payloads point into
/// its bytes.
struct BuiltBatch {
  BuiltBatch() = default;
  BuiltBatch(const BuiltBatch&) = delete;
  BuiltBatch& operator=(const BuiltBatch&) = delete;

  Batch batch;  ///< `first` to `last` is the whole range that was read.
  std::uint64_t skipped =
      0;  ///< Events filtered out, dropped by the view, or missing in the store.
  std::vector<journal::Hole> holes;
  bool end_of_store = false;
};

struct BatchLimits {
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;
  Sequence until = 0;  ///< Nothing behind it is read.
};

/// Renders events in order. Same range and format, same bytes: a batch that was not confirmed can
/// be built again. One thread at a time.
class BatchBuilder {
 public:
  /// `facts`: the payloads come with what a transport's header may say of their events.
  BatchBuilder(std::unique_ptr<journal::Reader> reader, Format& format,
               std::set<std::string, std::less<>> connectors, bool facts = false);
  /// Fills one batch from `next` on. Nothing read at all: `batch.last` is less than `batch.first`.
  /// Ends early when so much was passed over that the cursor should move.
  Result<std::unique_ptr<BuiltBatch>> build(Sequence next, const BatchLimits& limits);

 private:
  struct Progress;
  Result<bool> open_group(Progress& progress);
  void use_group(Progress& progress);
  void add(const journal::Envelope& envelope, Progress& progress);
  void add_facts(const journal::Envelope& envelope, std::size_t begin, Batch& batch);

  std::unique_ptr<journal::Reader> reader_;
  Format& format_;
  std::set<std::string, std::less<>> connectors_;  // Empty: all.
  bool facts_;
  std::shared_ptr<const journal::Group> group_;  // Read but not used up.
};

}  // namespace cistern::runtime
