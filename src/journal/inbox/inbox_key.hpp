// What the key of a file in the inbox says: everything needed to trust the file.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "journal/inbox/inbox.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::journal {

struct InboxKey {
  std::uint64_t size = 0;
  TimePoint received{};
  std::vector<Identity> sums;  ///< Of each block of kInboxBlock bytes; the last may be shorter.
  std::string description;
};

/// The value of the key, one line of JSON.
std::string encode_inbox_key(const InboxKey& key);
/// Nothing for a value that encode_inbox_key() could not have written.
std::optional<InboxKey> decode_inbox_key(std::string_view json);

/// The id in a key of a position; nothing for other keys.
std::optional<std::string_view> inbox_id_of(std::string_view key);

/// `01770000000000000000-89abcdef`: when it came (nanoseconds), and a number of the process.
std::string inbox_id(std::uint64_t nanoseconds, std::uint32_t process);
/// Whether a file's name is an id, and so ours.
bool is_inbox_id(std::string_view name);

/// Blocks of a file of that size.
std::uint64_t inbox_blocks(std::uint64_t size);

}  // namespace cistern::journal
