#include "lab/aws/s3_listing.hpp"

#include "base/bytes.hpp"
#include "lab/aws/xml.hpp"
#include "lab/entra/crypto.hpp"

#include <charconv>

namespace cistern::lab {

namespace {

struct Question {
  std::string prefix;
  std::string delimiter;
  std::string start_after;
  std::string token;
  unsigned max_keys = 1000;
  bool encode = false;
};

// A token says behind which key to go on, for which prefix; opaque, and with the letters that a
// client forgets to encode.
std::string token_for(const std::string& key, const Question& question) {
  const auto check = sha256(question.prefix + "\n" + question.delimiter).substr(0, 6);
  auto token = base64_encode(check + key);
  while (token.size() % 4 != 0)
    token += '=';
  return "1/" + token;
}

std::optional<std::string> key_of(const std::string& token, const Question& question) {
  if (!token.starts_with("1/")) return std::nullopt;
  const auto bytes = base64_decode(std::string_view(token).substr(2));
  if (!bytes || bytes->size() < 6) return std::nullopt;
  auto key = bytes->substr(6);
  if (token_for(key, question) != token) return std::nullopt;
  return key;
}

std::string parameter(const Request& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return {};
}

std::optional<Question> question_of(const Request& request) {
  Question question;
  question.prefix = parameter(request, "prefix");
  question.delimiter = parameter(request, "delimiter");
  question.start_after = parameter(request, "start-after");
  question.token = parameter(request, "continuation-token");
  const auto encoding = parameter(request, "encoding-type");
  question.encode = encoding == "url";
  const auto most = parameter(request, "max-keys");
  if (!most.empty()) {
    const auto* const end = most.data() + most.size();
    const auto read = std::from_chars(most.data(), end, question.max_keys);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  }
  if (!encoding.empty() && !question.encode) return std::nullopt;
  return question;
}

struct Page {
  std::vector<S3Object> objects;
  std::vector<std::string> prefixes;
  std::string last;  // Where the next page goes on.
  bool truncated = false;
};

// What a key is folded into by the delimiter, or nothing.
std::optional<std::string> common_prefix(const std::string& key, const Question& question) {
  if (question.delimiter.empty()) return std::nullopt;
  const auto at = key.find(question.delimiter, question.prefix.size());
  if (at == std::string::npos) return std::nullopt;
  return key.substr(0, at + question.delimiter.size());
}

Page page_of(S3Bucket& bucket, const Question& question, std::string after, unsigned most) {
  Page page;
  while (true) {
    const auto key = bucket.next_key(after, question.prefix);
    if (!key) return page;
    if (page.objects.size() + page.prefixes.size() >= most) {
      page.truncated = most > 0;
      return page;
    }
    if (auto prefix = common_prefix(*key, question)) {
      after = *prefix + "\xF4\x8F\xBF\xBF";  // Behind all that the prefix stands for.
      page.prefixes.push_back(std::move(*prefix));
    } else {
      after = *key;
      if (auto object = bucket.describe(*key)) page.objects.push_back(std::move(*object));
    }
    page.last = after;
  }
}

std::string time_of(TimePoint time) {
  return format_time_seconds(time) + ".000Z";
}

std::string body_of(const S3BucketRules& bucket, const Question& question, const Page& page) {
  const auto named = [&](const std::string& text) {
    return question.encode ? aws_encode(text, true) : text;
  };
  std::string out(kXmlHead);
  out += "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  add_element(out, "Name", bucket.name);
  add_element(out, "Prefix", named(question.prefix));
  if (!question.delimiter.empty()) add_element(out, "Delimiter", named(question.delimiter));
  if (!question.start_after.empty()) add_element(out, "StartAfter", named(question.start_after));
  if (!question.token.empty()) add_element(out, "ContinuationToken", question.token);
  if (question.encode) add_element(out, "EncodingType", "url");
  add_element(out, "KeyCount", std::to_string(page.objects.size() + page.prefixes.size()));
  add_element(out, "MaxKeys", std::to_string(question.max_keys));
  add_element(out, "IsTruncated", page.truncated ? "true" : "false");
  if (page.truncated) add_element(out, "NextContinuationToken", token_for(page.last, question));
  for (const auto& object : page.objects) {
    out += "<Contents>";
    add_element(out, "Key", named(object.key));
    add_element(out, "LastModified", time_of(object.modified));
    add_element(out, "ETag", "\"" + object.etag + "\"");
    add_element(out, "Size", std::to_string(object.size));
    add_element(out, "StorageClass", "STANDARD");
    out += "</Contents>";
  }
  for (const auto& prefix : page.prefixes) {
    out += "<CommonPrefixes>";
    add_element(out, "Prefix", named(prefix));
    out += "</CommonPrefixes>";
  }
  return out + "</ListBucketResult>";
}

}  // namespace

Response s3_list(const Request& request, const S3BucketRules& bucket, const S3Settings& settings) {
  auto question = question_of(request);
  if (!question) return s3_error(request, "InvalidArgument");
  question->max_keys = std::min(question->max_keys, 1000U);
  auto after = question->start_after;
  if (!question->token.empty()) {
    const auto key = key_of(question->token, *question);
    if (!key) {
      return s3_error(request, "InvalidArgument",
                      {{"ArgumentName", "continuation-token"}, {"ArgumentValue", question->token}});
    }
    after = *key;
  }
  const auto page = page_of(*bucket.content, *question, std::move(after),
                            std::min(question->max_keys, settings.max_keys));
  auto response = text_response(200, body_of(bucket, *question, page), "application/xml");
  add_s3_headers(request, response);
  response.headers.push_back({"x-amz-bucket-region", bucket.region});
  return response;
}

}  // namespace cistern::lab
