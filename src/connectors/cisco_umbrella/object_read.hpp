// Reading one object: which bytes to ask for next, and which of its rows are to be stored.
#pragma once

#include "base/poll.hpp"
#include "codec/aws/s3_request.hpp"
#include "connectors/cisco_umbrella/ledger.hpp"
#include "connectors/cisco_umbrella/object_reader.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

/// What is durable of an object that is not done: the value behind "object/<key>".
struct Progress {
  std::string etag;
  std::uint64_t next_row = 1;
  std::uint64_t records = 0;  ///< Stored from its first row on.
  std::uint32_t digest = 0;   ///< Of their identities.
  std::optional<std::uint64_t> size;
  TimePoint available{};
  /// Its rows cannot be read: the bytes before that offset are stored as they came.
  std::optional<std::uint64_t> raw_from;
  friend bool operator==(const Progress&, const Progress&) = default;
};

std::string progress_text(const Progress& progress);
std::optional<Progress> parse_progress(std::string_view text);

/// Adds a record to the digest of those before; their order does not matter, because each identity
/// holds its row's number.
std::uint32_t add_to_digest(std::uint32_t digest, const Identity& identity);

/// One attempt to read an object. Not safe for two calls at a time; the decoders it makes run on
/// the pool, one after the other.
class ObjectRead {
 public:
  /// Goes on behind `done`. `alike`: an earlier version of the object was stored; when this one
  /// begins with the same rows, only what follows them is new.
  ObjectRead(ObjectSettings settings, Progress done, std::optional<ObjectEnd> alike);

  /// The next request: a piece, or more rows of the piece before. Without an id.
  [[nodiscard]] PollRequest request(const codec::aws::BucketEndpoint& endpoint);
  /// Whether the answer to request() is what was asked for. Failures as of read_piece().
  Status accept(const HttpResponse& response);
  /// The server says that nothing lies behind what was read. Only of an object of unknown size.
  void ended_before_piece();

  struct Part {
    std::vector<Record> records;  ///< To be stored now.
    Progress done;                ///< Once they are.
    bool unlike = false;  ///< The earlier version began otherwise: all of this one is to be read.
    bool end = false;     ///< Nothing follows.
    std::optional<Failure> failure;  ///< The rest cannot be read.
  };
  /// What to make of the rows that the reader gave.
  Part take(const std::shared_ptr<const RecordBatch>& batch);

  [[nodiscard]] const ObjectFacts& facts() const { return reader_->facts(); }

 private:
  [[nodiscard]] bool pieces_over() const;

  std::string bucket_;
  std::string key_;
  Progress done_;
  std::optional<ObjectEnd> alike_;
  std::uint64_t compared_ = 0;  ///< Records that were compared with the earlier version.
  std::uint32_t compared_digest_ = 0;
  std::shared_ptr<ObjectReader> reader_;
  codec::aws::ObjectQuestion question_;
  std::uint64_t offset_ = 0;  ///< Of the next byte.
  bool asked_ = false;        ///< The last request was one for bytes.
  bool fed_all_ = false;      ///< The reader was told that nothing follows.
};

/// The request for a piece of an object's bytes, and the decoder that makes one record of them.
/// `problem` says why its rows are not read.
PollRequest raw_request(const codec::aws::BucketEndpoint& endpoint, const ObjectSettings& settings,
                        std::uint64_t from, std::optional<std::uint64_t> size,
                        const std::string& problem);

/// The question that raw_request() asks.
codec::aws::ObjectQuestion raw_question(const ObjectSettings& settings, std::uint64_t from,
                                        std::optional<std::uint64_t> size);

}  // namespace cistern::connectors::cisco_umbrella
