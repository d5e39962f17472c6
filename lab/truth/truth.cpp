#include "lab/truth/truth.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/lab.hpp"
#include "lab/truth/falcon_truth.hpp"

#include <algorithm>
#include <memory>

namespace cistern::lab {

namespace {

constexpr std::size_t kPiece = 256 * 1024;

// A listing cannot reach content that became available longer ago, whatever its expiration says.
constexpr Duration kListReach = std::chrono::hours{24 * 7};

struct Readable {
  TimePoint from{};
  TimePoint until{};
};

class TruthWriter {
 public:
  explicit TruthWriter(const TruthSources& sources)
      : timeline_(sources.timeline),
        generator_(sources.generator),
        subscriptions_(sources.subscriptions),
        visible_until_(sources.visible_until),
        skew_(sources.clock_skew),
        falcon_(sources.feeds, sources.falcon, sources.visible_until),
        bucket_(timeline_.first_bucket()) {}

  // Fills `out` with the next lines; false when there are none.
  bool fill(std::string& out) {
    out.clear();
    if (!begun_) write_header(out);
    begun_ = true;
    while (out.size() < kPiece && !done_)
      advance(out);
    return !out.empty();
  }

 private:
  // One blob, or one step to the next bucket, content type or tenant.
  void advance(std::string& out) {
    if (tenant_ > timeline_.options().tenants) {
      done_ = !falcon_.advance(out);
      if (done_) write_end(out);
      return;
    }
    if (timeline_.bucket_start(bucket_) > visible_until_) {
      next_type(out);
      return;
    }
    if (!loaded_) {
      blobs_ = timeline_.own(tenant_, kContentTypes[type_], bucket_);
      blob_ = 0;
      index_ = 0;
      loaded_ = true;
    }
    if (blob_ < blobs_.size()) {
      write_blob(out);
    } else {
      loaded_ = false;
      ++bucket_;
    }
  }

  void write_end(std::string& out) const {
    codec::JsonWriter writer(out);
    writer.begin_object().key("kind").string("end");
    writer.key("records").number(records_ + falcon_.records()).end_object();
    out += '\n';
  }

  void next_type(std::string& out) {
    write_unsubscribed(out);
    bucket_ = timeline_.first_bucket();
    loaded_ = false;
    if (++type_ < kContentTypes.size()) return;
    type_ = 0;
    ++tenant_;
  }

  // In steps, so that a blob of thousands of records does not make one huge piece.
  void write_blob(std::string& out) {
    const auto& blob = blobs_[blob_];
    if (index_ == 0 && blob.gap != Gap::none) write_gap(out, blob);
    for (; index_ < blob.count; ++index_) {
      if (out.size() >= kPiece) return;
      write_record(out, blob);
    }
    ++blob_;
    index_ = 0;
  }

  [[nodiscard]] std::optional<TimePoint> subscribed_since(ContentType type) const {
    const auto subscription = subscriptions_.get(lab_tenant_id(tenant_), type);
    if (!subscription || subscription->first_enabled == TimePoint{}) return std::nullopt;
    return subscription->first_enabled;
  }

  void add_carrier(std::optional<Readable>& readable, ContentType type, TimePoint created,
                   TimePoint visible, TimePoint expires) const {
    const auto since = subscribed_since(type);
    if (!since || visible > visible_until_) return;
    const Readable other{std::max(visible, *since), std::min(expires, created + kListReach)};
    if (!readable) {
      readable = other;
      return;
    }
    readable->from = std::min(readable->from, other.from);
    readable->until = std::max(readable->until, other.until);
  }

  [[nodiscard]] std::optional<Readable> readable(const OwnBlob& blob) const {
    std::optional<Readable> result;
    if (blob.gap == Gap::none) {
      add_carrier(result, kContentTypes[type_], blob.created, blob.visible, blob.expires);
    }
    const auto& copy = blob.copy;
    if (copy && index_ >= copy->first && index_ < copy->first + copy->count) {
      add_carrier(result, copy->to, copy->created, copy->created, copy->expires);
    }
    return result;
  }

