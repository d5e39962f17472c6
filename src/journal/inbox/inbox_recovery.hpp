// What the inbox finds when a store is opened: keys, files, and what a crash left of either.
#pragma once

#include "base/files.hpp"
#include "base/log.hpp"
#include "journal/inbox/inbox_book.hpp"
#include "journal/index/index.hpp"

#include <string>
#include <vector>

namespace cistern::journal {

/// The files that the positions name, as they are on the disk: what is gone or cut has a `problem`.
/// Blocks are not read.
Result<std::vector<InboxFileFacts>> inbox_files(const std::string& store, Index& index,
                                                Files& files);

/// Removes what no key names: a transfer that broke off, a file whose key was never committed (its
/// sender was told nothing), one that was consumed. When `log_damaged`, its key may have been lost
/// with other things: then whole files are moved to damaged/ and named.
Status clean_inbox(const std::string& store, const std::vector<InboxFileFacts>& known,
                   bool log_damaged, Files& files, Log& log);

/// Reads the file and compares it with its sums: a sentence, or nothing when it is sound.
Result<std::string> inbox_file_flaw(const std::string& store, const InboxFileFacts& facts,
                                    Files& files);

/// "file ID of the inbox, pushed for CONNECTOR".
std::string inbox_file_name(const InboxEntry& entry);

}  // namespace cistern::journal
