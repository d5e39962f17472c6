// Makes one event of each mail message out of the lines of text mail logs.
//
// AsyncOS writes 20 to 40 lines about a message, among those of hundreds of others: about the
// connection that it came by (ICID), about itself (MID, and a new MID when a filter rewrites it),
// and about the connections that it left by (DCID). The joiner knows nothing of files but their
// identity, needs no clock but the log's own, and is told by its driver when to save.
#pragma once

#include "base/derive.hpp"
#include "connectors/cisco_secure_email/join_space.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

struct JoinerOptions {
  JoinTimes times{};
  JoinBounds bounds{};     ///< Of each appliance's log.
  std::size_t logs = 256;  ///< Appliances times their mail logs.
  /// So long after the last line nothing older is waited for: an appliance pushes files that failed
  /// before behind the newest one, in the same turn.
  Duration quiet = std::chrono::seconds{60};
  /// Where lines never stop coming, a gap is waited for so long.
  Duration gap = std::chrono::minutes{10};
};

class Joiner final : public Deriver {
 public:
  explicit Joiner(JoinerOptions options = {});
  Joiner(const Joiner&) = delete;
  Joiner& operator=(const Joiner&) = delete;
  ~Joiner() override;

  Status restore(const Position& saved) override;
  void on_event(const DeriverEvent& event) override;
  void on_time(TimePoint now) override;
  bool settle(DerivedRecords& out, std::uint64_t most_bytes) override;
  [[nodiscard]] std::uint64_t unsaved_bytes() const override;
  void save(StateDelta& delta) override;
  [[nodiscard]] DeriverCounts counts() const override;

 private:
  struct Meta;
  void read_meta(std::string_view meta);
  JoinSpace* space_of(const std::string& appliance, const std::string& log);
  bool read_header(std::string_view text, LogLine& line);
  bool settle_one(JoinSpace& space, DerivedRecords& out, std::uint64_t most_bytes);

  JoinerOptions options_;
  Incidents incidents_;
  std::map<std::string, std::unique_ptr<JoinSpace>, std::less<>>
      spaces_;  ///< By appliance and log.
  std::uint64_t next_space_ = 1;
  std::unique_ptr<Meta> meta_;  ///< Of the last line: those of one file differ in the line only.
  std::string header_;          ///< Its time in text, which lines of one second share.
  std::int64_t header_seconds_ = 0;
  std::string latin_;
  JoinSpace* touched_ = nullptr;  ///< By the last line.
  bool all_due_ = true;           ///< Something may be due in any log.
  std::unordered_map<const JoinSpace*, std::uint64_t> unsaved_;  ///< As last counted.
  std::uint64_t unsaved_total_ = 0;
  bool arrived_ = false;  ///< Since the last on_time().
  bool resting_ = false;
  TimePoint quiet_since_{};
  TimePoint gap_since_{};
};

}  // namespace cistern::connectors::cisco_secure_email
