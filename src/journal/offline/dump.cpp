// Everything readable of a store, in order.
#include "codec/compress.hpp"
#include "codec/json.hpp"
#include "journal/journal.hpp"
#include "journal/offline/store_walk.hpp"
#include "journal/segment/envelope.hpp"
#include "journal/store_layout.hpp"

namespace cistern::journal {
namespace {

class Dump {
 public:
  Dump(Sequence from, bool control, const std::function<bool(std::string_view)>& line)
      : from_(from), control_(control), line_(line) {}

  bool group(Sequence segment, ScannedGroup& group) {
    if (group.control.has_events() && group.control.last >= from_ && !events(segment, group)) {
      return false;
    }
    return !control_ || group.control.last < from_ || line_(group.control_json);
  }

  /// With control frames asked for, damage has its place among them.
  void damaged(Sequence segment, std::uint64_t offset, std::uint64_t size) {
    ++damaged_;
    if (!control_) return;
    std::string text;
    codec::JsonWriter json{text};
    json.begin_object().key("damaged").begin_object();
    json.key("segment").string(segment_name(segment));
    json.key("offset").number(offset).key("bytes").number(size);
    json.end_object().end_object();
    line_(text);
  }

  [[nodiscard]] std::uint64_t damage() const { return damaged_; }

 private:
  bool events(Sequence segment, const ScannedGroup& group) {
    auto lines = codec::zstd_decompress(group.data, group.control.lines);
    if (!lines) {
      damaged(segment, group.offset, group.size);
      return true;
    }
    std::string_view rest = *lines;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      const std::string_view text = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      const auto envelope = parse_envelope(text);
      // A line that is none of ours is shown all the same: better too much than a silent gap.
      if (envelope && envelope->sequence < from_) continue;
      if (!line_(text)) return false;
    }
    return true;
  }

  Sequence from_;
  bool control_;
  const std::function<bool(std::string_view)>& line_;
  std::uint64_t damaged_ = 0;
};

}  // namespace

Status dump_store(const std::string& path, Files& files, Sequence from, bool control,
                  const std::function<bool(std::string_view)>& line) {
  Dump dump{from, control, line};
  std::optional<Failure> version;
  const WalkVisitor visitor{
      .segment =
          [&](Sequence segment, std::uint64_t size, const Result<HeaderFrame>& header) {
            if (header) return;
            if (header.error().code == "journal/version") version = header.error();
            dump.damaged(segment, 0, size);
          },
      .group = [&](Sequence segment,
                   ScannedGroup& group) { return !version && dump.group(segment, group); },
      .damaged =
          [&](Sequence segment, const DamagedRange& range) {
            if (!range.known) dump.damaged(segment, range.offset, range.size);
          },
      .end = [](Sequence, const ScanEnd&, bool) {}};
  // The sums are left to verify: decompression checks what is shown.
  if (auto status = walk_store(path, files, CheckData::no, visitor); !status) return status;
  if (version) return fail(*version);
  if (dump.damage() == 0) return {};
  return fail({.verdict = Verdict::set_aside,
               .code = "journal/damaged",
               .cause = std::to_string(dump.damage()) + " parts of the store could not be read",
               .consequence = "everything else was shown",
               .next_step = "run `cistern store verify` to see which"});
}

}  // namespace cistern::journal
