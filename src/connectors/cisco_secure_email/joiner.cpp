#include "connectors/cisco_secure_email/joiner.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_secure_email/join_state.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json.hpp>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::size_t kMostName = 256;
constexpr std::size_t kTimeSize = 24;  ///< `Mon Mar 18 08:12:01 2024`

/// Digits behind `"line":`, and where they end; the number is what lines of a file differ in.
struct LinePlace {
  std::size_t begin = std::string_view::npos;
  std::size_t end = 0;
  std::uint64_t line = 0;
};

LinePlace line_place(std::string_view meta) {
  constexpr std::string_view kName = R"("line":)";
  LinePlace place;
  const std::size_t at = meta.find(kName);
  if (at == std::string_view::npos) return place;
  place.begin = at + kName.size();
  const auto read =
      std::from_chars(meta.data() + place.begin, meta.data() + meta.size(), place.line);
  place.end = static_cast<std::size_t>(read.ptr - meta.data());
  return place;
}

std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string{bounded_text(std::string_view{value->get_string()}, kMostName)};
}

/// Bytes that are no UTF-8, read as Latin-1: what the journal keeps as bytes must become text here.
void append_latin(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
      continue;
    }
    out += static_cast<char>(0xC0 | (byte >> 6));
    out += static_cast<char>(0x80 | (byte & 0x3F));
  }
}

}  // namespace

/// What the meta of a line says, and the bytes around its line number, by which the next line's
/// meta is recognised without being read.
struct Joiner::Meta {
  std::string before;
  std::string behind;
  JoinSpace* space = nullptr;
  std::string file;
  std::string file_facts;
  std::int64_t offset = 0;
  std::uint64_t line = 0;

  bool same(std::string_view meta, const LinePlace& place) const {
    return place.begin != std::string_view::npos && !before.empty() &&
           meta.substr(0, place.begin) == before && meta.substr(place.end) == behind;
  }
};

Joiner::Joiner(JoinerOptions options) : options_(options), meta_(std::make_unique<Meta>()) {}
Joiner::~Joiner() = default;

// ---- lines ----

JoinSpace* Joiner::space_of(const std::string& appliance, const std::string& log) {
  const std::string key = appliance + '\n' + log;
  const auto found = spaces_.find(key);
  if (found != spaces_.end()) return found->second.get();
  if (spaces_.size() >= options_.logs) {
    ++incidents_["logs"];
    return nullptr;
  }
  auto space = std::make_unique<JoinSpace>(next_space_++, appliance, log, options_.times,
                                           options_.bounds, incidents_);
  return spaces_.emplace(key, std::move(space)).first->second.get();
}

void Joiner::read_meta(std::string_view meta) {
  const LinePlace place = line_place(meta);
  if (meta_->same(meta, place)) {
    meta_->line = place.line;
    return;
  }
  *meta_ = {};
  boost::system::error_code error;
  const auto value = boost::json::parse(meta, error);
  if (error || !value.is_object()) return;
  const auto& object = value.get_object();
  meta_->file = text_of(object, "file_id");
  if (meta_->file.empty()) meta_->file = text_of(object, "file");
  if (const auto* offset = object.if_contains("offset_seconds"); offset && offset->is_int64()) {
    constexpr std::int64_t kMostOffset = 2 * 86400;
    meta_->offset = std::clamp(offset->get_int64(), -kMostOffset, kMostOffset);
  }
  codec::JsonWriter facts{meta_->file_facts};
  facts.begin_object();
  for (const std::string_view name : {"appliance", "serial", "host", "version"}) {
    const std::string text = text_of(object, name);
    if (!text.empty()) facts.key(name).string(text);
  }
  facts.end_object();
  // Members without the braces: they go into a larger object.
  meta_->file_facts = meta_->file_facts.substr(1, meta_->file_facts.size() - 2);
  meta_->line = place.line;
  meta_->space = space_of(text_of(object, "appliance"), text_of(object, "log"));
  if (place.begin != std::string_view::npos) {
    meta_->before = meta.substr(0, place.begin);
    meta_->behind = meta.substr(place.end);
  }
}

// Lines of one second share their first 24 bytes; only the first of them is read in full.
bool Joiner::read_header(std::string_view text, LogLine& line) {
  if (header_.empty() || !text.starts_with(header_)) {
    const auto header = read_line_header(text);
    if (!header || !header->has_year || header->level == Level::none) return false;
    if (text.size() < kTimeSize) return false;
    header_ = text.substr(0, kTimeSize);
    header_seconds_ = header->wall_seconds;
    line.body = header->text;
  } else {
    const std::size_t colon = text.find(": ", kTimeSize);
    if (colon == std::string_view::npos || colon > kTimeSize + 12) return false;
    line.body = text.substr(colon + 2);
  }
  line.has_header = true;
  return true;
}

