// Records that were received, and the memory behind them, until they go to the journal in one
// commit.
#pragma once

#include "base/record.hpp"

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::runtime {

/// One thread at a time. Memory comes in blocks that stay where they are, so that records are views
/// into what was read from the socket.
class ListenBatch {
 public:
  using Durable = std::function<void(bool stored)>;

  /// Room for `size` bytes; valid until the next reserve(). What was used of it is kept by take().
  char* reserve(std::size_t size) {
    if (size > room_) add_block(size);
    return block_.get() + used_;
  }
  std::string_view take(std::size_t size) {
    const std::string_view taken{block_.get() + used_, size};
    used_ += size;
    room_ -= size;
    return taken;
  }
  /// A copy that lives as long as the batch.
  std::string_view keep(std::string_view text) {
    char* const place = reserve(text.size());
    if (!text.empty()) std::memcpy(place, text.data(), text.size());
    return take(text.size());
  }
  /// Memory that records point into.
  void own(std::shared_ptr<const void> owner, std::size_t bytes) {
    owners_.push_back(std::move(owner));
    held_ += bytes;
  }
  void add(const Record& record) {
    bytes_ += record.raw.size();
    records_.push_back(record);
  }
  /// Called on the listener's thread when everything that was added before is stored, or never will
  /// be.
  void when_durable(Durable durable) { durable_.push_back(std::move(durable)); }

  [[nodiscard]] const std::vector<Record>& records() const { return records_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  ///< Of the records' raw text.
  /// Memory of the blocks and of the records themselves, which outweigh tiny messages.
  [[nodiscard]] std::uint64_t held() const { return held_ + records_.size() * sizeof(Record); }
  [[nodiscard]] bool empty() const { return records_.empty() && durable_.empty(); }
  /// Differs from one batch to the next: what was kept in one must not be used in another.
  [[nodiscard]] std::uint64_t number() const { return number_; }

  /// Moves everything out; the batch is a new one afterwards.
  struct Contents {
    std::vector<Record> records;
    std::vector<std::shared_ptr<const void>> owners;
    std::vector<Durable> durable;
    std::uint64_t bytes = 0;
    std::uint64_t held = 0;
  };
  Contents release() {
    const std::uint64_t held = this->held();
    Contents out{.records = std::move(records_),
                 .owners = std::move(owners_),
                 .durable = std::move(durable_),
                 .bytes = bytes_,
                 .held = held};
    const std::size_t expected = out.records.size();
    const std::uint64_t number = number_ + 1;
    *this = ListenBatch{};
    number_ = number;
    records_.reserve(expected + expected / 8);
    return out;
  }

 private:
  static constexpr std::size_t kBlock = 256 * 1024;

  void add_block(std::size_t size) {
    const std::size_t bytes = size > kBlock / 4 ? size + kBlock : kBlock;
    // Not cleared: all of it is written before it is read.
    block_ = std::shared_ptr<char[]>(new char[bytes]);
    own(block_, bytes);
    used_ = 0;
    room_ = bytes;
  }

  std::vector<Record> records_;
  std::vector<std::shared_ptr<const void>> owners_;
  std::vector<Durable> durable_;
  std::shared_ptr<char[]> block_;
  std::size_t used_ = 0;
  std::size_t room_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t held_ = 0;
  std::uint64_t number_ = 1;
};

}  // namespace cistern::runtime
