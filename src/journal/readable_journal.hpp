// What a journal for writing and one for reading have in common: everything that is only asked.
#pragma once

#include "journal/index/index.hpp"
#include "journal/journal.hpp"
#include "journal/segment/group_cache.hpp"
#include "journal/segment/group_reader.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cistern::journal {

/// Safe from any thread.
class ReadableJournal : public Journal {
 public:
  std::unique_ptr<Reader> reader() override;
  Result<Position> position(const std::string& connector) override;
  Result<std::optional<Cursor>> cursor(const std::string& name) override;
  Result<std::vector<NamedCursor>> cursors() override;
  Result<Sequence> sequence_at(TimePoint received) override;
  Result<std::vector<LedgerRow>> ledger(const std::string& connector) override;
  Result<StoreDamage> damage(const std::string& connector) override;
  Result<std::vector<StreamTotals>> totals() override;
  Result<std::vector<SetAside>> set_aside_list() override;
  Result<std::vector<std::string>> connectors() override;
  Result<std::vector<Renamed>> renamed() override;
  /// Remembers the last answers: people ask for the same event again.
  Result<std::optional<Sequence>> find(const Identity& identity) override;
  [[nodiscard]] std::string store_id() const override { return store_id_; }

 protected:
  struct Parts {
    std::string store_id;
    std::string path;
    Files& files;
    std::unique_ptr<Index> index;
    std::unique_ptr<GroupCache> cache{};  ///< Null: every group is read from the disk.
    GroupSource::Alarms alarms{};
  };
  explicit ReadableJournal(Parts parts);

  [[nodiscard]] Index& index() const { return *index_; }
  /// Only with a cache.
  [[nodiscard]] GroupCache& cache() const { return *cache_; }

 private:
  std::string store_id_;
  std::unique_ptr<Index> index_;
  std::unique_ptr<GroupCache> cache_;
  GroupSource source_;
  std::mutex found_mutex_;
  std::unordered_map<Identity, Sequence, IdentityHash> found_;
};

}  // namespace cistern::journal
