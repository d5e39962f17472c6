// Checks a whole store and writes nothing.
#include "codec/compress.hpp"
#include "journal/identity/identity_set.hpp"
#include "journal/inbox/inbox_recovery.hpp"
#include "journal/journal.hpp"
#include "journal/offline/store_walk.hpp"
#include "journal/recovery/recovery.hpp"
#include "journal/segment/envelope.hpp"
#include "journal/store_layout.hpp"

#include <algorithm>
#include <utility>

namespace cistern::journal {
namespace {

constexpr std::size_t kProblemsListed = 1000;
constexpr std::size_t kIdentitiesCompared = 64'000'000;  ///< A gigabyte and a half of memory.

struct Seen {
  Identity identity;
  std::int64_t arrival = 0;  ///< Unix seconds.
};

/// Sequences that nothing seen so far accounts for.
struct Unexplained {
  Sequence segment = 0;
  std::uint64_t offset = 0;
  Sequence from = 0;
  Sequence to = 0;
};

class Verification {
 public:
  explicit Verification(std::function<void(std::uint64_t)> progress)
      : progress_(std::move(progress)) {}

  void segment(Sequence segment, std::uint64_t size, const Result<HeaderFrame>& header) {
    ++report.segments;
    report.bytes += size;
    if (!header) {
      problem(segment, 0, header.error().cause);
      return;
    }
    if (header->header.first != segment) problem(segment, 0, "the header names another sequence");
    if (store_.empty()) store_ = header->header.store;
    if (header->header.store != store_) problem(segment, 0, "the segment is of another store");
    // A segment without events may have given way to one of the same name that carries its state.
    last_group_ = header->header.group;
    expect(segment, 0, header->header.last + 1, header->header.removed_before,
           header->header.missing);
  }

  bool group(Sequence segment, ScannedGroup& group) {
    ++report.groups;
    const GroupControl& control = group.control;
    holes_.insert(holes_.end(), control.missing.begin(), control.missing.end());
    if (control.removed_before > 0) removed_before_ = control.removed_before;
    if (last_group_ != 0 && control.group != last_group_ + 1) {
      problem(segment, group.offset,
              "groups " + std::to_string(last_group_ + 1) + " to " +
                  std::to_string(control.group - 1) + " are missing");
    }
    last_group_ = control.group;
    if (control.has_events()) events(segment, group);
    progress_(group.size);
    return true;
  }

  void damaged(Sequence segment, const DamagedRange& range) {
    // The number of the group after it is not expected to follow.
    last_group_ = 0;
    if (range.known) return;
    std::string text = std::to_string(range.size) + " bytes are damaged";
    if (range.control && range.control->has_events()) {
      text += ", events " + std::to_string(range.control->first) + " to " +
              std::to_string(range.control->last);
    }
    problem(segment, range.offset, text);
  }

  void end(Sequence segment, const ScanEnd& end, bool last_segment) {
    if (end.valid == end.size || !last_segment) return;
    problem(segment, end.valid,
            std::to_string(end.size - end.valid) +
                " bytes at the end are no whole group (an interrupted write; "
                "the next start cuts them)");
  }

  /// Names what is neither there, nor removed by retention, nor recorded as missing.
  void explain_gaps() {
    std::sort(holes_.begin(), holes_.end(),
              [](const Hole& a, const Hole& b) { return a.from < b.from; });
    for (const Unexplained& gap : gaps_) {
      Sequence from = std::max(gap.from, removed_before_);
      for (const Hole& hole : holes_) {
        if (hole.to < from || from > gap.to) continue;
        if (hole.from > from) report_gap(gap, from, std::min(gap.to, hole.from - 1));
        from = std::max(from, hole.to + 1);
      }
      if (from <= gap.to) report_gap(gap, from, gap.to);
    }
  }

