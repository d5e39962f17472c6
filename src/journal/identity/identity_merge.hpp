// Which identity files to merge, and the merge itself, in steps.
#pragma once

#include "journal/identity/identity_file.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cistern::journal {

/// Identities of one merged file: bounds the time and the disk space of a merge.
inline constexpr std::uint64_t kMaxMerged = 32'000'000;
/// A time this far ahead of the clock was stamped by a clock that was wrong.
inline constexpr Duration kClockTolerance = std::chrono::hours{1};

/// What the plan needs to know about a file.
struct MergeCandidate {
  std::uint64_t count = 0;
  TimePoint newest{};
  bool wants_rewrite = false;
};

/// Neighbours [begin, end) of the list.
struct MergePlan {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const MergePlan&, const MergePlan&) = default;
};

/// Decides what to write anew, for files in sequence order. A single file is written anew when its
/// filter is damaged, or when its newest arrival lies in the future, which would keep it for ever.
/// Files of a past day become one. Of the current day's files the last ones are merged once there
/// are four, from the end on as long as the next one is at most twice as large as the sum: so each
/// identity is written only a few times, and few files remain.
std::optional<MergePlan> plan_merge(const std::vector<MergeCandidate>& files, TimePoint now);

/// Merges sorted files into a temporary file, some identities at a time.
class IdentityMerge {
 public:
  using Inputs = std::vector<std::shared_ptr<IdentityFile>>;

  /// `serial`: of the new file. `now` bounds its newest arrival.
  static Result<std::unique_ptr<IdentityMerge>> start(Files& files, std::string temporary,
                                                      Inputs inputs, std::uint64_t serial,
                                                      TimePoint now);

  /// Copies at most `limit` identities; true when the temporary file is complete and synced. When
  /// an input proves damaged, damaged() names it.
  Result<bool> step(std::uint64_t limit);
  [[nodiscard]] const std::shared_ptr<IdentityFile>& damaged() const { return damaged_; }
  [[nodiscard]] const Inputs& inputs() const { return inputs_; }
  [[nodiscard]] const std::string& temporary() const { return temporary_; }
  [[nodiscard]] CoveredRange range() const { return header_.range; }

 private:
  struct Head {
    Identity identity;
    std::size_t input;
  };
  IdentityMerge(IdentityFileWriter writer, std::string temporary, Inputs inputs)
      : writer_(std::move(writer)), temporary_(std::move(temporary)), inputs_(std::move(inputs)) {}
  /// Puts the input's next identity on the heap; false when its page is damaged.
  bool load(std::size_t input);

  IdentityFileWriter writer_;
  std::string temporary_;
  Inputs inputs_;
  IdentityHeader header_;
  std::vector<std::uint64_t> next_;  ///< Index of each input's next identity.
  std::vector<Head> heads_;          ///< A heap, smallest first.
  std::optional<Identity> last_;
  std::shared_ptr<IdentityFile> damaged_;
};

}  // namespace cistern::journal
