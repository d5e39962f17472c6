#include "lab/truth/umbrella_truth.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/entra/crypto.hpp"

#include <memory>

namespace cistern::lab {

namespace {

constexpr std::size_t kPiece = 256 * 1024;

class Writer {
 public:
  explicit Writer(UmbrellaTruthSources sources) : sources_(std::move(sources)) {}

  bool fill(std::string& out) {
    out.clear();
    while (out.size() < kPiece && bucket_ < sources_.buckets.size())
      advance(out);
    if (bucket_ == sources_.buckets.size() && !counted_) write_count(out);
    return !out.empty();
  }

 private:
  void advance(std::string& out) {
    const auto& bucket = sources_.buckets[bucket_];
    if (object_ == sources_.objects.size() || !sources_.demand.wants(bucket.name)) {
      ++bucket_;
      object_ = 0;
      return;
    }
    write_object(out, bucket, sources_.objects[object_++]);
  }

  void write_object(std::string& out, const UmbrellaTruthBucket& bucket,
                    const ExportIndex::Row& row) {
    const auto& object = row.object;
    const bool owed =
        sources_.demand.owes(bucket.name, sources_.own_bucket, object.folder, object.name,
                             object.visible > sources_.start, row.purged.has_value());
    codec::JsonWriter writer(out);
    writer.begin_object().key("kind").string("object").key("vendor").string(kUmbrellaVendor);
    writer.key("bucket").string(bucket.name).key("key").string(bucket.folder + object.name);
    writer.key("from").string(format_time(object.visible - sources_.skew));
    writer.key("owed").boolean(owed).key("rows").number(object.rows).end_object();
    out += '\n';
    ++objects_;
    sources_.maker.rows(object,
                        [&](std::string_view text, std::uint64_t number, const RowFacts& facts) {
                          write_row(out, text, number, facts);
                        });
  }

  void write_row(std::string& out, std::string_view text, std::uint64_t number,
                 const RowFacts& facts) {
    codec::JsonWriter writer(out);
    writer.begin_object().key("kind").string("row").key("vendor").string(kUmbrellaVendor);
    writer.key("row").number(number).key("sha256").string(hex_encode(sha256(text)));
    writer.key("time").string(format_time(facts.time)).key("values").begin_array();
    for (const auto& value : facts.values)
      writer.string(value);
    writer.end_array().end_object();
    out += '\n';
    ++rows_;
  }

  void write_count(std::string& out) {
    counted_ = true;
    codec::JsonWriter writer(out);
    writer.begin_object().key("kind").string("count").key("vendor").string(kUmbrellaVendor);
    writer.key("objects").number(objects_).key("rows").number(rows_).end_object();
    out += '\n';
  }

  const UmbrellaTruthSources sources_;
  std::size_t bucket_ = 0;
  std::size_t object_ = 0;
  std::uint64_t objects_ = 0;
  std::uint64_t rows_ = 0;
  bool counted_ = false;
};

}  // namespace

TruthStream umbrella_truth(UmbrellaTruthSources sources) {
  auto writer = std::make_shared<Writer>(std::move(sources));
  return [writer](std::string& out) { return writer->fill(out); };
}

}  // namespace cistern::lab
