// Requests to S3 as values, without credentials. Pure.
//
// Source: Amazon S3 API Reference, ListObjectsV2 and GetObject.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "codec/aws/endpoint.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cistern::codec::aws {

/// Most keys that a page of a listing may hold; also what is asked for by default.
inline constexpr unsigned kMaxListedKeys = 1000;

/// Largest page that is read: 1000 keys of 1024 bytes, three times as long when encoded, with what
/// stands around them.
inline constexpr std::uint64_t kMaxListingBytes = 8ULL << 20;

struct ListQuestion {
  std::string prefix{};
  std::string start_after{};           ///< Keys greater than this; not sent beside a token.
  std::string continuation_token{};    ///< Of the page before, with the same prefix.
  std::string delimiter{};             ///< "/" to find folders.
  unsigned max_keys = kMaxListedKeys;  ///< 1 to kMaxListedKeys.
};

/// GET of one page. Asks for url-encoded keys: a key may hold control characters, which XML cannot
/// express, and one such key would make its page unreadable for ever.
HttpRequest list_objects(const BucketEndpoint& endpoint, const ListQuestion& question);

/// First and last byte, both included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

struct ObjectQuestion {
  std::string key{};                 ///< Not empty: that would be a listing.
  std::optional<ByteRange> range{};  ///< Nothing: the whole object.
  std::string if_match{};            ///< ETag without quotes; 412 if the object is another by now.
  std::uint64_t max_body = 0;        ///< 0: the length of the range, or 4 MiB.
};

/// GET of an object or a piece of it. The body stays as it is stored: objects may carry a
/// Content-Encoding that describes their content, so nothing on the way is asked to pack it, and
/// the client is told to leave it packed.
HttpRequest get_object(const BucketEndpoint& endpoint, const ObjectQuestion& question);

/// What the headers of a 200 or 206 say about the object.
struct ObjectPiece {
  std::string etag;         ///< Without quotes; empty if none was sent.
  std::uint64_t first = 0;  ///< Offset of the body's first byte.
  std::uint64_t total = 0;  ///< Size of the object.
  TimePoint last_modified{};
};

/// Checks that the answer is what was asked for: of a range the range (cut at the object's end),
/// and as many bytes as announced. A server that ignores the range and sends the whole object (200)
/// is believed if the range began at 0 and the whole of it fits. `body_bytes` is the body's length
/// (HttpResponse::wire_bytes, if the body was decoded elsewhere). Failures: "aws/piece" (retry)
/// for anything else, "aws/object-changed" (retry) if the ETag is not the one asked for.
Result<ObjectPiece> read_piece(const ObjectQuestion& question, const HttpResponse& response,
                               std::uint64_t body_bytes);

/// An ETag without its quotes and without the mark of a weak one.
std::string plain_etag(std::string_view header);

}  // namespace cistern::codec::aws
