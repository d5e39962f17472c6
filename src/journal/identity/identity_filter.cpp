#include "journal/identity/identity_filter.hpp"

#include "journal/identity/identity_bytes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cistern::journal {
namespace {

constexpr unsigned kQuotients = 32;
constexpr unsigned kRemainderBits = 12;
constexpr std::uint64_t kSlack = 16;  // a reader loads eight bytes at any byte of the data
constexpr unsigned kLoaded = 56;      // bits that one load yields at any bit offset
constexpr std::uint64_t kLoadedMask = (1ULL << kLoaded) - 1;

__extension__ using Wide = unsigned __int128;

/// Of each byte of the result: how many bits are set in the word up to and including that byte.
std::uint64_t counts_so_far(std::uint64_t word) {
  word -= word >> 1 & 0x5555'5555'5555'5555ULL;
  word = (word & 0x3333'3333'3333'3333ULL) + (word >> 2 & 0x3333'3333'3333'3333ULL);
  word = (word + (word >> 4)) & 0x0f0f'0f0f'0f0f'0f0fULL;
  return word * 0x0101'0101'0101'0101ULL;
}

/// Where the n-th set bit stands, from 1; the word must have that many. Finds the byte by all its
/// counts at once: a baseline x86-64 has no instruction that counts bits, and the compiler's
/// substitute with a loop over the bits was a quarter of a look-up.
unsigned position_of_bit(std::uint64_t word, std::uint64_t counts, unsigned n) {
  constexpr std::uint64_t kHigh = 0x8080'8080'8080'8080ULL;
  const std::uint64_t enough = ((counts | kHigh) - n * 0x0101'0101'0101'0101ULL) & kHigh;
  const auto byte = static_cast<unsigned>(std::countr_zero(enough)) & ~7U;
  const auto before = byte == 0 ? 0U : static_cast<unsigned>(counts >> (byte - 8) & 0xff);
  std::uint64_t rest = word >> byte;
  for (unsigned left = n - before; left > 1; --left)
    rest &= rest - 1;
  return byte + static_cast<unsigned>(std::countr_zero(rest));
}

std::uint64_t block_bit(std::uint64_t block, std::uint64_t before) {
  return block * kQuotients + before * (1 + kRemainderBits);
}

}  // namespace

std::uint64_t FilterShape::size() const {
  return data_offset() + (block_bit(blocks, count) + 7) / 8 + kSlack;
}

std::uint64_t filter_blocks_for(std::uint64_t count) {
  return std::max<std::uint64_t>(1, (count + kQuotients - 1) / kQuotients);
}

FilterKey filter_key(const Identity& identity, std::uint64_t blocks) {
  const Wide product = static_cast<Wide>(leading_bits(identity)) * (blocks * kQuotients);
  const auto quotient = static_cast<std::uint64_t>(product >> 64);
  const auto below = static_cast<std::uint64_t>(product);
  return {.block = quotient / kQuotients,
          .quotient = static_cast<std::uint32_t>(quotient % kQuotients),
          .remainder = static_cast<std::uint32_t>(below >> (64 - kRemainderBits))};
}

FilterBuilder::FilterBuilder(std::uint64_t expected) : blocks_(filter_blocks_for(expected)) {
  starts_.reserve(blocks_ + 1);
  starts_.push_back(0);
  data_.reserve((block_bit(blocks_, expected) + 7) / 8 + kSlack);
}

void FilterBuilder::add(const Identity& identity) {
  const FilterKey key = filter_key(identity, blocks_);
  while (current_ < key.block) {
    close_block();
  }
  pending_.push_back(key);
  ++count_;
}

std::string FilterBuilder::finish() {
  while (current_ < blocks_) {
    close_block();
  }
  while (accumulated_ > 0) {
    put(0, 8 - accumulated_ % 8);
  }
  data_.append(kSlack, '\0');
  std::string bytes;
  bytes.reserve(starts_.size() * 4 + data_.size());
  for (const std::uint32_t start : starts_) {
    append_little(bytes, start);
  }
  bytes += data_;
  return bytes;
}

void FilterBuilder::close_block() {
  std::size_t at = 0;
  for (std::uint32_t quotient = 0; quotient < kQuotients; ++quotient) {
    for (; at < pending_.size() && pending_[at].quotient == quotient; ++at) {
      put(1, 1);
    }
    put(0, 1);
  }
  for (const FilterKey& key : pending_) {
    put(key.remainder, kRemainderBits);
  }
  pending_.clear();
  starts_.push_back(static_cast<std::uint32_t>(count_));
  ++current_;
}

void FilterBuilder::put(std::uint64_t value, unsigned bits) {
  accumulator_ |= value << accumulated_;
  accumulated_ += bits;
  while (accumulated_ >= 8) {
    data_.push_back(static_cast<char>(accumulator_ & 0xff));
    accumulator_ >>= 8;
    accumulated_ -= 8;
  }
}

void FilterView::prefetch_start(const FilterKey& key) const {
  __builtin_prefetch(bytes_.data() + key.block * 4);
}

void FilterView::prefetch_block(const FilterKey& key) const {
  const std::uint64_t at = shape_.data_offset() + block_bit(key.block, start(key.block)) / 8;
  if (at + 64 < bytes_.size()) {
    __builtin_prefetch(bytes_.data() + at);
    __builtin_prefetch(bytes_.data() + at + 64);
  }
}

FilterView::Range FilterView::block_range(const FilterKey& key) const {
  const std::uint64_t first = start(key.block);
  const std::uint64_t end = start(key.block + 1);
  if (first > end || end > shape_.count) {
    return {};
  }
  const std::uint64_t from = block_bit(key.block, first) / 8;
  const std::uint64_t to = block_bit(key.block + 1, end) / 8 + 1;
  return {.offset = shape_.data_offset() + from, .size = to - from};
}

FilterRun FilterView::run(const FilterKey& key) const {
  const std::uint64_t before = start(key.block);
  const std::uint64_t in_block = start(key.block + 1) - before;
  const std::uint64_t begin = block_bit(key.block, before);
  const std::uint64_t end = begin + kQuotients + in_block;

  // The run of quotient k begins after the k-th zero.
  std::uint64_t bit = begin;
  std::uint32_t zeros_left = key.quotient;
  while (zeros_left > 0 && bit < end) {
    const std::uint64_t zeros = ~bits(bit) & kLoadedMask;
    const std::uint64_t counts = counts_so_far(zeros);
    const auto found = static_cast<std::uint32_t>(counts >> 56);
    if (found < zeros_left) {
      zeros_left -= found;
      bit += kLoaded;
      continue;
    }
    bit += position_of_bit(zeros, counts, zeros_left) + 1U;
    zeros_left = 0;
  }
  const std::uint64_t skipped = std::min(bit - begin - key.quotient, in_block);

  std::uint64_t length = 0;
  while (bit < end) {
    const auto ones = static_cast<unsigned>(std::countr_one(bits(bit) & kLoadedMask));
    length += ones;
    if (ones < kLoaded) {
      break;
    }
    bit += ones;
  }
  return {.first = before + skipped,
          .count = std::min(length, in_block - skipped),
          .remainder_bit = end + skipped * kRemainderBits};
}

bool FilterView::matches(const FilterRun& run, std::uint64_t index, std::uint32_t remainder) const {
  constexpr std::uint64_t mask = (1U << kRemainderBits) - 1;
  return (bits(run.remainder_bit + index * kRemainderBits) & mask) == remainder;
}

std::uint32_t FilterView::start(std::uint64_t block) const {
  return read_little<std::uint32_t>(bytes_, block * 4);
}

std::uint64_t FilterView::bits(std::uint64_t bit) const {
  const std::uint64_t at = shape_.data_offset() + bit / 8;
  return read_little<std::uint64_t>(bytes_, at) >> (bit % 8);
}

}  // namespace cistern::journal
