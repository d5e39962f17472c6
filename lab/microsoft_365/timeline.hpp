// Which blobs exist, when each becomes readable, and which records it carries.
//
// Nothing is stored: everything follows from (seed, tenant, content type, bucket of time), so a
// week of history costs nothing until it is read, and two readers see the same.
#pragma once

#include "base/time.hpp"
#include "lab/harness/faults.hpp"
#include "lab/microsoft_365/content_type.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace cistern::lab {

struct TimelineOptions {
  std::uint64_t seed = 1;
  TimePoint start{};
  Duration history{0};
  double history_per_hour = 0;
  double live_per_second = 0;
  Duration live_blob = std::chrono::seconds{5};
  FaultProfile profile = FaultProfile::ordinary;
  unsigned tenants = 1;
  unsigned planted_gaps = 0;
};

/// Records `first .. first + count` of the blob that carried them first.
struct RecordRange {
  ContentType type = ContentType::entra;
  std::int64_t bucket = 0;
  std::uint32_t blob = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  TimePoint created{};  ///< When that blob became available; record times lie before it.
};

/// Why a blob is listed and cannot be read.
enum class Gap : std::uint8_t { none, expired, not_found, expires_early };

struct Blob {
  ContentType type = ContentType::entra;
  std::int64_t bucket = 0;
  TimePoint created{};  ///< contentCreated
  TimePoint visible{};  ///< When it appears in listings; later than `created` for a late blob.
  TimePoint expires{};  ///< contentExpiration
  Gap gap = Gap::none;
  bool spaced = false;  ///< Written with white space between the tokens.
  std::vector<RecordRange> ranges;
  std::string content_id;
};

/// A blob as the vendor first made it, before copies.
struct OwnBlob {
  TimePoint created{};
  TimePoint visible{};
  TimePoint expires{};
  std::uint32_t count = 0;
  Gap gap = Gap::none;
  bool spaced = false;
  bool repeats_first = false;  ///< Its first record stands in it twice.
  /// Some of its records come again in another blob, perhaps days later.
  struct Copy {
    ContentType to = ContentType::entra;
    std::int64_t bucket = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    TimePoint created{};
    TimePoint expires{};
  };
  std::optional<Copy> copy;
};

/// Immutable after construction; safe to use from any thread.
class Timeline {
 public:
  explicit Timeline(TimelineOptions options);

  [[nodiscard]] const TimelineOptions& options() const { return options_; }
  /// Buckets below 0 are history, from 0 on live.
  [[nodiscard]] std::int64_t first_bucket() const { return -history_buckets_; }
  [[nodiscard]] std::int64_t bucket_at(TimePoint time) const;
  [[nodiscard]] TimePoint bucket_start(std::int64_t bucket) const;

  [[nodiscard]] std::vector<OwnBlob> own(unsigned tenant, ContentType type,
                                         std::int64_t bucket) const;
  /// All blobs of a bucket, copies of others' records included.
  [[nodiscard]] std::vector<Blob> blobs(unsigned tenant, ContentType type,
                                        std::int64_t bucket) const;
  /// The blob of that id, if there ever is one.
  [[nodiscard]] std::optional<Blob> find(unsigned tenant, std::string_view content_id) const;

 private:
  void plant_gaps();
  [[nodiscard]] std::uint32_t records_in(std::int64_t bucket, ContentType type,
                                         std::uint64_t key) const;
  [[nodiscard]] std::optional<OwnBlob::Copy> copy_of(const OwnBlob& blob, ContentType type,
                                                     std::int64_t bucket, std::uint64_t roll) const;
  void add_copies(unsigned tenant, ContentType type, std::int64_t bucket,
                  std::vector<Blob>& out) const;
  [[nodiscard]] std::vector<std::int64_t> copy_offsets(std::int64_t bucket) const;

  TimelineOptions options_;
  Duration history_width_{};
  std::int64_t history_buckets_ = 0;
  std::map<std::tuple<unsigned, ContentType, std::int64_t>, Gap> gaps_;
};

/// `20260304050607123`
std::string content_stamp(TimePoint time);
std::optional<TimePoint> time_of_stamp(std::string_view digits);

}  // namespace cistern::lab
