#include "lab/truth/truth_record.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/entra/crypto.hpp"

namespace cistern::lab {

void append_truth_record(std::string& out, const TruthRecord& record) {
  codec::JsonWriter writer(out);
  writer.begin_object().key("kind").string("record").key("id").string(record.id);
  writer.key("vendor").string(record.vendor).key("stream").string(record.stream);
  writer.key("sha256").string(hex_encode(sha256(record.text)));
  if (!record.later.empty()) {
    writer.key("later").begin_array();
    for (const auto& text : record.later)
      writer.string(hex_encode(sha256(text)));
    writer.end_array().key("versions").boolean(record.versions);
  }
  if (!record.event_id.empty()) writer.key("event_id").string(record.event_id);
  writer.key("time").string(format_time(record.time));
  writer.key("from").string(format_time(record.from)).key("owed").boolean(record.owed);
  writer.key("count")
      .number(record.count)
      .key("most")
      .number(record.most)
      .key("record")
      .raw(record.text)
      .end_object();
  out += '\n';
}

void append_truth_end(std::string& out, std::string_view vendor, std::uint64_t records) {
  codec::JsonWriter writer(out);
  writer.begin_object().key("kind").string("end").key("vendor").string(vendor);
  writer.key("records").number(records).end_object();
  out += '\n';
}

}  // namespace cistern::lab
