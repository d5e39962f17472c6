#include "base/bytes.hpp"
#include "codec/compress.hpp"
#include "net/http_client.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::net {
namespace {

// Nobody compresses three times; a longer list is an attempt to make us work.
constexpr std::size_t kMostEncodings = 2;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The encodings in the order in which they were applied, identity left out.
std::vector<std::string> encodings_of(const HttpResponse& response) {
  std::vector<std::string> names;
  for (const HttpHeader& header : response.headers) {
    if (!equal_ignoring_case(header.name, "Content-Encoding")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      std::string name = lower_case(trim(rest.substr(0, comma)));
      if (!name.empty() && name != "identity") names.push_back(std::move(name));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return names;
}

Result<std::string> decode_once(const std::string& encoding, std::string_view body,
                                std::uint64_t max) {
  if (encoding == "gzip" || encoding == "x-gzip") return codec::gunzip(body, max);
  if (encoding == "deflate") return codec::inflate_deflate(body, max);
  return fail_retry(
      "net/encoding",
      "the answer has Content-Encoding \"" + excerpt(encoding, 40) + "\", which was not asked for",
      "look for a proxy or gateway on the way that compresses answers by itself");
}

/// The bytes came over a network, so another attempt may bring better ones; a size will not shrink.
Failure as_net_failure(Failure failure) {
  if (failure.code == "codec/too-large") {
    failure.verdict = Verdict::stop;
    failure.code = "net/too-large";
    failure.cause = "the answer's " + failure.cause;
  } else if (failure.code == "codec/damaged") {
    failure.verdict = Verdict::retry;
    failure.code = "net/encoding";
    failure.cause = "the answer's compression is damaged: " + failure.cause;
    failure.next_step =
        "nothing, if a later attempt succeeds; otherwise look for a proxy that alters answers";
  }
  return failure;
}

}  // namespace

Result<std::string> decode_body(const HttpResponse& response, std::uint64_t max) {
  if (response.body.empty()) return std::string{};
  std::vector<std::string> encodings = encodings_of(response);
  if (encodings.size() > kMostEncodings) {
    return fail_retry(
        "net/encoding",
        "the answer is compressed " + std::to_string(encodings.size()) + " times over",
        "look for a proxy or gateway on the way that compresses answers by itself");
  }
  if (encodings.empty() && response.body.size() > max) {
    return fail_stop("net/too-large",
                     "the answer's body exceeds the limit of " + std::to_string(max) + " bytes",
                     "raise the size limit if answers this large are expected from this source");
  }
  std::string body;
  std::string_view bytes = response.body;
  for (; !encodings.empty(); encodings.pop_back()) {
    Result<std::string> decoded = decode_once(encodings.back(), bytes, max);
    if (!decoded) return fail(as_net_failure(std::move(decoded).error()));
    body = std::move(*decoded);
    bytes = body;
  }
  if (bytes.data() != body.data()) body.assign(bytes);
  return body;
}

}  // namespace cistern::net
