// The watched folder: looked at from time to time, off the loop.
#include "base/bytes.hpp"
#include "connectors/cisco_secure_email/intake_core.hpp"

#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

/// Of a folder full of strangers only so many are named at a time.
constexpr std::size_t kMostNamed = 20;

}  // namespace

void IntakeCore::scan() {
  if (stopping_ || scanning_) return;
  scanning_ = true;
  services_.pool.post([self = shared_from_this(), folder = settings_.watch->folder] {
    auto listing = list_watched(folder);
    self->on_loop([listing = std::move(listing)](IntakeCore& core) { core.scanned(listing); });
  });
}

void IntakeCore::scanned(const Result<WatchListing>& listing) {
  scanning_ = false;
  if (stopping_) return settle_stop();
  if (scan_timer_) services_.loop.cancel(*scan_timer_);
  scan_timer_ = services_.loop.call_after(settings_.watch->interval, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->scan_timer_.reset();
    self->scan();
  });
  if (!listing) {
    const bool news = watch_trouble_ != listing.error().code;
    watch_trouble_ = listing.error().code;
    if (news) note(listing.error(), Report::Kind::retrying);
    return;
  }
  if (std::exchange(watch_trouble_, std::nullopt)) {
    services_.status.report(settings_.connector, Report{});
  }
  WatchDecision decision = watch_->scan(listing->entries, services_.clock.steady());
  refuse_names(decision);
  if (listing->cut && facts_.incidents["folder_full"]++ == 0) {
    note(
        {.verdict = Verdict::set_aside,
         .code = "cisco_secure_email/folder-full",
         .cause = "the watched folder holds more than " + std::to_string(kMostWatched) + " entries",
         .consequence = "the others are not looked at",
         .next_step = "remove files that are stored, or set watch_remove"},
        Report::Kind::notice);
  }
  if (!decision.gone.empty()) {
    Commit commit;
    commit.connector = settings_.connector;
    commit.pushed = true;
    for (const std::string& name : decision.gone)
      commit.state.push_back({std::string{kWatchPrefix} + name, std::nullopt});
    hand_over(std::move(commit));
  }
  for (const WatchedFile& file : decision.ready) {
    watch_->took(file);
    queue_.add(pending_of_watched(file), services_.clock.steady());
  }
  pump();
}

/// Stored whole and durable. A file that has changed since stays, and is looked at again.
void IntakeCore::remove_later(const WatchedEntry& entry) {
  services_.pool.post([self = shared_from_this(), folder = settings_.watch->folder, entry] {
    auto status = remove_watched(folder, entry);
    if (status) return;
    self->on_loop([failure = status.error()](IntakeCore& core) {
      if (core.facts_.incidents["not_removed"]++ == 0) core.note(failure, Report::Kind::notice);
    });
  });
}

void IntakeCore::refuse_names(const WatchDecision& decision) {
  if (!decision.refused.empty()) facts_.incidents["refused_name"] += decision.refused.size();
  std::size_t named = 0;
  for (const auto& [name, reason] : decision.refused) {
    if (++named > kMostNamed) return;
    note({.verdict = Verdict::set_aside,
          .code = "cisco_secure_email/refused-name",
          .cause = excerpt(name, 160) + " in the watched folder is not read: " + reason,
          .consequence = "it stays where it is",
          .next_step = "let only the appliance's rolled log files come into this folder"},
         Report::Kind::notice);
  }
}

PendingFile IntakeCore::pending_of_watched(const WatchedFile& file) const {
  PendingFile pending;
  pending.watched = file;
  pending.received = TimePoint{std::chrono::nanoseconds{file.entry.modified}};
  pending.facts.name = file.entry.name;
  pending.facts.source = settings_.watch->appliance;
  pending.facts.kind = settings_.watch->kind;
  pending.facts.zone_name = settings_.watch->zone.empty() ? settings_.zone : settings_.watch->zone;
  pending.facts.complete = file.complete;
  pending.facts.most = settings_.max_file;
  return pending;
}

}  // namespace cistern::connectors::cisco_secure_email
