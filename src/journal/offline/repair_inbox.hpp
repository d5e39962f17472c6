// Files of the inbox that repair finds damaged.
#pragma once

#include "base/files.hpp"
#include "journal/journal.hpp"

#include <string>

namespace cistern::journal {

/// Reads every file of the inbox. What is gone or does not match its sums is recorded as lost in
/// the ledger and on the set-aside list; its bytes, where there are some, move to damaged/.
Status repair_inbox(const std::string& path, Journal& journal, Files& files);

}  // namespace cistern::journal
