// What the parts of the inbox work with.
#pragma once

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "journal/inbox/inbox_book.hpp"
#include "journal/inbox/inbox_worker.hpp"
#include "journal/journal.hpp"

#include <functional>
#include <string>

namespace cistern::journal {

/// All of it outlives the inbox and every file that is being received.
struct InboxParts {
  std::string store;
  Files& files;
  const Clock& clock;
  Log& log;
  InboxBook& book;
  InboxWorker& worker;
  std::function<void(Commit, Journal::Committed)> commit;
};

}  // namespace cistern::journal
