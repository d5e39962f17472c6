// Which sequences were given out, kept beside the log.
//
// When the end of the log is lost together with the index, the log itself cannot say that anything
// is gone, and its next events would get numbers that destinations have seen. This small file can.
#pragma once

#include "base/files.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::journal {

/// What the file says; zeros when there is none, or none that is sound and of this store.
struct WitnessFacts {
  std::string store;
  std::string boot;       ///< Boot of the machine it was written under; empty after an orderly end.
  Sequence last = 0;      ///< The last sequence that was given out, as far as it is known.
  Sequence reserved = 0;  ///< Nothing above was ever given out.

  /// Whether `last` is the last one for certain: it is written without a sync, so only a loss of
  /// power can have made it older than the truth.
  [[nodiscard]] bool exact(const std::string& present_boot) const {
    return boot.empty() || boot == present_boot;
  }
};

std::string encode_witness(const WitnessFacts& facts);
/// Nothing when the text does not match its sum.
std::optional<WitnessFacts> decode_witness(std::string_view text);

WitnessFacts read_witness(const std::string& store, Files& files);

/// Belongs to the writer thread.
class SequenceWitness {
 public:
  static Result<std::unique_ptr<SequenceWitness>> open(const std::string& store, Files& files,
                                                       WitnessFacts facts);

  /// Before sequences up to `through` are written. A sync each million of them.
  Status reserve(Sequence through);
  /// After they are durable. Not synced: one more sync for each commit would be too dear.
  void note(Sequence last);
  /// The orderly end: from here on `last` is exact whatever happens to the machine.
  void close();

 private:
  SequenceWitness(std::unique_ptr<File> file, WitnessFacts facts)
      : file_(std::move(file)), facts_(std::move(facts)) {}

  std::unique_ptr<File> file_;
  WitnessFacts facts_;
};

}  // namespace cistern::journal
