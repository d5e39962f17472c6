// Fingerprints of sorted identities: 15 bits each, 1 wrong "perhaps" in 4096, and the position of
// the candidate in the sorted array. Layout: docs/formats/identities.md.
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::journal {

/// Sizes of a filter, all that is needed to find its parts.
struct FilterShape {
  std::uint64_t count = 0;   ///< Identities.
  std::uint64_t blocks = 1;  ///< Of 32 quotients.

  [[nodiscard]] std::uint64_t data_offset() const { return (blocks + 1) * 4; }
  [[nodiscard]] std::uint64_t size() const;
};

/// Number of blocks for about one identity a quotient.
std::uint64_t filter_blocks_for(std::uint64_t count);

/// Where an identity falls.
struct FilterKey {
  std::uint64_t block;
  std::uint32_t quotient;   ///< Within the block, 0 to 31.
  std::uint32_t remainder;  ///< 12 bits.
};
FilterKey filter_key(const Identity& identity, std::uint64_t blocks);

/// Builds the bytes from identities added in ascending order.
class FilterBuilder {
 public:
  /// `expected` may be too large (duplicates are found while merging) but not too small.
  explicit FilterBuilder(std::uint64_t expected);
  void add(const Identity& identity);
  /// Ends the filter. Bytes without padding to a page.
  std::string finish();
  [[nodiscard]] std::uint64_t blocks() const { return blocks_; }

 private:
  void close_block();
  void put(std::uint64_t value, unsigned bits);

  std::uint64_t blocks_;
  std::uint64_t count_ = 0;
  std::uint64_t current_ = 0;  ///< The block being filled.
  std::vector<std::uint32_t> starts_;
  std::vector<FilterKey> pending_;  ///< Identities of the current block.
  std::string data_;
  std::uint64_t accumulator_ = 0;
  unsigned accumulated_ = 0;
};

/// Positions of identities that an identity may equal: [first, first + count) in the sorted array,
/// of which those whose remainder matches are candidates.
struct FilterRun {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::uint64_t remainder_bit = 0;  ///< Bit offset of the run's first remainder in `data`.
};

/// Reads a mapped filter. Bounds are checked, because a page can pass its checksum and still come
/// from a wrong writer: `damaged` says that the bytes contradict themselves.
class FilterView {
 public:
  FilterView() = default;
  FilterView(std::string_view bytes, FilterShape shape) : bytes_(bytes), shape_(shape) {}

  [[nodiscard]] const FilterShape& shape() const { return shape_; }
  /// Ask for the memory of the next steps, so that several filters are fetched at once.
  void prefetch_start(const FilterKey& key) const;
  void prefetch_block(const FilterKey& key) const;
  /// Byte range of `starts` and of the block's data that run() and matches() read.
  struct Range {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  [[nodiscard]] static Range start_range(const FilterKey& key) { return {key.block * 4, 8}; }
  /// Empty size: the starts contradict each other.
  [[nodiscard]] Range block_range(const FilterKey& key) const;
  [[nodiscard]] FilterRun run(const FilterKey& key) const;
  [[nodiscard]] bool matches(const FilterRun& run, std::uint64_t index,
                             std::uint32_t remainder) const;

 private:
  [[nodiscard]] std::uint32_t start(std::uint64_t block) const;
  [[nodiscard]] std::uint64_t bits(std::uint64_t bit) const;

  std::string_view bytes_;
  FilterShape shape_;
};

}  // namespace cistern::journal
