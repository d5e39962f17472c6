// What waits goes into the open group: commits, moves, orders, and the damage that was found.
#include "journal/identity/identity_replay.hpp"
#include "journal/recovery/damage.hpp"
#include "journal/write/commit_bounds.hpp"
#include "journal/write/writer.hpp"

#include <utility>

namespace cistern::journal {

void Writer::absorb(Work work) {
  if (work.orders.index_reported) rebuild();
  for (const Damage& damage : std::exchange(rebuilt_, {}))
    absorb_damage(damage);
  for (const GroupPlace& place : work.orders.reported)
    absorb_reported(place);
  for (CursorMove& move : work.orders.moves) {
    builder_.add_cursor(std::move(move.name), std::move(move.cursor));
    if (move.done) moved_.push_back(std::move(move.done));
    note_item(false, false, move.urgent);
  }
  for (AsideOrder& order : work.orders.aside) {
    if (order.item.id == 0) order.item.id = ++set_aside_id_;
    builder_.add_set_aside(std::move(order.item));
    if (order.done) moved_.push_back(std::move(order.done));
    note_item(true, false, false);
  }
  for (PendingCommit& pending : work.commits)
    absorb_commit(std::move(pending));
  for (EditOrder& order : work.orders.edits) {
    builder_.add_edit(std::move(order.edit));
    if (order.done) moved_.push_back(std::move(order.done));
    note_item(false, false, true);
  }
  if (pace_.full(open_.bytes)) due_ = true;
}

void Writer::absorb_reported(const GroupPlace& place) {
  auto still = parts_.index.group_at(place.first);
  if (!still || !*still || (*still)->first != place.first) return;
  auto damage = examine_group(parts_.options.path, place, parts_.files);
  if (!damage || !*damage) return;
  if ((*damage)->reopened.empty()) {
    if (auto rows = reopened_by(place, parts_.index)) (*damage)->reopened = std::move(*rows);
  }
  absorb_damage(**damage);
}

void Writer::absorb_commit(PendingCommit pending) {
  if (pending.commit.chain && pending.commit.chain->broken()) {
    return pending.done(fail(behind_failed()));
  }
  // Who pushed a file waits for its key, too.
  const bool prompt = !pending.commit.records.empty() || pending.commit.pushed;
  const bool awaited = pending.commit.awaited;
  const auto remembered = [&](const Identity& identity) { return identities_->contains(identity); };
  auto status = complete_identities();
  const Sequence covered = identities_->covered_through();
  if (status) status = builder_.add(pending, remembered);
  if (!status && identities_->covered_through() < covered) {
    // A file of the set proved damaged and was left out; what it held is read from the log again.
    identities_complete_ = false;
    status = complete_identities();
    if (status) status = builder_.add(pending, remembered);
  }
  if (!status) return not_made(pending.commit, pending.done, status.error());
  open_.awaited = open_.awaited || awaited;
  note_item(prompt, true, false);
}

/// Until the log was read again after damage, the set would let repeated records pass, and must not
/// be sealed as if it covered them.
Status Writer::complete_identities() {
  if (identities_complete_) return {};
  auto status = replay_identities(parts_.options.path, parts_.files, parts_.index,
                                  store_time() - parts_.options.identity_window, *identities_);
  identities_complete_ = status.has_value();
  return status;
}

void Writer::absorb_damage(const Damage& damage) {
  if (auto status = copy_damaged(parts_.options.path, damage, parts_.files); !status) {
    parts_.log.warning("journal", "damaged bytes could not be copied",
                       {{"reason", status.error().sentence()}});
  } else {
    to_cover_.push_back(damage);
  }
  const bool events = damage.hole.to >= damage.hole.from && damage.hole.from != 0;
  // Before the hole is recorded: what is recorded as lost must not be refused as repeated.
  if (events) {
    identities_complete_ = false;
    if (auto status = identities_->forget(damage.hole.from, damage.hole.to); !status) {
      parts_.log.warning("journal", "lost events may be refused as repeated until the next start",
                         {{"reason", status.error().sentence()}});
    }
  }
  parts_.log.error(
      "journal", events ? "events are missing in the store" : "state is missing in the store",
      {{"from", damage.hole.from},
       {"to", damage.hole.to},
       {"reason", damage.hole.reason},
       {"segment", damage.segment},
       {"offset", damage.offset},
       {"bytes", damage.size},
       {"next step", "check the disk; `cistern coverage` names the hours that are hit"}});
  if (events) {
    parts_.index.note_missing(damage.hole);
    builder_.add_missing(damage.hole);
    for (const ConnectorPart& part : damage.reopened)
      builder_.reopen(part);
  }
  note_item(true, false, true);
}

void Writer::note_item(bool prompt, bool commit, bool urgent) {
  if (!open_.prompt && !open_.commits && !open_.urgent && open_.opened == Duration{0}) {
    open_.opened = parts_.clock.steady();
  }
  // The wait for company begins with the first item that somebody waits for.
  if (prompt && !open_.prompt) open_.opened = parts_.clock.steady();
  open_.prompt = open_.prompt || prompt;
  open_.commits = open_.commits || commit;
  open_.urgent = open_.urgent || urgent;
  open_.bytes = builder_.lines().size();
}

}  // namespace cistern::journal
