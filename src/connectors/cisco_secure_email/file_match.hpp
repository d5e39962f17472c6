// Whether a file was taken before, and how far: by its bytes, not by its name.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "connectors/cisco_secure_email/file_memory.hpp"
#include "connectors/cisco_secure_email/file_source.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

enum class Match : std::uint8_t {
  fresh,      ///< None of its bytes were taken.
  continued,  ///< It begins with all that was taken of a file: what follows is new.
  repeated,   ///< It is what was taken of a file, byte by byte.
  contained,  ///< It ends within what was taken of a file, and is an incomplete copy of it.
};

struct MatchResult {
  Match match = Match::fresh;
  KnownFile file;  ///< The one that it matches; of no meaning when fresh.
  /// The file's sum up to `file.mark`, to be continued with.
  Digest digest;
};

/// Compares the source's bytes with files that begin alike. Reads no further than the longest of
/// them.
///
/// `may_be_cut`: the file lies in a folder where an interrupted copy looks like any other. If it
/// then ends inside a known one it is compared at the steps below its end, and what stands behind
/// the last of them (less than three quarters) is taken for the same, unless the file says by `End
/// Logfile` that it is whole. Where the protocol tells a file's length there are no such copies,
/// and a shorter file is another one.
Result<MatchResult> match_file(ByteSource& source, std::uint64_t most,
                               const std::vector<KnownFile>& known, bool may_be_cut);

/// Whether a file's last line says that nothing follows.
bool says_end(std::string_view last_bytes);

}  // namespace cistern::connectors::cisco_secure_email
