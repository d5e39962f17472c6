// Which objects of one log are done with: the cursor of this connector.
//
// The last characters of a name are random, so an object that is uploaded late may sort before one
// that was read long ago: no highest key, and no time, says what has been read. Each object does,
// for as long as the vendor lists it. A million of them a day must fit: 20 to 40 bytes each in
// memory, about 30 in the position, in chunks of kChunk names so that a commit rewrites one small
// value.
//
// Keys of the position: "done/<log>/<YYYY-MM-DD-hh>/<chunk>", values as in docs of ledger_text().
#pragma once

#include "base/record.hpp"
#include "connectors/cisco_umbrella/object_key.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

/// What became of an object.
enum class ObjectFate : std::uint8_t {
  stored,    ///< All its rows, by one commit.
  in_parts,  ///< All its rows, by several commits.
  poisoned,  ///< Its bytes, as they came: they are not what they should be.
  gone,      ///< Purged by the vendor before it was read.
};

/// The end of an object, small enough to be remembered for each.
struct ObjectEnd {
  ObjectFate fate = ObjectFate::stored;
  std::uint32_t version = 0;  ///< Of its ETag, see version_of().
  std::uint32_t records = 0;  ///< Stored from its first row on.
  std::uint32_t digest = 0;   ///< Of their identities: tells whether another version begins alike.
  friend bool operator==(const ObjectEnd&, const ObjectEnd&) = default;
};

/// An ETag as 32 bits. Two versions of one name are told apart with a chance of four thousand
/// million to one; what is not told apart is an object that was read already.
std::uint32_t version_of(std::string_view etag);

class Ledger {
 public:
  static constexpr std::size_t kChunk = 32;
  /// Of one log. Beyond it the oldest hours are forgotten, and never listed again.
  static constexpr std::size_t kMost = 2'000'000;

  explicit Ledger(std::string log, std::size_t most = kMost);

  /// Reads its keys. What cannot be read is left out, at the price of reading the object again.
  void restore(const Position& position);

  [[nodiscard]] std::optional<ObjectEnd> find(const ObjectKey& key) const;
  /// Key of the position that holds the object; nothing if the ledger does not know it.
  [[nodiscard]] std::optional<std::string> place_of(const ObjectKey& key) const;
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The newest slot that is known; epoch without any.
  [[nodiscard]] TimePoint newest() const;
  /// What lies before was forgotten for want of room: it must not be listed.
  [[nodiscard]] TimePoint floor() const { return floor_; }

  /// Remembers the object at once and returns what makes it durable. If that commit cannot be made,
  /// take_back() undoes it; later changes of the same log then must not become durable either
  /// (CommitChain), because they say the same of it.
  StateChange add(const ObjectKey& key, const ObjectEnd& end);
  /// Forgets the object in memory; `before`: what was known of it earlier.
  void take_back(const ObjectKey& key, const std::optional<ObjectEnd>& before);

  /// Forgets the hours before `oldest` and, beyond the bound in number, the oldest ones. At most
  /// `limit` deletions at a time.
  StateDelta evict(TimePoint oldest, std::size_t limit);

 private:
  struct Entry {
    std::uint32_t name = 0;  ///< Minute of the hour and suffix; sorts like the key's number.
    ObjectEnd end;
    std::uint16_t chunk = 0;
  };
  struct Hour {
    std::vector<Entry> entries;             ///< By name.
    std::vector<std::uint32_t> open_names;  ///< Of the chunk that takes the next one.
    std::string open_text;                  ///< The value of that chunk.
    std::uint16_t open = 0;
    std::uint16_t chunks = 0;  ///< That stand in the position, or may.
  };

  [[nodiscard]] const Entry* entry_of(const ObjectKey& key) const;
  static std::uint32_t name_of(const ObjectKey& key);
  [[nodiscard]] std::string key_of(std::int64_t hour, std::uint16_t chunk) const;
  static void append_text(std::string& out, const Entry& entry);
  static void write_open(Hour& hour);
  void read_chunk(std::int64_t hour, std::uint16_t chunk, std::string_view text);
  void put(Hour& hour, const Entry& entry);

  std::string log_;
  std::string prefix_;
  std::size_t most_;
  std::map<std::int64_t, Hour> hours_;
  std::size_t size_ = 0;
  TimePoint floor_{};
};

}  // namespace cistern::connectors::cisco_umbrella
