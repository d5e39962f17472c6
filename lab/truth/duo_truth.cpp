#include "lab/truth/duo_truth.hpp"

#include "codec/json.hpp"
#include "lab/truth/truth_record.hpp"

#include <memory>

namespace cistern::lab {

namespace {

constexpr std::size_t kPiece = 256 * 1024;

// Of a second the older endpoints show the first thousand rows, and no request reaches the others.
constexpr std::uint64_t kReachable = 1000;

class DuoTruth {
 public:
  explicit DuoTruth(const DuoApi& api)
      : content_(api.content()), sight_(api.sight()), demands_(api.demands()) {}

  bool fill(std::string& out) {
    out.clear();
    while (out.size() < kPiece && demand_ < demands_.size())
      advance(out);
    if (demand_ == demands_.size() && !ended_) {
      append_truth_end(out, kDuoVendor, records_);
      ended_ = true;
    }
    return !out.empty();
  }

 private:
  // One bucket, or the step to the next log.
  void advance(std::string& out) {
    const auto& demand = demands_[demand_];
    const auto& arrivals = content_.arrivals(demand.account, demand.stream);
    if (!begun_) {
      begun_ = true;
      bucket_ = arrivals.first_bucket();
      second_ = INT64_MIN;
    }
    if (bucket_ > Arrivals::bucket_of(sight_.until)) {
      write_waiting(out);
      write_crowd(out);
      begun_ = false;
      ++demand_;
      return;
    }
    arrivals.read(bucket_, rows_);
    for (const auto& row : rows_) {
      // What has been deleted since may well have been read.
      if (row.time + sight_.lateness + row.late <= sight_.until) add(out, row);
    }
    ++bucket_;
  }

  void add(std::string& out, const Arrival& row) {
    const auto& demand = demands_[demand_];
    const bool by_second = is_by_second(demand.stream);
    auto record = record_of(row);
    if (by_second) {
      const auto second = unix_seconds(row.time);
      if (second != second_) {
        write_waiting(out);
        write_crowd(out);
        second_ = second;
        in_second_ = 0;
      }
      if (++in_second_ > kReachable) {
        // It may be seen behind a page that is a few rows longer, but nobody can rely on that.
        record.owed = false;
        ++crowd_;
      }
      record.id = std::string(to_string(demand.stream)) + "/" + std::to_string(second) + "/" +
                  std::to_string(in_second_);
      for (auto& other : waiting_) {
        if (other.text != record.text) continue;
        other.count += record.owed ? 1 : 0;
        ++other.most;
        return;
      }
      waiting_.push_back(std::move(record));
      return;
    }
    write(out, record);
  }

  void write(std::string& out, const TruthRecord& record) {
    append_truth_record(out, record);
    ++records_;
  }

  TruthRecord record_of(const Arrival& row) const {
    const auto& demand = demands_[demand_];
    TruthRecord record;
    record.vendor = kDuoVendor;
    record.stream = to_string(demand.stream);
    record.event_id = duo_row_id(demand.stream, row);
    record.id = record.event_id + "/" + std::to_string(duo_milliseconds(row.time));
    record.time = row.time;
    if (is_by_second(demand.stream))
      record.time = std::chrono::floor<std::chrono::seconds>(row.time);
    if (demand.stream == DuoStream::trust_monitor)
      record.time = std::chrono::floor<std::chrono::milliseconds>(row.time);
    record.from = row.time + sight_.lateness + row.late + kDuoBetweenRequests;
    record.owed = duo_milliseconds(row.time) >= demand.from && row.time >= sight_.oldest;
    append_duo_row(record.text, demand.stream, row);
    if (demand.stream != DuoStream::trust_monitor || duo_state_change(row) == TimePoint{})
      return record;
    record.versions = true;
    append_duo_row(record.later.emplace_back(), demand.stream, row, true);
    return record;
  }

  void write_waiting(std::string& out) {
    for (const auto& record : waiting_)
      write(out, record);
    waiting_.clear();
  }

  void write_crowd(std::string& out) {
    if (crowd_ == 0) return;
    codec::JsonWriter writer(out);
    writer.begin_object().key("kind").string("gap").key("vendor").string(kDuoVendor);
    writer.key("stream").string(to_string(demands_[demand_].stream));
    writer.key("second").number(second_).key("records").number(crowd_).end_object();
    out += '\n';
    crowd_ = 0;
  }

  const DuoContent& content_;
  const DuoSight sight_;
  const std::vector<DuoDemand> demands_;
  std::size_t demand_ = 0;
  std::uint64_t records_ = 0;
  bool ended_ = false;
  bool begun_ = false;
  std::int64_t bucket_ = 0;
  std::vector<Arrival> rows_;
  std::int64_t second_ = 0;
  std::uint64_t in_second_ = 0;
  std::uint64_t crowd_ = 0;
  std::vector<TruthRecord> waiting_;  // Rows of one second: equal ones are counted.
};

}  // namespace

std::function<bool(std::string&)> duo_truth_stream(const DuoApi& api) {
  auto truth = std::make_shared<DuoTruth>(api);
  return [truth](std::string& piece) { return truth->fill(piece); };
}

}  // namespace cistern::lab
