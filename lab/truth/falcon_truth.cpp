#include "lab/truth/falcon_truth.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/lab.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

constexpr std::size_t kPiece = 256 * 1024;

void write_feed(codec::JsonWriter& writer, const Feed& feed) {
  writer.key("vendor").string(kFalconVendor);
  writer.key("customer").string(lab_falcon_customer_id(feed.row().customer));
  writer.key("feed").string(feed_id_of(feed.row().partition));
}

void write_gap(std::string& out, const Feed& feed, const FeedGap& gap) {
  codec::JsonWriter writer(out);
  writer.begin_object().key("kind").string("gap");
  write_feed(writer, feed);
  writer.key("from").number(gap.from).key("to").number(gap.to);
  writer.key("records").number(gap.events).end_object();
  out += '\n';
}

}  // namespace

FalconTruth::FalconTruth(const Feeds& feeds, const FalconGenerator& generator,
                         TimePoint visible_until)
    : generator_(generator),
      visible_until_(visible_until),
      feeds_(feeds.snapshot()),
      lines_(feeds.planted_lines()) {}

bool FalconTruth::advance(std::string& out) {
  while (feed_ < feeds_.size()) {
    const auto& feed = feeds_[feed_];
    if (!begun_) begin_feed(out, feed);
    const auto end = feed.end(visible_until_);
    while (feed.row().demand.first && cursor_ != end && out.size() < kPiece)
      write_event(out, feed);
    if (out.size() >= kPiece) return true;
    begun_ = false;
    ++feed_;
  }
  for (const auto& line : lines_)
    write_noise(out, line);
  lines_.clear();
  return false;
}

void FalconTruth::begin_feed(std::string& out, const Feed& feed) {
  begun_ = true;
  cursor_ = FeedCursor{};
  floor_offset_ = feed.schedule().number_behind(feed.oldest().own) + feed.oldest().added;
  for (const auto& gap : feed.row().demand.gaps)
    write_gap(out, feed, gap);
  if (feed.row().demand.first) return;
  const auto end = feed.end(visible_until_);
  codec::JsonWriter writer(out);
  writer.begin_object().key("kind").string("unsubscribed");
  write_feed(writer, feed);
  writer.key("records").number(end.own + end.added).end_object();
  out += '\n';
}

bool FalconTruth::is_owed(const Feed& feed, std::uint64_t offset, std::string_view type) const {
  const auto& demand = feed.row().demand;
  if (offset < *demand.first) return false;
  if (demand.types && !demand.types->contains(std::string(type))) return false;
  // What is forgotten is owed only if a collector resumed behind it, and so said that he has it.
  if (offset < floor_offset_ && offset >= demand.asked) return false;
  return std::none_of(demand.gaps.begin(), demand.gaps.end(), [offset](const FeedGap& gap) {
    return offset >= gap.from && offset <= gap.to;
  });
}

void FalconTruth::write_event(std::string& out, const Feed& feed) {
  const bool is_added = feed.is_added(cursor_);
  EventPlace place;
  place.customer = feed.row().customer;
  place.partition = feed.row().partition;
  place.own = cursor_.own;
  place.offset = feed.offset_at(cursor_);
  text_.clear();
  bool sound = true;
  std::string_view type;
  WireQuirks quirks;
  if (is_added) {
    const auto& added = feed.row().added[cursor_.added];
    place.time = added.time;
    type = FalconGenerator::type_of(added);
    FalconGenerator::append_added(text_, place, added);
  } else {
    place.time = feed.schedule().time_of(cursor_.own);
    type = generator_.type_of(place);
    sound = generator_.append(text_, place);
    quirks = generator_.quirks_of(place);
  }
  codec::JsonWriter writer(out);
  writer.begin_object().key("kind").string("record").key("id");
  writer.string(lab_falcon_customer_id(place.customer) + "/" + feed_id_of(place.partition) + "/" +
                std::to_string(place.offset));
  write_feed(writer, feed);
  writer.key("offset").number(place.offset).key("event_type").string(type);
  writer.key("sha256").string(hex_encode(sha256(text_)));
  writer.key("from").string(format_time(place.time));
  writer.key("owed").boolean(is_owed(feed, place.offset, type));
  if (sound) {
    writer.key("record").raw(text_);
  } else {
    writer.key("raw_base64").string(base64_encode(text_));
  }
  writer.end_object();
  out += '\n';
  ++records_;
  if (!quirks.noise.empty()) write_noise(out, quirks.noise);
  cursor_ = feed.next(cursor_);
}

void FalconTruth::write_noise(std::string& out, const std::string& line) {
  codec::JsonWriter writer(out);
  writer.begin_object().key("kind").string("noise").key("vendor").string(kFalconVendor);
  writer.key("sha256").string(hex_encode(sha256(line))).end_object();
  out += '\n';
}

}  // namespace cistern::lab
