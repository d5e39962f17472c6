// Gathers commits and moves into one group: lines, control frame, and what to tell the callers.
#pragma once

#include "journal/segment/group_identities.hpp"
#include "journal/segment/segment_format.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace cistern::journal {

/// A commit as handed over, with its time of arrival.
struct PendingCommit {
  Commit commit;
  Journal::Committed done;
  TimePoint received{};
};

/// A caller and what it is told once the group is durable.
struct Outcome {
  Journal::Committed done;
  CommitResult result;
};

/// Looks an identity up among the durable ones.
using Remembered = std::function<Result<bool>(const Identity&)>;

/// Belongs to the writer thread. The group numbers its events at once, so there is only one open
/// group, and commits in flight are exactly those in it.
class GroupBuilder {
 public:
  explicit GroupBuilder(std::string store_id) : store_id_(std::move(store_id)) {}

  /// Begins an empty group.
  void begin(std::uint64_t group, Sequence first);
  /// Gives back what an empty group keeps for the next one.
  void release_memory();
  /// Adds the commit whole, or fails and leaves the group as it was.
  Status add(PendingCommit& pending, const Remembered& remembered);
  void add_cursor(std::string name, Cursor cursor);
  void add_set_aside(SetAside item);
  void add_missing(Hole hole);
  /// Ledger rows of lost events, which count as lost until they are stored again.
  void reopen(const ConnectorPart& part);
  void add_edit(StoreEdit edit);
  void set_removed_before(Sequence sequence);

  [[nodiscard]] bool empty() const { return !changed_; }
  [[nodiscard]] bool has_events() const { return control_.has_events(); }
  [[nodiscard]] const std::string& lines() const { return lines_; }
  [[nodiscard]] std::uint64_t raw_bytes() const { return raw_bytes_; }
  /// The control frame's content; offset and sums are filled in by whoever writes it.
  GroupControl& control() { return control_; }
  std::vector<Outcome>& outcomes() { return outcomes_; }
  /// Identities to remember once the group is durable.
  [[nodiscard]] const std::vector<Identity>& identities() const { return identities_; }

 private:
  void store(const Record& record, bool remember, const PendingCommit& pending);
  StreamTotals& totals_of(const std::string& connector, std::string_view stream);
  ConnectorPart& part_of(const std::string& connector);

  std::string store_id_;
  std::string lines_;
  std::string connector_text_;
  std::string received_text_;
  GroupControl control_;
  GroupIdentities table_;
  std::vector<bool> known_;
  std::vector<Outcome> outcomes_;
  std::vector<Identity> identities_;
  std::uint64_t raw_bytes_ = 0;
  std::size_t last_totals_ = 0;
  bool changed_ = false;
};

}  // namespace cistern::journal