  void count_repeated() {
    std::sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) {
      return a.identity != b.identity ? a.identity < b.identity : a.arrival < b.arrival;
    });
    const auto window =
        std::chrono::duration_cast<std::chrono::seconds>(JournalOptions{}.identity_window).count();
    for (std::size_t i = 1; i < seen_.size(); ++i) {
      const bool same = seen_[i].identity == seen_[i - 1].identity;
      if (same && seen_[i].arrival - seen_[i - 1].arrival <= window) ++report.repeated_identities;
    }
    if (report.repeated_identities > 0) {
      list(std::to_string(report.repeated_identities) +
           " events repeat the identity of one that was remembered");
    }
  }

  void list(std::string sentence) {
    if (report.problems.size() < kProblemsListed) {
      report.problems.push_back(std::move(sentence));
    } else if (report.problems.size() == kProblemsListed) {
      report.problems.emplace_back("more problems are not listed");
    }
  }

  VerifyReport report;

 private:
  void problem(Sequence segment, std::uint64_t offset, const std::string& what) {
    list("segment " + segment_name(segment) + " at byte " + std::to_string(offset) + ": " + what);
  }

  void events(Sequence segment, const ScannedGroup& group) {
    const GroupControl& control = group.control;
    expect(segment, group.offset, control.first, removed_before_, {});
    expected_ = control.last + 1;
    auto lines = codec::zstd_decompress(group.data, control.lines);
    const auto parsed =
        lines ? make_group(control.first, control.last, std::move(*lines)) : nullptr;
    if (parsed == nullptr || parsed->lines.size() != control.lines) {
      problem(segment, group.offset,
              "the lines of events " + std::to_string(control.first) + " to " +
                  std::to_string(control.last) + " cannot be read");
      return;
    }
    report.events += parsed->envelopes.size();
    for (const auto& [from, to] : control.remember) {
      for (Sequence s = std::max(from, control.first); s <= std::min(to, control.last); ++s) {
        remember(parsed->envelopes[s - control.first]);
      }
    }
  }

  void remember(const Envelope& envelope) {
    const auto identity = identity_from_hex(envelope.id);
    if (!identity || seen_.size() >= kIdentitiesCompared) return;
    seen_.push_back({*identity, unix_seconds(parse_time(envelope.received).value_or(TimePoint{}))});
  }

  /// Sequences run on. Where they do not, a later group may say why.
  void expect(Sequence segment, std::uint64_t offset, Sequence first, Sequence removed_before,
              const std::vector<Hole>& holes) {
    removed_before_ = std::max(removed_before_, removed_before);
    holes_.insert(holes_.end(), holes.begin(), holes.end());
    if (expected_ < first) {
      gaps_.push_back({segment, offset, expected_, first - 1});
    } else if (first < expected_) {
      problem(segment, offset, "sequences below " + std::to_string(expected_) + " are used again");
    }
    expected_ = std::max(expected_, first);
  }

  void report_gap(const Unexplained& gap, Sequence from, Sequence to) {
    if (to < from) return;
    problem(gap.segment, gap.offset,
            "events " + std::to_string(from) + " to " + std::to_string(to) + " are missing");
  }

  std::function<void(std::uint64_t)> progress_;
  std::string store_;
  Sequence expected_ = 1;
  Sequence removed_before_ = 1;
  std::uint64_t last_group_ = 0;
  std::vector<Hole> holes_;
  std::vector<Unexplained> gaps_;
  std::vector<Seen> seen_;
};

/// What the index says against what the log says. Only comparable when the index has followed the
/// log to its end and the log is whole.
Status compare_index(const std::string& path, Files& files, Recovered& log,
                     Verification& verification) {
  auto exists = files.exists(index_path(path));
  if (!exists) return fail(exists.error());
  if (!*exists) return {};
  auto index = Index::open(index_path(path), DatabaseMode::read_only, files);
  if (!index) {
    verification.list("index.db: " + index.error().sentence());
    return {};
  }
  if (auto status = (*index)->check(); !status) {
    verification.list("index.db: " + status.error().sentence());
    return {};
  }
  auto ours = (*index)->mark();
  auto theirs = log.index->mark();
  if (!ours || !theirs || ours->group != theirs->group || !log.damaged.empty()) return {};
  auto kept = (*index)->digests();
  auto made = log.index->digests();
  if (!kept || !made) return {};
  for (std::size_t i = 0; i < kept->size(); ++i) {
    if ((*kept)[i] == (*made)[i]) continue;
    verification.list("index.db: the table " + (*kept)[i].first +
                      " differs from the log; `cistern store repair` rebuilds it");
  }
  return {};
}