  void write_record(std::string& out, const OwnBlob& blob) {
    const auto when = readable(blob);
    if (!when) {
      if (!subscribed_since(kContentTypes[type_]) && blob.visible <= visible_until_)
        ++unsubscribed_;
      return;
    }
    text_.clear();
    const RecordPlace place{tenant_, kContentTypes[type_],
                            bucket_, static_cast<std::uint32_t>(blob_),
                            index_,  blob.created};
    const auto form = generator_.append(text_, place, id_);
    const auto digest = hex_encode(sha256(text_));
    codec::JsonWriter writer(out);
    writer.begin_object().key("kind").string("record").key("id").string(id_);
    writer.key("tenant").string(lab_tenant_id(tenant_));
    writer.key("content_type").string(to_string(kContentTypes[type_]));
    writer.key("sha256").string(digest);
    writer.key("from").string(format_time(when->from));
    writer.key("until").string(format_time(when->until)).key("count").number(std::uint64_t{1});
    if (form == RecordForm::odd) {
      writer.key("raw_base64").string(base64_encode(text_));
    } else {
      writer.key("record").raw(text_);
    }
    writer.end_object();
    out += '\n';
    ++records_;
  }

  void write_gap(std::string& out, const OwnBlob& blob) {
    if (!subscribed_since(kContentTypes[type_]) || blob.visible > visible_until_) return;
    const auto all = timeline_.blobs(tenant_, kContentTypes[type_], bucket_);
    std::uint64_t unread = blob.count;
    if (blob.copy && subscribed_since(blob.copy->to) && blob.copy->created <= visible_until_) {
      unread -= blob.copy->count;
    }
    codec::JsonWriter writer(out);
    writer.begin_object().key("kind").string("gap");
    writer.key("tenant").string(lab_tenant_id(tenant_));
    writer.key("content_type").string(to_string(kContentTypes[type_]));
    writer.key("content_id").string(all[blob_].content_id);
    writer.key("content_created").string(format_time(blob.created));
    writer.key("reason").string(blob.gap == Gap::not_found ? "AF20050" : "AF20051");
    writer.key("records").number(unread).end_object();
    out += '\n';
  }

  void write_header(std::string& out) const {
    const auto& options = timeline_.options();
    codec::JsonWriter writer(out);
    writer.begin_object().key("kind").string("truth").key("version").number(std::uint64_t{1});
    writer.key("vendors").begin_array().string(kMicrosoftVendor).string(kFalconVendor);
    writer.end_array().key("seed").number(options.seed);
    writer.key("started").string(format_time(options.start));
    writer.key("visible_until").string(format_time(visible_until_));
    const auto skew = std::chrono::duration_cast<std::chrono::milliseconds>(skew_).count();
    writer.key("clock_skew_ms").number(std::int64_t{skew}).end_object();
    out += '\n';
  }

  void write_unsubscribed(std::string& out) {
    if (unsubscribed_ == 0) return;
    codec::JsonWriter writer(out);
    writer.begin_object().key("kind").string("unsubscribed");
    writer.key("tenant").string(lab_tenant_id(tenant_));
    writer.key("content_type").string(to_string(kContentTypes[type_]));
    writer.key("records").number(unsubscribed_).end_object();
    out += '\n';
    unsubscribed_ = 0;
  }

  const Timeline& timeline_;
  const Generator& generator_;
  const Subscriptions& subscriptions_;
  const TimePoint visible_until_;
  const Duration skew_;
  FalconTruth falcon_;
  unsigned tenant_ = 1;
  std::size_t type_ = 0;
  std::int64_t bucket_;
  std::vector<OwnBlob> blobs_;
  bool loaded_ = false;
  std::size_t blob_ = 0;
  std::uint32_t index_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t unsubscribed_ = 0;
  bool begun_ = false;
  bool done_ = false;
  std::string text_;
  std::string id_;
};

}  // namespace

std::function<bool(std::string&)> truth_stream(const TruthSources& sources) {
  auto writer = std::make_shared<TruthWriter>(sources);
  return [writer](std::string& piece) { return writer->fill(piece); };
}

}  // namespace cistern::lab
