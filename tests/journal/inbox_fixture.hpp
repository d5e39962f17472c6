// Files pushed into a journal's inbox, by tests.
#pragma once

#include "journal/inbox/inbox.hpp"
#include "journal_fixture.hpp"

#include <future>
#include <memory>
#include <string>
#include <utility>

namespace cistern::test {

/// Waits for what an inbox calls back with.
template <class T>
struct Told {
  std::shared_ptr<std::promise<T>> promise = std::make_shared<std::promise<T>>();
  std::future<T> future = promise->get_future();
  auto callback() {
    return [promise = promise](T value) { promise->set_value(std::move(value)); };
  }
  T wait() {
    if (future.wait_for(kPatience) != std::future_status::ready) {
      return fail_stop("test/timeout", "no answer", "");
    }
    return future.get();
  }
};

/// Pushes bytes in pieces, each when the one before is written.
inline Result<journal::InboxEntry> push_file(journal::Journal& journal,
                                             const std::string& connector, const std::string& bytes,
                                             std::size_t piece = 100,
                                             const std::string& description = R"({"name":"x"})") {
  auto file = journal.inbox()->create(connector, description, bytes.size());
  if (!file) return fail(file.error());
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    Told<Status> written;
    (*file)->append(bytes.substr(at, piece), written.callback());
    if (auto status = written.wait(); !status) return fail(status.error());
  }
  Told<Result<journal::InboxEntry>> stored;
  (*file)->finish(stored.callback());
  return stored.wait();
}

/// A commit that takes the file into the log.
inline Commit consuming(const journal::InboxEntry& entry, Commit commit) {
  commit.connector = entry.connector;
  commit.pushed = true;
  commit.state.push_back({entry.key(), std::nullopt});
  return commit;
}

}  // namespace cistern::test
