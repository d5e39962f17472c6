#include "connectors/cisco_umbrella/object_read.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_umbrella/machine.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

using codec::aws::ByteRange;
using codec::aws::ObjectQuestion;

std::string_view next_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

template <class Number>
bool read_number(std::string_view word, Number& out) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  return !word.empty() && error == std::errc{} && end == word.data() + word.size();
}

/// A whole object, if it is small and its size is known; otherwise the next piece.
ObjectQuestion question_of(std::string key, std::string etag, std::uint64_t from,
                           std::optional<std::uint64_t> size) {
  ObjectQuestion out;
  out.key = std::move(key);
  out.if_match = std::move(etag);
  out.max_body = kPieceBytes + 1024;
  if (from == 0 && size && *size <= kPieceBytes) return out;
  std::uint64_t last = from + kPieceBytes - 1;
  if (size) last = std::min(last, *size - 1);
  out.range = ByteRange{from, last};
  return out;
}

std::shared_ptr<const RecordBatch> raw_batch(std::string body, const ObjectSettings& settings,
                                             std::uint64_t from, std::string problem) {
  auto batch = std::make_shared<RecordBatch>();
  std::string meta;
  codec::JsonWriter json(meta);
  json.begin_object();
  json.key("bucket").string(settings.bucket).key("key").string(settings.key);
  json.key("etag").string(settings.etag).key("offset").number(from);
  json.end_object();
  Record record;
  record.identity = make_identity(
      {kVendor, settings.bucket, settings.key, "bytes", settings.etag, std::to_string(from)});
  const std::size_t raw = body.size();
  const std::size_t stream = raw + meta.size();
  const std::size_t why = stream + settings.stream.size();
  batch->storage = std::move(body);
  batch->storage.append(meta).append(settings.stream).append(problem);
  const std::string_view all = batch->storage;
  record.raw = all.substr(0, raw);
  record.meta = all.substr(raw, meta.size());
  record.stream = all.substr(stream, settings.stream.size());
  record.problem = all.substr(why);
  record.form = RawForm::bytes;
  batch->bytes = raw;
  batch->records.push_back(record);
  return batch;
}

}  // namespace

// ETag, next row, records, digest, size or -, time it became available, offset of raw bytes or -.
std::string progress_text(const Progress& progress) {
  std::string out = progress.etag.empty() ? "-" : percent_encode(progress.etag);
  out += " " + std::to_string(progress.next_row) + " " + std::to_string(progress.records) + " " +
         std::to_string(progress.digest) + " ";
  out += progress.size ? std::to_string(*progress.size) : "-";
  out += " " + format_time(progress.available) + " ";
  out += progress.raw_from ? std::to_string(*progress.raw_from) : "-";
  return out;
}

std::optional<Progress> parse_progress(std::string_view text) {
  Progress out;
  const std::string_view etag = next_word(text);
  if (etag != "-") {
    for (std::size_t at = 0; at < etag.size(); ++at) {
      if (etag[at] != '%') {
        out.etag += etag[at];
        continue;
      }
      const auto byte = hex_decode(etag.substr(at + 1, 2));
      if (!byte) return std::nullopt;
      out.etag += *byte;
      at += 2;
    }
  }
  if (!read_number(next_word(text), out.next_row) || !read_number(next_word(text), out.records) ||
      !read_number(next_word(text), out.digest)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  if (read_number(next_word(text), number)) out.size = number;
  const auto available = parse_time(next_word(text));
  if (!available) return std::nullopt;
  out.available = *available;
  if (read_number(next_word(text), number)) out.raw_from = number;
  return out;
}

std::uint32_t add_to_digest(std::uint32_t digest, const Identity& identity) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i)
    word = word << 8 | identity.bytes[i];
  return digest ^ word;
}