void Joiner::on_event(const DeriverEvent& event) {
  arrived_ = true;
  resting_ = false;
  read_meta(event.meta);
  if (meta_->space == nullptr) {
    ++incidents_["no_origin"];
    return;
  }
  LogLine line;
  line.text = event.raw;
  if (event.form == RawForm::json) return;
  if (event.form == RawForm::bytes) {
    latin_.clear();
    append_latin(latin_, event.raw);
    line.text = latin_;
  }
  line.file = meta_->file;
  line.file_facts = meta_->file_facts;
  line.line = meta_->line;
  line.sequence = event.sequence;
  if (read_header(line.text, line)) {
    line.seconds = header_seconds_ - meta_->offset;
  } else if (event.time != TimePoint{}) {
    line.seconds = unix_seconds(event.time);
  }
  touched_ = meta_->space;
  touched_->add(line);
}

// ---- time ----

void Joiner::on_time(TimePoint now) {
  if (arrived_ || quiet_since_ == TimePoint{}) {
    arrived_ = false;
    quiet_since_ = now;
  }
  bool gaps = false;
  for (const auto& [name, space] : spaces_)
    gaps = gaps || space->has_gaps();
  if (!gaps || gap_since_ == TimePoint{}) gap_since_ = now;
  all_due_ = true;
  const bool quiet = now - quiet_since_ >= options_.quiet;
  if (quiet && !resting_) {
    resting_ = true;
    for (const auto& [name, space] : spaces_)
      space->rest();
  }
  if (gaps && (quiet || now - gap_since_ >= options_.gap)) {
    gap_since_ = now;
    for (const auto& [name, space] : spaces_)
      space->give_up_gaps();
  }
}

bool Joiner::settle_one(JoinSpace& space, DerivedRecords& out, std::uint64_t most_bytes) {
  const bool left = space.settle(out, most_bytes);
  std::uint64_t& counted = unsaved_[&space];
  const std::uint64_t now = space.unsaved_bytes();
  unsaved_total_ += now - counted;
  counted = now;
  return left;
}

// A line can make something due in its own log only.
bool Joiner::settle(DerivedRecords& out, std::uint64_t most_bytes) {
  if (!all_due_) return touched_ != nullptr && settle_one(*touched_, out, most_bytes);
  bool left = false;
  for (const auto& [name, space] : spaces_)
    left = settle_one(*space, out, most_bytes) || left;
  all_due_ = left;
  return left;
}

// ---- what is saved ----

std::uint64_t Joiner::unsaved_bytes() const {
  return unsaved_total_;
}

void Joiner::save(StateDelta& delta) {
  for (const auto& [name, space] : spaces_)
    space->save(delta);
  unsaved_.clear();
  unsaved_total_ = 0;
}

Status Joiner::restore(const Position& saved) {
  spaces_.clear();
  unsaved_.clear();
  unsaved_total_ = 0;
  *meta_ = {};
  touched_ = nullptr;
  all_due_ = true;
  const auto unreadable = [](const std::string& key) {
    return fail_stop("cisco_secure_email/join-state",
                     "the state '" + key + "' of the joiner cannot be read by this program",
                     "run the version of cistern that wrote it, or newer; "
                     "`cistern connector remove` lets it begin anew");
  };
  std::map<std::uint64_t, JoinSpace*> by_id;
  // Two passes: what a log is called stands among its last keys.
  for (const bool names : {true, false}) {
    for (const auto& [key, value] : saved) {
      std::uint64_t id = 0;
      std::uint64_t number = 0;
      const char* end = key.data() + key.size();
      const auto read = std::from_chars(key.data(), end, id);
      if (read.ec != std::errc{} || end - read.ptr < 4 || read.ptr[0] != '/' ||
          std::from_chars(read.ptr + 3, end, number).ptr != end) {
        return unreadable(key);
      }
      const char table = read.ptr[1];
      if (names != (table == 's')) continue;
      if (names) {
        StateReader in{value};
        const std::string appliance{in.text()};
        const std::string log{in.text()};
        next_space_ = id;
        by_id[id] = in.sound() ? space_of(appliance, log) : nullptr;
      }
      const auto space = by_id.find(id);
      if (space == by_id.end() || space->second == nullptr ||
          !space->second->restore(table, number, value)) {
        return unreadable(key);
      }
    }
  }
  next_space_ = by_id.empty() ? 1 : by_id.rbegin()->first + 1;
  for (const auto& [id, space] : by_id)
    space->restored();
  return {};
}

DeriverCounts Joiner::counts() const {
  DeriverCounts counts;
  for (const auto& [name, space] : spaces_) {
    counts.open += space->open();
    counts.open_bytes += space->weight();
  }
  counts.incidents = incidents_;
  return counts;
}

}  // namespace cistern::connectors::cisco_secure_email
