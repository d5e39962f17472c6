#include "codec/aws/s3_request.hpp"

#include "base/bytes.hpp"
#include "codec/aws/uri.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cistern::codec::aws {
namespace {

constexpr std::uint64_t kWholeObject = 4ULL << 20;
// A refusal may be longer than the piece that was asked for.
constexpr std::uint64_t kLeastBody = 64ULL << 10;

/// The bucket's own address: "https://bucket.host" or "https://host/bucket".
std::string base_url(const BucketEndpoint& endpoint) {
  return endpoint.in_path ? endpoint.origin + "/" + endpoint.bucket : endpoint.origin;
}

void add_parameter(std::string& url, std::string_view name, std::string_view value) {
  if (url.back() != '?') url += '&';
  url.append(name).append("=").append(percent_encode(value));
}

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t total = 0;
};

bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// "bytes 0-1023/48213"
std::optional<ContentRange> read_content_range(std::string_view text) {
  ContentRange range;
  const bool sound = take(text, "bytes ") && take_number(text, range.first) && take(text, "-") &&
                     take_number(text, range.last) && take(text, "/") &&
                     take_number(text, range.total) && text.empty();
  if (!sound || range.first > range.last || range.last >= range.total) return std::nullopt;
  return range;
}

tl::unexpected<Failure> other_piece(const ObjectQuestion& question, std::string_view what) {
  return fail({.verdict = Verdict::retry,
               .code = "aws/piece",
               .cause = "the answer for object " + excerpt(question.key, 200) +
                        " is not what was asked for: " + std::string{what},
               .consequence = "nothing of it is used, and it is asked for again",
               .next_step =
                   "if it lasts, check what stands between here and the bucket: a cache or "
                   "proxy that does not know ranges"});
}

tl::unexpected<Failure> changed(const ObjectQuestion& question, std::string_view etag) {
  return fail({.verdict = Verdict::retry,
               .code = "aws/object-changed",
               .cause = "object " + excerpt(question.key, 200) + " was replaced (ETag " +
                        excerpt(question.if_match, 80) + " became " + excerpt(etag, 80) + ")",
               .consequence = "it is listed and read again",
               .next_step = {}});
}

/// Nothing: the answer covers what was asked for.
std::string_view wrong_range(const ObjectQuestion& question, const ContentRange& got) {
  if (!question.range) return got.first == 0 && got.last + 1 == got.total ? "" : "a part of it";
  if (got.first != question.range->first) return "another range";
  const std::uint64_t last = std::min(question.range->last, got.total - 1);
  return got.last == last ? "" : "another range";
}

}  // namespace

HttpRequest list_objects(const BucketEndpoint& endpoint, const ListQuestion& question) {
  HttpRequest request;
  request.url = base_url(endpoint) + (endpoint.in_path ? "?" : "/?");
  // In the order of the signature's canonical query.
  if (!question.continuation_token.empty())
    add_parameter(request.url, "continuation-token", question.continuation_token);
  if (!question.delimiter.empty()) add_parameter(request.url, "delimiter", question.delimiter);
  add_parameter(request.url, "encoding-type", "url");
  add_parameter(request.url, "list-type", "2");
  const unsigned most = std::clamp(question.max_keys, 1U, kMaxListedKeys);
  add_parameter(request.url, "max-keys", std::to_string(most));
  add_parameter(request.url, "prefix", question.prefix);
  if (question.continuation_token.empty() && !question.start_after.empty())
    add_parameter(request.url, "start-after", question.start_after);
  request.max_body = kMaxListingBytes;
  return request;
}

HttpRequest get_object(const BucketEndpoint& endpoint, const ObjectQuestion& question) {
  HttpRequest request;
  request.url = base_url(endpoint) + "/" + encode_key(question.key);
  request.headers.push_back({"Accept-Encoding", "identity"});
  request.keep_encoded = true;
  request.max_body = question.max_body != 0 ? question.max_body : kWholeObject;
  if (question.range) {
    const auto& [first, last] = *question.range;
    request.headers.push_back(
        {"Range", "bytes=" + std::to_string(first) + "-" + std::to_string(last)});
    if (question.max_body == 0) request.max_body = std::max(last - first + 1, kLeastBody);
  }
  if (!question.if_match.empty())
    request.headers.push_back({"If-Match", "\"" + question.if_match + "\""});
  return request;
}

Result<ObjectPiece> read_piece(const ObjectQuestion& question, const HttpResponse& response,
                               std::uint64_t body_bytes) {
  ObjectPiece piece;
  piece.etag = plain_etag(response.header("ETag").value_or(""));
  piece.last_modified =
      parse_http_date(response.header("Last-Modified").value_or("")).value_or(TimePoint{});
  if (!question.if_match.empty() && !piece.etag.empty() && piece.etag != question.if_match)
    return changed(question, piece.etag);
  if (response.status == 206) {
    const auto range = read_content_range(response.header("Content-Range").value_or(""));
    if (!range) return other_piece(question, "its Content-Range cannot be read");
    const std::string_view wrong = wrong_range(question, *range);
    if (!wrong.empty()) return other_piece(question, wrong);
    if (range->last - range->first + 1 != body_bytes)
      return other_piece(question, "its length is not the announced one");
    piece.first = range->first;
    piece.total = range->total;
    return piece;
  }
  if (response.status != 200) {
    return other_piece(question, "status " + std::to_string(response.status));
  }
  if (question.range && (question.range->first != 0 || body_bytes > question.range->last + 1))
    return other_piece(question, "the whole object in the place of a range");
  if (const auto announced = response.header("Content-Length")) {
    std::string_view text = *announced;
    std::uint64_t length = 0;
    if (take_number(text, length) && text.empty() && length != body_bytes)
      return other_piece(question, "its length is not the announced one");
  }
  piece.total = body_bytes;
  return piece;
}

std::string plain_etag(std::string_view header) {
  if (header.starts_with("W/")) header.remove_prefix(2);
  if (header.size() >= 2 && header.front() == '"' && header.back() == '"')
    header = header.substr(1, header.size() - 2);
  return std::string{header};
}

}  // namespace cistern::codec::aws
