#include "connectors/cisco_secure_email/file_reading.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_secure_email/file_name.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::uint64_t kBatchBytes = 3U << 20;
constexpr std::size_t kBatchRecords = 20'000;
constexpr std::size_t kLongestText = 256;
constexpr std::size_t kShortId = 12;

std::string_view base_of(const FileFacts& facts) {
  const auto name = read_file_name(facts.name);
  return name ? name->base : std::string_view{facts.name};
}

void text_member(codec::JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.key(name).string(excerpt(text, kLongestText));
}

/// What stands before the number of the line is the same for all records of a file.
std::string meta_before(const FileFacts& facts, const KnownFile& file, LogKind kind) {
  std::string text;
  codec::JsonWriter json{text};
  json.begin_object();
  text_member(json, "appliance", file.appliance);
  text_member(json, "host", facts.host);
  text_member(json, "log", base_of(facts));
  json.key("kind").string(name_of(kind));
  text_member(json, "file", facts.name);
  json.key("line");
  return text;
}

/// What stands behind the line's offset.
std::string meta_behind(const FileFacts& facts, const FileHead& head, const KnownFile& file) {
  std::string text;
  codec::JsonWriter json{text};
  json.begin_object();
  text_member(json, "zone", facts.zone_name);
  text_member(json, "serial", head.serial);
  text_member(json, "version", head.version);
  json.key("file_id").string(to_hex(file.id)).end_object();
  text.front() = ',';
  return text;
}

}  // namespace

/// Records with the memory that they point into; offsets until it is sealed, because the memory
/// moves as it grows.
class FileReading::Batch {
 public:
  struct Item {
    std::size_t meta = 0;
    std::size_t raw = 0;
    std::size_t end = 0;
    Record record;
  };
  std::string storage;
  std::vector<Item> items;
  std::uint64_t bytes = 0;
  std::uint64_t problems = 0;

  [[nodiscard]] bool full() const { return bytes >= kBatchBytes || items.size() >= kBatchRecords; }

  std::shared_ptr<const RecordBatch> seal() {
    auto batch = std::make_shared<RecordBatch>();
    batch->storage = std::move(storage);
    batch->bytes = bytes;
    batch->records.reserve(items.size());
    const std::string_view all = batch->storage;
    for (Item& item : items) {
      item.record.meta = all.substr(item.meta, item.raw - item.meta);
      item.record.raw = all.substr(item.raw, item.end - item.raw);
      batch->records.push_back(item.record);
    }
    return batch;
  }
};

std::string appliance_of(const FileHead& head, const FileFacts& facts) {
  return head.serial.empty() ? facts.source : head.serial;
}

std::string ledger_item(const FileFacts& facts, const Identity& id) {
  return excerpt(facts.name, kLongestText) + " " + to_hex(id).substr(0, kShortId);
}

Result<FileOpening> open_file(ByteSource& source, const FileFacts& facts) {
  PlainBytes bytes{source, facts.most};
  std::string head;
  bool ends = false;
  while (head.size() < kHeadBytes && !ends) {
    auto piece = bytes.next();
    if (!piece) return fail(piece.error());
    ends = piece->empty();
    head += *piece;
  }
  const std::string_view seen = std::string_view{head}.substr(0, kHeadBytes);
  FileOpening opening;
  opening.head = read_file_head(seen, ends);
  opening.kind = choose_log_kind(facts.kind, base_of(facts), seen).kind;
  opening.refused = why_refused(opening.kind);
  return opening;
}

FileReading::FileReading(std::unique_ptr<ByteSource> source, FileFacts facts,
                         const FileOpening& opening, MatchResult match)
    : source_(std::move(source)),
      facts_(std::move(facts)),
      head_(opening.head),
      kind_(opening.kind),
      file_(std::move(match.file)),
      digest_(std::move(match.digest)),
      bytes_(*source_, facts_.most),
      lines_(file_.mark.size, file_.mark.lines, head_.entries),
      meta_before_(meta_before(facts_, file_, kind_)),
      meta_behind_(meta_behind(facts_, head_, file_)),
      known_tail_(std::exchange(file_.tail, {})),
      summed_(file_.mark.size),
      last_is_end_(file_.whole) {
  file_.tail_size = 0;
  file_.tail_sum = {};
}

