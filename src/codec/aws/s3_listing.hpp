// A page of ListObjectsV2. Pure; the body is hostile.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "codec/aws/s3_request.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec::aws {

struct ListedObject {
  std::string key;            ///< Decoded; any bytes.
  std::string etag;           ///< Without quotes.
  std::string storage_class;  ///< Empty for STANDARD.
  std::uint64_t size = 0;
  TimePoint last_modified{};
};

struct Listing {
  std::vector<ListedObject> objects;  ///< As they came: ascending by the bytes of the key, at AWS.
  std::vector<std::string> prefixes;  ///< Folders, each ending in the delimiter.
  std::string next_token;             ///< Empty: this is the last page.
};

/// Reads a page. Fails as a whole, because half a page taken for a whole one would be a gap that
/// nobody sees: "aws/listing" (retry) for XML that is broken, cut or not a listing, that holds a
/// document type, goes deeper than 8 levels, holds more entries than S3 ever sends, a key longer
/// than kMaxKeyBytes, an object without key or size, or says that more follows without saying how.
Result<Listing> read_listing(std::string_view body);

}  // namespace cistern::codec::aws
