// Everything readable of a store, in order.
#include "base/sealed.hpp"
#include "codec/compress.hpp"
#include "codec/json.hpp"
#include "journal/inbox/inbox_recovery.hpp"
#include "journal/journal.hpp"
#include "journal/offline/store_walk.hpp"
#include "journal/recovery/recovery.hpp"
#include "journal/segment/envelope.hpp"
#include "journal/store_layout.hpp"

namespace cistern::journal {
namespace {

class Dump {
 public:
  Dump(Sequence from, bool control, const std::function<bool(std::string_view)>& line)
      : from_(from), control_(control), line_(line) {}

  bool group(Sequence segment, ScannedGroup& group) {
    const bool wanted = group.control.last >= from_;
    const bool going = (!wanted || !group.control.has_events() || events(segment, group)) &&
                       (!wanted || !control_ || line_(hide_sealed(group.control_json)));
    ended_ = !going;
    return going;
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
  /// Whoever reads the lines wants no more.
  [[nodiscard]] bool ended() const { return ended_; }

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
  bool ended_ = false;
};

/// Files that wait to be taken into the log, as their keys describe them.
Status dump_inbox(const std::string& path, Files& files,
                  const std::function<bool(std::string_view)>& line) {
  auto log = read_store(path, files);
  if (!log) return fail(log.error());
  auto known = inbox_files(path, *log->index, files);
  if (!known) return fail(known.error());
  for (const InboxFileFacts& facts : *known) {
    const InboxEntry& entry = facts.entry;
    std::string text;
    codec::JsonWriter json{text};
    json.begin_object().key("inbox").begin_object();
    json.key("id").string(entry.id).key("connector").string(entry.connector);
    json.key("size").number(entry.size).key("received").string(format_time(entry.received));
    json.key("description").raw(entry.description);
    if (!entry.problem.empty()) json.key("problem").string(entry.problem);
    json.end_object().end_object();
    if (!line(text)) break;
  }
  return {};
}

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
  if (control && !dump.ended()) {
    if (auto status = dump_inbox(path, files, line); !status) return status;
  }
  if (dump.damage() == 0) return {};
  return fail({.verdict = Verdict::set_aside,
               .code = "journal/damaged",
               .cause = std::to_string(dump.damage()) + " parts of the store could not be read",
               .consequence = "everything else was shown",
               .next_step = "run `cistern store verify` to see which"});
}

}  // namespace cistern::journal