/// What stands beside the log and the index.
Status check_companions(const std::string& path, Files& files, Verification& verification) {
  auto exists = files.exists(identity_directory(path));
  if (!exists) return fail(exists.error());
  if (*exists) {
    auto problems = verify_identity_set(identity_directory(path), files);
    if (!problems) return fail(problems.error());
    for (const std::string& problem : *problems)
      verification.list("identities: " + problem + "; what it held is read from the log again");
  }
  exists = files.exists(witness_path(path));
  if (!exists) return fail(exists.error());
  if (*exists && read_witness(path, files).store.empty()) {
    verification.list("sequences: the file does not match its sum; the next start writes it anew");
  }
  return {};
}

/// Every file that the log names, byte by byte.
Status check_inbox(const std::string& path, Files& files, Index& index,
                   Verification& verification) {
  auto known = inbox_files(path, index, files);
  if (!known) return fail(known.error());
  for (const InboxFileFacts& facts : *known) {
    auto flaw = inbox_file_flaw(path, facts, files);
    // A running cistern may have consumed it meanwhile.
    if (!flaw && flaw.error().code == "file/missing") continue;
    if (!flaw) return fail(flaw.error());
    if (!flaw->empty()) verification.list("inbox: " + *flaw);
  }
  return {};
}

Result<std::uint64_t> bytes_in_all(const std::string& path, Files& files) {
  auto segments = list_segments(path, files);
  if (!segments) return fail(segments.error());
  std::uint64_t total = 0;
  for (const Sequence segment : *segments) {
    auto file = files.open(segment_path(path, segment), OpenMode::read);
    if (!file) return fail(file.error());
    auto size = (*file)->size();
    if (!size) return fail(size.error());
    total += *size;
  }
  return total;
}

}  // namespace

Result<VerifyReport> verify_store(
    const std::string& path, Files& files,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  auto total = bytes_in_all(path, files);
  if (!total) return fail(total.error());
  std::uint64_t done = 0;
  Verification verification{[&](std::uint64_t bytes) {
    done += bytes;
    if (progress) progress(std::min(done, *total), *total);
  }};
  std::optional<Failure> version;
  const WalkVisitor visitor{
      .segment =
          [&](Sequence segment, std::uint64_t size, const Result<HeaderFrame>& header) {
            if (!header && header.error().code == "journal/version") version = header.error();
            verification.segment(segment, size, header);
          },
      .group = [&](Sequence segment,
                   ScannedGroup& group) { return !version && verification.group(segment, group); },
      .damaged = [&](Sequence segment,
                     const DamagedRange& range) { verification.damaged(segment, range); },
      .end = [&](Sequence segment, const ScanEnd& end,
                 bool last) { verification.end(segment, end, last); }};
  if (auto status = walk_store(path, files, CheckData::yes, visitor); !status) {
    return fail(status.error());
  }
  if (version) return fail(*version);
  verification.explain_gaps();
  verification.count_repeated();
  auto log = read_store(path, files);
  if (!log) return fail(log.error());
  if (auto status = compare_index(path, files, *log, verification); !status) {
    return fail(status.error());
  }
  if (auto status = check_inbox(path, files, *log->index, verification); !status) {
    return fail(status.error());
  }
  if (auto status = check_companions(path, files, verification); !status) {
    return fail(status.error());
  }
  if (progress) progress(*total, *total);
  return std::move(verification.report);
}

}  // namespace cistern::journal