ObjectRead::ObjectRead(ObjectSettings settings, Progress done, std::optional<ObjectEnd> alike)
    : bucket_(settings.bucket), key_(settings.key), done_(std::move(done)), alike_(alike) {
  settings.etag = done_.etag;
  settings.first_row = done_.next_row;
  reader_ = std::make_shared<ObjectReader>(std::move(settings));
}

bool ObjectRead::pieces_over() const {
  return done_.size && offset_ >= *done_.size;
}

PollRequest ObjectRead::request(const codec::aws::BucketEndpoint& endpoint) {
  PollRequest out;
  asked_ = false;
  if (reader_->more()) {
    out.decode = [reader = reader_](const std::string& /*body*/) { return reader->read_on(); };
    return out;
  }
  if (pieces_over()) {
    fed_all_ = true;
    out.decode = [reader = reader_](const std::string& /*body*/) { return reader->read({}, true); };
    return out;
  }
  asked_ = true;
  question_ = question_of(key_, done_.etag, offset_, done_.size);
  out.http = codec::aws::get_object(endpoint, question_);
  out.decode = [reader = reader_, from = offset_, size = done_.size](std::string body) {
    const bool last = size ? from + body.size() >= *size : body.size() < kPieceBytes;
    return reader->read(std::move(body), last);
  };
  return out;
}

Status ObjectRead::accept(const HttpResponse& response) {
  if (!asked_) return {};
  const auto piece = codec::aws::read_piece(question_, response, response.wire_bytes);
  if (!piece) return fail(piece.error());
  const std::uint64_t told = done_.size.value_or(0);
  if (done_.size && piece->total != told) {
    return fail_retry("aws/piece", "the object has " + std::to_string(piece->total) +
                                       " bytes, and " + std::to_string(told) + " were listed");
  }
  fed_all_ = done_.size ? offset_ + response.wire_bytes >= told : response.wire_bytes < kPieceBytes;
  offset_ += response.wire_bytes;
  done_.size = piece->total;
  if (done_.etag.empty()) done_.etag = piece->etag;
  return {};
}

void ObjectRead::ended_before_piece() {
  done_.size = offset_;
}

ObjectRead::Part ObjectRead::take(const std::shared_ptr<const RecordBatch>& batch) {
  Part out;
  const ObjectFacts& facts = reader_->facts();
  std::size_t from = 0;
  if (alike_) {
    for (; from < batch->records.size() && compared_ < alike_->records; ++from, ++compared_)
      compared_digest_ = add_to_digest(compared_digest_, batch->records[from].identity);
    const bool over = fed_all_ && !reader_->more();
    if (compared_ < alike_->records) {
      out.unlike = over || facts.failure.has_value();
    } else {
      out.unlike = compared_digest_ != alike_->digest;
      done_.records = alike_->records;
      done_.digest = alike_->digest;
      alike_.reset();
    }
    if (out.unlike) return out;
  }
  if (!alike_) {
    out.records.assign(batch->records.begin() + static_cast<std::ptrdiff_t>(from),
                       batch->records.end());
    for (const Record& record : out.records)
      done_.digest = add_to_digest(done_.digest, record.identity);
    done_.records += out.records.size();
    done_.next_row = facts.next_row;
  }
  out.done = done_;
  out.failure = facts.failure;
  out.end = !facts.failure && fed_all_ && !reader_->more();
  return out;
}

codec::aws::ObjectQuestion raw_question(const ObjectSettings& settings, std::uint64_t from,
                                        std::optional<std::uint64_t> size) {
  return question_of(settings.key, settings.etag, from, size);
}

PollRequest raw_request(const codec::aws::BucketEndpoint& endpoint, const ObjectSettings& settings,
                        std::uint64_t from, std::optional<std::uint64_t> size,
                        const std::string& problem) {
  PollRequest out;
  out.http = codec::aws::get_object(endpoint, raw_question(settings, from, size));
  out.decode = [settings, from, problem](std::string body) {
    return raw_batch(std::move(body), settings, from, problem);
  };
  return out;
}

}  // namespace cistern::connectors::cisco_umbrella
