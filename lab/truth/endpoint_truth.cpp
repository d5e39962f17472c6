#include "lab/truth/endpoint_truth.hpp"

#include "lab/truth/truth_record.hpp"

#include <memory>

namespace cistern::lab {

namespace {

constexpr std::size_t kPiece = 256 * 1024;

class EndpointTruth {
 public:
  explicit EndpointTruth(const EndpointApi& api) : content_(api.content()), sight_(api.sight()) {
    for (const auto& demand : api.demands())
      demands_.push_back(demand);
  }

  bool fill(std::string& out) {
    out.clear();
    while (out.size() < kPiece && demand_ < demands_.size())
      advance(out);
    if (demand_ == demands_.size() && !ended_) {
      append_truth_end(out, kEndpointVendor, records_);
      ended_ = true;
    }
    return !out.empty();
  }

 private:
  // One bucket, or the step to the other log.
  void advance(std::string& out) {
    const auto& arrivals = content_.arrivals(demands_[demand_].first);
    if (!begun_) bucket_ = arrivals.first_bucket();
    begun_ = true;
    if (bucket_ > Arrivals::bucket_of(sight_.until)) {
      begun_ = false;
      ++demand_;
      return;
    }
    arrivals.read(bucket_++, rows_);
    std::vector<TruthRecord> records;
    for (const auto& row : rows_) {
      // What has been deleted since may well have been read.
      if (row.time + row.late <= sight_.until) add(records, row);
    }
    for (const auto& record : records)
      append_truth_record(out, record);
    records_ += records.size();
  }

  void add(std::vector<TruthRecord>& records, const Arrival& row) {
    const auto& [log, from] = demands_[demand_];
    TruthRecord record;
    record.vendor = kEndpointVendor;
    record.stream = to_string(log);
    record.time = row.time;
    record.from = row.time + row.late + kEndpointBetweenRequests;
    record.owed = row.time >= from && row.time >= sight_.oldest;
    if (log == EndpointLog::audit) {
      append_audit_record(record.text, row);
      record.time = std::chrono::floor<std::chrono::seconds>(row.time);
      record.id =
          "audit/" + std::to_string(unix_seconds(row.time)) + "/" + std::to_string(records.size());
      // Without an id, equal records of one second are told apart by how many there are.
      for (auto& other : records) {
        if (other.text != record.text) continue;
        other.count += record.owed ? 1 : 0;
        ++other.most;
        return;
      }
    } else {
      add_event(record, row);
    }
    records.push_back(std::move(record));
  }

  static void add_event(TruthRecord& record, const Arrival& row) {
    const auto facts = endpoint_facts(row);
    append_endpoint_event(record.text, row, false);
    if (facts.id != 0) record.event_id = std::to_string(facts.id);
    record.id = "event/" + (facts.id != 0 ? record.event_id : std::to_string(row.key));
    // The computer's state in an event is that of the moment it is read.
    if (endpoint_goes_offline(row) != TimePoint{})
      append_endpoint_event(record.later.emplace_back(), row, true);
  }

  const EndpointContent& content_;
  const EndpointSight sight_;
  std::vector<std::pair<EndpointLog, TimePoint>> demands_;
  std::size_t demand_ = 0;
  std::uint64_t records_ = 0;
  bool ended_ = false;
  bool begun_ = false;
  std::int64_t bucket_ = 0;
  std::vector<Arrival> rows_;
};

}  // namespace

std::function<bool(std::string&)> endpoint_truth_stream(const EndpointApi& api) {
  auto truth = std::make_shared<EndpointTruth>(api);
  return [truth](std::string& piece) { return truth->fill(piece); };
}

}  // namespace cistern::lab