Status FileReading::begin() {
  if (std::exchange(begun_, true) || file_.mark.size == 0) return {};
  return bytes_.skip(file_.mark.size);
}

Result<FilePart> FileReading::next() {
  batch_ = std::make_shared<Batch>();
  if (auto status = begin(); !status) return fail(status.error());
  while (!batch_->full()) {
    auto piece = bytes_.next();
    if (!piece) {
      // What was read before a damaged place is stored first; the next call meets it again.
      if (batch_->items.empty()) return fail(piece.error());
      return part(false);
    }
    if (piece->empty()) {
      finish();
      return part(true);
    }
    lines_.add(*piece, [this](const FileLine& line) { take(line); });
  }
  return part(false);
}

void FileReading::finish() {
  // What may still grow is left for the next time, the entry that stands open first of all.
  if (facts_.complete) lines_.finish([this](const FileLine& line) { take(line); });
  const bool last_is_new = !pending_.empty();
  before_last_.sum = digest_.sum();
  settle();
  file_.mark.sum = digest_.sum();
  file_.whole = last_is_end_;
  if (file_.whole || !facts_.complete || !last_is_new) return;
  file_.tail_size = file_.mark.size;
  file_.tail_sum = file_.mark.sum;
  file_.tail = last_identity_;
  file_.mark = before_last_;
}

void FileReading::take(const FileLine& line) {
  settle();
  store(line);
  before_last_ = file_.mark;
  pending_ = line.bytes;
  file_.mark.size = line.from + line.bytes.size();
  file_.mark.lines = line.number + line.lines - 1;
  last_is_end_ = says_end(line.bytes);
}

void FileReading::settle() {
  std::string_view bytes = pending_;
  while (step_size(file_.steps.size()) <= summed_ + bytes.size()) {
    const std::uint64_t part = step_size(file_.steps.size()) - summed_;
    digest_.add(bytes.substr(0, static_cast<std::size_t>(part)));
    bytes.remove_prefix(static_cast<std::size_t>(part));
    summed_ += part;
    file_.steps.push_back(digest_.sum());
  }
  digest_.add(bytes);
  summed_ += bytes.size();
  pending_.clear();
}

std::int64_t FileReading::offset_at(std::int64_t wall_seconds) const {
  if (!facts_.zone) return head_.offset_seconds.value_or(0);
  // Twice, because the first answer is for a moment that is off by the offset itself.
  const std::int64_t first = facts_.zone->at(wall_seconds).offset;
  return facts_.zone->at(wall_seconds - first).offset;
}

void FileReading::store(const FileLine& line) {
  if (line.text.empty()) return;
  const std::string number = std::to_string(line.number);
  last_identity_ =
      make_identity({"cisco_secure_email",
                     file_.appliance,
                     {reinterpret_cast<const char*>(file_.id.bytes.data()), file_.id.bytes.size()},
                     number,
                     line.text});
  if (last_identity_ == std::exchange(known_tail_, {})) return;
  const auto header = read_line_header(line.text);
  const bool timed = header && header->has_year;
  const std::int64_t offset = offset_at(timed ? header->wall_seconds : 0);
  Batch::Item item;
  item.meta = batch_->storage.size();
  batch_->storage += meta_before_;
  batch_->storage += number;
  batch_->storage += ",\"offset_seconds\":";
  batch_->storage += std::to_string(offset);
  batch_->storage += meta_behind_;
  item.raw = batch_->storage.size();
  batch_->storage += line.text;
  item.end = batch_->storage.size();
  item.record.identity = last_identity_;
  item.record.stream = name_of(kind_);
  if (timed) item.record.time = TimePoint{std::chrono::seconds{header->wall_seconds - offset}};
  item.record.form = is_utf8(line.text) ? RawForm::text : RawForm::bytes;
  item.record.problem = line.problem;
  batch_->problems += line.problem.empty() ? 0U : 1U;
  batch_->bytes += line.text.size();
  batch_->items.push_back(item);
}

FilePart FileReading::part(bool end) {
  if (!end) {
    settle();
    file_.mark.sum = digest_.sum();
  }
  FilePart part;
  part.problems = batch_->problems;
  part.batch = batch_->seal();
  part.file = file_;
  part.end = end;
  batch_.reset();
  return part;
}

}  // namespace cistern::connectors::cisco_secure_email
