#include "journal/shared_reads.hpp"

namespace cistern::journal {
namespace {

constexpr std::size_t kAnswersKept = 4096;

class SourceReader final : public Reader {
 public:
  explicit SourceReader(GroupSource& source) : source_(source) {}
  Result<ReadResult> read(Sequence next) override { return source_.read(next); }

 private:
  GroupSource& source_;
};

}  // namespace

std::unique_ptr<Reader> SharedReads::reader() {
  return std::make_unique<SourceReader>(source_);
}

Result<std::optional<Cursor>> SharedReads::cursor(const std::string& name) {
  auto cursors = index_.cursors();
  if (!cursors) return fail(cursors.error());
  for (auto& [known, cursor] : *cursors) {
    if (known == name) return std::optional<Cursor>{std::move(cursor)};
  }
  return std::optional<Cursor>{};
}

Result<std::optional<Sequence>> SharedReads::find(const Identity& identity) {
  auto mark = index_.mark();
  if (!mark) return fail(mark.error());
  {
    const std::lock_guard lock{mutex_};
    const auto known = found_.find(identity);
    if (known != found_.end() && known->second >= mark->removed_before) {
      return std::optional<Sequence>{known->second};
    }
  }
  auto sequence = source_.find(identity);
  if (sequence && *sequence) {
    const std::lock_guard lock{mutex_};
    if (found_.size() >= kAnswersKept) found_.clear();
    found_[identity] = **sequence;
  }
  return sequence;
}

}  // namespace cistern::journal
