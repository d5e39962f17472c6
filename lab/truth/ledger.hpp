// The truth in memory: one small entry for each record, found by its bytes or by its id.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cistern::lab {

/// A top-level string, number or truth value of a vendor's record, as two fingerprints.
struct Field {
  std::uint32_t name = 0;
  std::uint32_t value = 0;
};

std::uint32_t fingerprint(std::string_view text);

struct Entry {
  std::array<std::uint8_t, 32> sha256{};
  std::array<std::uint8_t, 16> id{};  ///< Zero: the record has none.
  TimePoint created{};                ///< CreationTime; epoch: none.
  std::uint32_t first_field = 0;
  std::uint16_t fields = 0;
  bool owed = false;
  bool odd = false;          ///< Not JSON, or only just.
  std::uint16_t feed = 0;    ///< Falcon: number of its feed, from 1; 0: Microsoft 365.
  std::uint64_t offset = 0;  ///< Falcon: its place in the feed.
  std::uint32_t in_store = 0;
  std::uint32_t in_outputs = 0;
};

/// What must be known to say which records are owed.
struct OwedRules {
  TimePoint stopped_at{};  ///< Epoch: everything is owed.
  Duration settle{0};
};

class Ledger {
 public:
  explicit Ledger(OwedRules rules, bool with_fields) : rules_(rules), with_fields_(with_fields) {}

  /// One line of the truth.
  Status add_line(std::string_view line);
  /// Whether the truth was whole.
  [[nodiscard]] Status check_end() const;

  /// By the SHA-256 (32 bytes) of a record's text.
  Entry* by_digest(std::string_view sha256);
  /// By the vendor's id, without case.
  Entry* by_id(std::string_view id);
  /// A record without id, by its unique ObjectId.
  Entry* by_object_id(std::string_view object_id);
  /// Falcon's event by customer, feed and offset. Without a feed (empty): the customer's only event
  /// of this offset, or the first that is nowhere yet.
  Entry* by_offset(std::string_view customer, std::string_view feed, std::uint64_t offset);
  /// Whether the text is a line of a stream that is no event; it may be kept or not.
  [[nodiscard]] bool is_noise(std::string_view sha256) const;
  Entry* at(std::uint32_t place) { return &entries_[place]; }
  [[nodiscard]] std::uint32_t place_of(const Entry& entry) const {
    return static_cast<std::uint32_t>(&entry - entries_.data());
  }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::pair<const Field*, std::size_t> fields_of(const Entry& entry) const {
    return {fields_.data() + entry.first_field, entry.fields};
  }
  /// The vendor's id ("customer/feed/offset" for Falcon), or the digest for a record without.
  [[nodiscard]] std::string name_of(const Entry& entry) const;

  [[nodiscard]] std::uint64_t unowed_elsewhere() const { return unowed_; }  ///< Not in entries().
  [[nodiscard]] std::uint64_t gaps() const { return gaps_; }

 private:
  Status add_record(std::string_view line);
  Status add_falcon_record(std::string_view line);
  /// The digest and the entry under it; nothing when it cannot be used.
  std::optional<std::uint32_t> add_digest(Entry& entry, std::string_view line);
  std::uint16_t feed_of(const std::string& customer, const std::string& feed);
  [[nodiscard]] bool is_late(TimePoint from) const;
  Status add_header(std::string_view line);
  [[nodiscard]] bool is_owed(TimePoint from, TimePoint until) const;
  void add_fields(Entry& entry, std::string_view record);
  void add_falcon_fields(Entry& entry, std::string_view record);

  using Id = std::array<std::uint8_t, 16>;
  struct IdHash {
    std::size_t operator()(const Id& id) const noexcept;
  };
  static std::optional<Id> id_from(std::string_view guid);

  OwedRules rules_;
  bool with_fields_;
  TimePoint started_{};
  Duration skew_{0};
  std::vector<Entry> entries_;
  std::vector<Field> fields_;
  std::unordered_map<Id, std::uint32_t, IdHash> digests_;  // First half of the digest.
  std::unordered_map<Id, std::uint32_t, IdHash> ids_;
  std::unordered_map<std::string, std::uint32_t> objects_;
  struct Feed {
    std::string customer;
    std::string feed;
    std::unordered_map<std::uint64_t, std::uint32_t> offsets;
  };
  std::vector<Feed> feeds_;
  std::unordered_set<std::string> noise_;  // Digests.
  std::uint64_t unowed_ = 0;
  std::uint64_t gaps_ = 0;
  std::uint64_t promised_ = 0;
  bool begun_ = false;
  bool ended_ = false;
};

/// The address in any of the forms that the vendor writes: without port, brackets and IPv4 mapping.
std::string bare_address(std::string_view text);
/// Names of fields that hold such an address.
bool is_address_field(std::string_view name);

}  // namespace cistern::lab
