#include "codec/aws/aws_error.hpp"

#include "base/bytes.hpp"
#include "codec/aws/endpoint.hpp"
#include "codec/aws/xml_reader.hpp"
#include "codec/json.hpp"
#include "codec/json_paths.hpp"
#include "codec/json_scan.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace cistern::codec::aws {
namespace {

constexpr std::size_t kMostErrorBytes = 64U << 10;
constexpr std::size_t kMostCode = 80;
constexpr std::size_t kMostMessage = 400;
constexpr std::size_t kMostCanonical = 4096;

std::string blank_trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string{text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1)};
}

/// What is shown of a text with lines: on one line, and without a session token, which the
/// canonical request repeats.
std::string one_line(std::string_view text) {
  constexpr std::string_view kToken = "x-amz-security-token:";
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const bool token = equal_ignoring_case(line.substr(0, kToken.size()), kToken);
    out.append(token ? kToken : line);
    if (end == std::string_view::npos) break;
    out += "\\n";
    text.remove_prefix(end + 1);
  }
  return excerpt(out, kMostCanonical);
}

/// A code goes into messages and is compared: one word, or nothing.
std::string word_of(std::string_view text) {
  const std::string trimmed = blank_trimmed(text);
  const bool word =
      trimmed.size() <= kMostCode && std::all_of(trimmed.begin(), trimmed.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return std::isalnum(byte) != 0 || c == '.' || c == '_' || c == '-';
      });
  return word ? trimmed : std::string{};
}

/// `com.amazonaws.sqs#QueueDoesNotExist:http://...` names `QueueDoesNotExist`.
std::string type_name(std::string_view text) {
  const auto hash = text.find('#');
  if (hash != std::string_view::npos) text.remove_prefix(hash + 1);
  return word_of(text.substr(0, text.find(':')));
}

/// S3 answers with <Error>; others put it into <ErrorResponse>, alone or inside <Errors>.
class ErrorReader final : public XmlListener {
 public:
  explicit ErrorReader(AwsError& error) : error_(error) {}

  std::string_view on_begin(std::string_view name, std::size_t depth) override {
    if (depth == 1 && name != "Error" && name != "ErrorResponse" && name != "Response")
      return "it is not an error";
    return {};
  }

  std::string_view on_end(std::string_view name, std::size_t /*depth*/,
                          std::string& text) override {
    if (name == "Code") error_.code = word_of(text);
    if (name == "Message") error_.message = excerpt(blank_trimmed(text), kMostMessage);
    if (name == "Region" && is_region(text)) error_.region = text;
    if (name == "RequestId" || name == "RequestID") error_.request_id = word_of(text);
    if (name == "ServerTime") error_.server_time = parse_time(text);
    if (name == "StringToSign") error_.string_to_sign = one_line(text);
    if (name == "CanonicalRequest") error_.canonical_request = one_line(text);
    return {};
  }

 private:
  AwsError& error_;
};

std::string text_at(std::string_view json, std::string_view path) {
  const std::string_view raw = find_json_path(json, path);
  if (raw.size() < 2 || raw.front() != '"') return {};
  std::string text;
  append_unescaped(text, raw.substr(1, raw.size() - 2));
  return text;
}

bool read_json_error(std::string_view body, AwsError& error) {
  JsonSplitter splitter;
  if (!splitter.why_invalid(body).empty()) return false;
  error.code = type_name(text_at(body, "__type"));
  std::string message = text_at(body, "message");
  if (message.empty()) message = text_at(body, "Message");
  error.message = excerpt(blank_trimmed(message), kMostMessage);
  return !error.code.empty();
}

bool read_xml_error(std::string_view body, AwsError& error) {
  AwsError read;
  ErrorReader reader{read};
  if (!read_xml(body, reader).empty() || read.code.empty()) return false;
  read.status = error.status;
  error = std::move(read);
  return true;
}

void read_body(std::string_view body, AwsError& error) {
  const auto first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || body.size() > kMostErrorBytes) return;
  const bool json = body[first] == '{';
  if (json ? read_json_error(body, error) : read_xml_error(body, error)) return;
  if (error.message.empty()) error.message = excerpt(blank_trimmed(body.substr(0, 1024)), 200);
}

void read_headers(const HttpResponse& response, AwsError& error) {
  if (error.region.empty()) {
    const std::string_view region = response.header("x-amz-bucket-region").value_or("");
    if (is_region(region)) error.region = std::string{region};
  }
  if (error.code.empty()) error.code = type_name(response.header("x-amzn-errortype").value_or(""));
  for (const std::string_view name : {"x-amz-request-id", "x-amzn-requestid"}) {
    const auto id = response.header(name);
    if (!id) continue;
    error.from_aws = true;
    if (error.request_id.empty()) error.request_id = word_of(*id);
  }
  if (!error.server_time) error.server_time = parse_http_date(response.header("Date").value_or(""));
  error.from_aws =
      error.from_aws || !error.code.empty() || response.header("Server").value_or("") == "AmazonS3";
}

}  // namespace

AwsError read_error(const HttpResponse& response) {
  AwsError error;
  error.status = response.status;
  read_body(response.body, error);
  read_headers(response, error);
  return error;
}

std::optional<Duration> clock_offset(const AwsError& error, TimePoint now) {
  if (!error.server_time) return std::nullopt;
  return *error.server_time - now;
}

}  // namespace cistern::codec::aws
