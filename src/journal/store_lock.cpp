#include "journal/store_lock.hpp"

#include "journal/store_layout.hpp"

#include <algorithm>

#include <unistd.h>

namespace cistern::journal {
namespace {

constexpr std::size_t kMostDigits = 20;

/// The number that the holder wrote, or nothing that could be one.
std::string holder_of(const std::string& path, Files& files) {
  auto file = files.open(path, OpenMode::read);
  if (!file) return {};
  auto text = (*file)->read_at(0, kMostDigits);
  if (!text) return {};
  const auto end =
      std::find_if(text->begin(), text->end(), [](char c) { return c < '0' || c > '9'; });
  return {text->begin(), end};
}

Failure locked(const std::string& store, const std::string& holder) {
  return {.verdict = Verdict::stop,
          .code = "journal/locked",
          .cause = "another process " + (holder.empty() ? "" : "(pid " + holder + ") ") +
                   "has the store " + store + " open for writing",
          .consequence = "this one does not start; the other goes on",
          .next_step = "stop the other process" +
                       (holder.empty() ? std::string{} : " (kill " + holder + ")") +
                       ", or give this one another store.path"};
}

/// The number is only for the message, so a full disk must not stop the start here.
Status write_holder(const std::string& path, Files& files) {
  auto file = files.open(path, OpenMode::write_existing);
  if (!file) return fail(file.error());
  if (auto status = (*file)->truncate(0); !status) return status;
  return (*file)->write_at(0, std::to_string(::getpid()) + "\n");
}

}  // namespace

Result<std::unique_ptr<FileLock>> lock_store(const std::string& store, Files& files) {
  const std::string path = lock_path(store);
  auto lock = files.lock(path);
  if (!lock && lock.error().code == "file/locked")
    return fail(locked(store, holder_of(path, files)));
  if (lock) static_cast<void>(write_holder(path, files));
  return lock;
}

Result<bool> is_written(const std::string& store, Files& files) {
  return files.locked(lock_path(store));
}

}  // namespace cistern::journal
