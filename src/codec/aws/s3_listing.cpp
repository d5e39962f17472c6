#include "codec/aws/s3_listing.hpp"

#include "base/bytes.hpp"
#include "codec/aws/uri.hpp"
#include "codec/aws/xml_reader.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace cistern::codec::aws {
namespace {

enum class Truncated : std::uint8_t { untold, no, yes };

/// Keys stay as they are written until the end, because what says that they are encoded may stand
/// behind them.
class ListingReader final : public XmlListener {
 public:
  std::string_view on_begin(std::string_view name, std::size_t depth) override {
    if (depth == 1 && name != "ListBucketResult") return "it is not a listing";
    if (depth != 2) return {};
    group_ = Group::none;
    if (name == "Contents") {
      group_ = Group::object;
      object_ = {};
      has_size_ = false;
    } else if (name == "CommonPrefixes") {
      group_ = Group::prefix;
    }
    return {};
  }

  std::string_view on_end(std::string_view name, std::size_t depth, std::string& text) override {
    if (depth == 2) return end_of_group(name, text);
    if (depth != 3) return {};
    if (group_ == Group::object) return object_part(name, text);
    if (group_ == Group::prefix && name == "Prefix") return add_prefix(text);
    return {};
  }

  /// What is wrong with the page as a whole, or nothing.
  std::string_view finish() {
    if (encoded_ && !decode_all()) return "a key's encoding is broken";
    for (const ListedObject& object : listing_.objects)
      if (object.key.size() > kMaxKeyBytes) return "a key is longer than S3 allows";
    for (const std::string& prefix : listing_.prefixes)
      if (prefix.size() > kMaxKeyBytes) return "a key is longer than S3 allows";
    if (truncated_ == Truncated::untold) return "it does not say whether more follows";
    if (truncated_ == Truncated::no) listing_.next_token.clear();
    if (truncated_ == Truncated::yes && listing_.next_token.empty())
      return "it says that more follows, but not how to ask for it";
    return {};
  }
  Listing take() { return std::move(listing_); }

 private:
  enum class Group : std::uint8_t { none, object, prefix };

  std::string_view end_of_group(std::string_view name, std::string& text) {
    const Group group = std::exchange(group_, Group::none);
    if (group == Group::object) return add_object();
    if (group == Group::prefix) return {};
    if (name == "IsTruncated") return read_truncated(text);
    if (name == "NextContinuationToken") listing_.next_token = std::move(text);
    if (name == "EncodingType") encoded_ = equal_ignoring_case(text, "url");
    return {};
  }

  std::string_view read_truncated(std::string_view text) {
    if (text != "true" && text != "false") return "it does not say whether more follows";
    truncated_ = text == "true" ? Truncated::yes : Truncated::no;
    return {};
  }

  std::string_view object_part(std::string_view name, std::string& text) {
    if (name == "Key") {
      object_.key = std::move(text);
    } else if (name == "ETag") {
      object_.etag = plain_etag(text);
    } else if (name == "Size") {
      const auto end = text.data() + text.size();
      const auto read = std::from_chars(text.data(), end, object_.size);
      if (read.ec != std::errc{} || read.ptr != end) return "an object's size is not a number";
      has_size_ = true;
    } else if (name == "LastModified") {
      object_.last_modified = parse_time(text).value_or(TimePoint{});
    } else if (name == "StorageClass" && text != "STANDARD") {
      object_.storage_class = std::move(text);
    }
    return {};
  }

  std::string_view add_object() {
    if (object_.key.empty()) return "an object has no key";
    if (!has_size_) return "an object has no size";
    if (full()) return "it holds more entries than a page may";
    listing_.objects.push_back(std::move(object_));
    return {};
  }

  std::string_view add_prefix(std::string& text) {
    if (full()) return "it holds more entries than a page may";
    listing_.prefixes.push_back(std::move(text));
    return {};
  }

  [[nodiscard]] bool full() const {
    return listing_.objects.size() + listing_.prefixes.size() >= kMaxListedKeys;
  }

  bool decode_all() {
    for (ListedObject& object : listing_.objects)
      if (!decode(object.key)) return false;
    for (std::string& prefix : listing_.prefixes)
      if (!decode(prefix)) return false;
    return true;
  }

  static bool decode(std::string& text) {
    if (text.find_first_of("%+") == std::string::npos) return true;
    std::optional<std::string> decoded = form_decode(text);
    if (decoded) text = std::move(*decoded);
    return decoded.has_value();
  }

  Listing listing_;
  Group group_ = Group::none;
  ListedObject object_;
  bool has_size_ = false;
  bool encoded_ = false;
  Truncated truncated_ = Truncated::untold;
};

tl::unexpected<Failure> unreadable(std::string_view why) {
  return fail({.verdict = Verdict::retry,
               .code = "aws/listing",
               .cause = "a page of the bucket's listing cannot be read: " + std::string{why},
               .consequence = "nothing of it is used, and it is asked for again",
               .next_step = "if it lasts, check what answers at the endpoint: a proxy, or a server "
                            "that does not know ListObjectsV2"});
}

}  // namespace

Result<Listing> read_listing(std::string_view body) {
  if (body.size() > kMaxListingBytes) return unreadable("it is too large");
  ListingReader reader;
  const std::string broken = read_xml(body, reader);
  if (!broken.empty()) return unreadable(broken);
  const std::string_view problem = reader.finish();
  if (!problem.empty()) return unreadable(problem);
  return reader.take();
}

}  // namespace cistern::codec::aws
