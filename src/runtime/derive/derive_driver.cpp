#include "runtime/derive/derive_driver.hpp"

#include "runtime/derive/derive_core.hpp"

#include <utility>

namespace cistern::runtime {
namespace {

class PoolDeriver final : public DeriveDriver {
 public:
  explicit PoolDeriver(std::shared_ptr<DeriveCore> core) : core_(std::move(core)) {}
  PoolDeriver(const PoolDeriver&) = delete;
  PoolDeriver& operator=(const PoolDeriver&) = delete;
  ~PoolDeriver() override { core_->abandon(); }
  void start() override { core_->start(); }
  void stop(std::function<void()> stopped) override { core_->stop(std::move(stopped)); }

 private:
  std::shared_ptr<DeriveCore> core_;
};

}  // namespace

Commit commit_of(const std::string& connector, DerivedRecords& records) {
  Commit commit;
  commit.connector = connector;
  std::vector<DerivedRecords::Entry> entries;
  const auto bytes = std::make_shared<const std::string>(records.take(entries));
  std::string_view rest = *bytes;
  commit.records.reserve(entries.size());
  for (const auto& entry : entries) {
    Record record;
    record.identity = entry.identity;
    record.stream = entry.stream;
    record.time = entry.time;
    record.meta = rest.substr(0, entry.meta_size);
    record.raw = rest.substr(entry.meta_size, entry.raw_size);
    rest.remove_prefix(entry.meta_size + entry.raw_size);
    commit.records.push_back(record);
  }
  commit.owners.push_back(bytes);
  return commit;
}

std::unique_ptr<DeriveDriver> make_derive_driver(DeriveOptions options,
                                                 std::unique_ptr<Deriver> deriver,
                                                 const Services& services) {
  return std::make_unique<PoolDeriver>(
      std::make_shared<DeriveCore>(std::move(options), std::move(deriver), services));
}

}  // namespace cistern::runtime
