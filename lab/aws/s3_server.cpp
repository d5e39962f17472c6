#include "lab/aws/s3_server.hpp"

#include "lab/aws/s3_listing.hpp"
#include "lab/aws/xml.hpp"

#include <algorithm>
#include <charconv>

namespace cistern::lab {

namespace {

struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

enum class RangeKind : std::uint8_t { none, good, unsatisfiable };

// One range of bytes; several, or what is none, are ignored as S3 does.
RangeKind range_of(std::string_view text, std::uint64_t size, Range& range) {
  constexpr std::string_view unit = "bytes=";
  const auto dash = text.find('-');
  if (!text.starts_with(unit) || dash == std::string_view::npos) return RangeKind::none;
  const auto first = number_in(text.substr(unit.size(), dash - unit.size()));
  const auto last = number_in(text.substr(dash + 1));
  if (first) {
    if (*first >= size) return RangeKind::unsatisfiable;
    range = {*first, std::min(last.value_or(size - 1), size - 1)};
    return range.first <= range.last ? RangeKind::good : RangeKind::none;
  }
  if (!last) return RangeKind::none;
  if (*last == 0 || size == 0) return RangeKind::unsatisfiable;
  range = {size - std::min(*last, size), size - 1};
  return RangeKind::good;
}

const S3BucketRules* find_bucket(const S3Context& context, std::string_view name) {
  const auto found = std::find_if(context.buckets.begin(), context.buckets.end(),
                                  [name](const S3BucketRules& one) { return one.name == name; });
  return found == context.buckets.end() ? nullptr : &*found;
}

std::string query_value(const Request& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return {};
}

// What the key pair is not allowed, whatever it asks for.
std::optional<Response> check_token(const Request& request, const S3Credentials& credentials) {
  const auto token = request.header("x-amz-security-token").value_or("");
  if (token != credentials.session_token) return s3_error(request, "InvalidToken");
  if (credentials.token_expired) return s3_error(request, "ExpiredToken");
  if (!credentials.refusal.empty()) return s3_error(request, credentials.refusal);
  return std::nullopt;
}

std::optional<Response> check_region(const Request& request, const S3BucketRules& bucket,
                                     const S3Settings& settings, const std::string& region) {
  if (region == bucket.region) return std::nullopt;
  const bool malformed = settings.wrong_region_malformed;
  const auto endpoint = bucket.name + ".s3." + bucket.region + ".amazonaws.com";
  auto response =
      malformed ? s3_error(request, "AuthorizationHeaderMalformed", {{"Region", bucket.region}})
                : s3_error(request, "PermanentRedirect",
                           {{"Endpoint", endpoint}, {"Bucket", bucket.name}});
  response.headers.push_back({"x-amz-bucket-region", bucket.region});
  return response;
}

// Of a Cisco-managed bucket: nothing but listing and reading below the customer's folder.
bool is_allowed(const Request& request, const S3BucketRules& bucket, const std::string& operation,
                const std::string& key) {
  if (bucket.only_below.empty()) return true;
  if (operation == "get" || operation == "head") return key.starts_with(bucket.only_below);
  return operation == "list" && query_value(request, "prefix").starts_with(bucket.only_below);
}

Response piece_of(const Request& request, const S3Body& body) {
  const auto& bytes = *body.bytes;
  Range range;
  const auto kind = range_of(request.header("Range").value_or(""), bytes.size(), range);
  if (kind == RangeKind::unsatisfiable) {
    return s3_error(request, "InvalidRange",
                    {{"RangeRequested", std::string(request.header("Range").value_or(""))},
                     {"ActualObjectSize", std::to_string(bytes.size())}});
  }
  Response response;
  response.content_type = "binary/octet-stream";
  response.body.text = body.bytes;
  if (kind == RangeKind::good) {
    response.status = 206;
    response.body.text = std::make_shared<const std::string>(
        bytes.substr(range.first, range.last - range.first + 1));
    response.headers.push_back({"Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                     std::to_string(range.last) + "/" +
                                                     std::to_string(bytes.size())});
  }
  return response;
}

Response get_object(const Request& request, const S3BucketRules& bucket, const std::string& key) {
  const auto body = bucket.content->read(key);
  if (!body) return s3_error(request, "NoSuchKey", {{"Key", key}});
  const auto wanted = request.header("If-Match");
  if (wanted && *wanted != "*" && *wanted != "\"" + body->object.etag + "\"" &&
      *wanted != body->object.etag) {
    return s3_error(request, "PreconditionFailed", {{"Condition", "If-Match"}});
  }
  auto response = piece_of(request, *body);
  if (response.status >= 300) return response;
  add_s3_headers(request, response);
  response.headers.push_back({"ETag", "\"" + body->object.etag + "\""});
  response.headers.push_back({"Last-Modified", http_date(body->object.modified)});
  response.headers.push_back({"Accept-Ranges", "bytes"});
  response.headers.push_back({"x-amz-server-side-encryption", "AES256"});
  if (!body->content_encoding.empty())
    response.headers.push_back({"Content-Encoding", body->content_encoding});
  return response;
}

Response location_of(const Request& request, const S3BucketRules& bucket, bool head) {
  std::string body;
  if (!head) {
    body = kXmlHead;
    body += "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
            xml_escape(bucket.region) + "</LocationConstraint>";
  }
  auto response = text_response(200, std::move(body), "application/xml");
  add_s3_headers(request, response);
  response.headers.push_back({"x-amz-bucket-region", bucket.region});
  return response;
}

}  // namespace

S3Place s3_place_of(const Request& request) {
  S3Place place;
  std::string_view host = request.base_url;
  host.remove_prefix(std::min(host.find("//") + 2, host.size()));
  host = host.substr(0, host.rfind(':'));
  auto path = std::string_view(request.path).substr(1);
  for (const std::string_view suffix : {".s3.localhost", ".localhost"}) {
    if (!host.ends_with(suffix) || host.size() == suffix.size() || host == "s3.localhost") continue;
    place.bucket = std::string(host.substr(0, host.size() - suffix.size()));
    place.key = std::string(path);
    place.virtual_hosted = true;
    return place;
  }
  const auto slash = path.find('/');
  place.bucket = std::string(path.substr(0, slash));
  if (slash != std::string_view::npos) place.key = std::string(path.substr(slash + 1));
  return place;
}

std::string s3_operation_of(const Request& request) {
  const auto place = s3_place_of(request);
  const bool get = request.method == "GET";
  if (place.bucket.empty() || (!get && request.method != "HEAD")) return "other";
  if (!place.key.empty()) return get ? "get" : "head";
  if (!get) return "head_bucket";
  for (const auto& [name, value] : request.query) {
    if (name == "location") return "location";
    if (name == "list-type") return value == "2" ? "list" : "other";
  }
  return "other";
}

Response s3_answer(const Request& request, const S3Context& context) {
  const auto& credentials = context.credentials;
  const auto check = check_signature(
      request, {"s3", true, context.now, [&](std::string_view id) -> std::optional<std::string> {
                  if (id != credentials.key_id) return std::nullopt;
                  return credentials.secret;
                }});
  if (check.fault != SignatureFault::none) return s3_signature_error(request, check, context.now);
  if (auto refused = check_token(request, credentials)) return std::move(*refused);
  const auto place = s3_place_of(request);
  const auto operation = s3_operation_of(request);
  if (place.bucket.empty()) return s3_error(request, "AccessDenied");
  const auto* const bucket = find_bucket(context, place.bucket);
  if (bucket == nullptr) {
    return s3_error(request, "NoSuchBucket", {{"BucketName", place.bucket}});
  }
  if (auto refused = check_region(request, *bucket, context.settings, check.claim.region))
    return std::move(*refused);
  if (!is_allowed(request, *bucket, operation, place.key)) return s3_error(request, "AccessDenied");
  if (operation == "list") return s3_list(request, *bucket, context.settings);
  if (operation == "get" || operation == "head") return get_object(request, *bucket, place.key);
  if (operation == "location" || operation == "head_bucket") {
    return location_of(request, *bucket, operation == "head_bucket");
  }
  // Writing, and the older form of listing: the key pairs of the lab may read only.
  return s3_error(request, "AccessDenied");
}

}  // namespace cistern::lab
