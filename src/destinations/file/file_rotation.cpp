// Rule 3: rotation is recorded with one batch and done before the next.
#include "destinations/file/file_names.hpp"
#include "destinations/file/file_writer.hpp"

#include <algorithm>

namespace cistern::destinations {
namespace {

// Files grow old while nothing is written as well.
constexpr Duration kPruneEvery = std::chrono::hours{1};

}  // namespace

Status FileDestination::plan_rotation() {
  state_.rotate_to.clear();
  const TimePoint now = clock_.now();
  const bool large = settings_.rotate_size > 0 && state_.length >= settings_.rotate_size;
  const bool old =
      settings_.rotate_every > Duration{0} && now - state_.opened >= settings_.rotate_every;
  if (!large && !old) return {};
  // Bytes of a crashed run that still wait for comparison must not be renamed away: they would be
  // written again into the new file.
  const auto size = file_->size();
  if (!size) return fail(size.error());
  if (*size != state_.length) return {};
  const auto taken = names();
  if (!taken) return fail(taken.error());
  state_.rotate_to = rotated_name(file_name_, now, *taken);
  return {};
}

std::optional<Duration> FileDestination::due() {
  const auto until = [this](TimePoint moment) {
    return std::max<Duration>(Duration{0}, moment - clock_.now());
  };
  std::optional<Duration> next;
  if (settings_.keep_for > Duration{0}) next = until(pruned_ + kPruneEvery);
  if (!file_) return next;
  if (!state_.rotate_to.empty()) return Duration{0};
  if (settings_.rotate_every <= Duration{0}) return next;
  const auto rotation = until(state_.opened + settings_.rotate_every);
  return next ? std::min(*next, rotation) : rotation;
}

/// A quiet source must not keep a file from its rotation by time: the two steps that batches take
/// otherwise are taken by themselves.
Result<std::optional<std::string>> FileDestination::tend() {
  std::optional<std::string> state;
  if (settings_.keep_for > Duration{0} && clock_.now() - pruned_ >= kPruneEvery) prune();
  if (!file_) return state;
  if (!state_.rotate_to.empty()) {
    if (const auto settled = settle(); !settled) return fail(settled.error());
    return state;
  }
  if (const auto planned = plan_rotation(); !planned) return fail(planned.error());
  if (state_.rotate_to.empty()) return state;
  last_state_ = render_state(state_);
  return state = last_state_;
}

Status FileDestination::rotate() {
  const auto taken = names();
  if (!taken) return fail(taken.error());
  if (std::find(taken->begin(), taken->end(), state_.rotate_to) != taken->end()) {
    // Somebody took the recorded name meanwhile. Nothing of theirs is overwritten; a crash right
    // here only makes the next start report the file as moved.
    state_.rotate_to = rotated_name(file_name_, clock_.now(), *taken);
  }
  if (const auto renamed = files_.rename(path_, beside(state_.rotate_to)); !renamed) return renamed;
  return finish_rotation();
}

Status FileDestination::finish_rotation() {
  // Before the new file appears: else a power cut could keep the new name and lose the old file's.
  if (const auto synced = files_.sync_directory(directory_); !synced) return synced;
  leave();
  prune();
  return {};
}

void FileDestination::prune() {
  if (settings_.keep_files == 0 && settings_.keep_for <= Duration{0}) return;
  pruned_ = clock_.now();
  const auto taken = names();
  if (!taken) return;
  const auto rotated = rotated_files(file_name_, *taken);
  std::vector<std::string> old_files;
  if (settings_.keep_for > Duration{0})
    old_files = expired_files(file_name_, rotated, settings_.keep_for, pruned_);
  for (std::size_t i = old_files.size();
       settings_.keep_files > 0 && i + settings_.keep_files < rotated.size(); ++i)
    old_files.push_back(rotated[i]);
  for (const std::string& old_name : old_files) {
    const std::string old = beside(old_name);
    if (const auto removed = files_.remove(old); !removed) {
      log_.warning(name_, "a rotated file cannot be deleted and stays: " + removed.error().cause,
                   {{"path", old}});
    }
  }
}

}  // namespace cistern::destinations
