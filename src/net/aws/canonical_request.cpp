#include "net/aws/canonical_request.hpp"

#include "base/bytes.hpp"
#include "codec/aws/uri.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace cistern::net {
namespace {

using codec::aws::encode_key;
using codec::aws::percent_decode;

/// Proxies change or drop these, and libcurl adds some of them later.
constexpr std::array<std::string_view, 14> kUnsigned = {"authorization",
                                                        "accept",
                                                        "accept-encoding",
                                                        "connection",
                                                        "content-length",
                                                        "expect",
                                                        "proxy-authorization",
                                                        "te",
                                                        "trailer",
                                                        "transfer-encoding",
                                                        "upgrade",
                                                        "user-agent",
                                                        "via",
                                                        "x-amzn-trace-id"};

tl::unexpected<Failure> unsignable(std::string_view what) {
  return fail_stop("aws/unsignable", "a request cannot be signed: " + std::string{what},
                   "check the endpoint and the credential for characters that do not belong there; "
                   "otherwise report this as a fault");
}

struct UrlParts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
  std::string_view query;
};

UrlParts split_url(std::string_view url) {
  UrlParts parts;
  url = url.substr(0, url.find('#'));
  const auto colon = url.find("://");
  parts.scheme = url.substr(0, colon);
  url.remove_prefix(colon + 3);
  const auto question = url.find('?');
  if (question != std::string_view::npos) {
    parts.query = url.substr(question + 1);
    url = url.substr(0, question);
  }
  const auto slash = url.find('/');
  parts.authority = url.substr(0, slash);
  if (slash != std::string_view::npos) parts.path = url.substr(slash);
  return parts;
}

/// As libcurl writes the Host header.
std::string host_header(const UrlParts& parts) {
  std::string_view host = parts.authority;
  const std::string_view own = equal_ignoring_case(parts.scheme, "https") ? ":443" : ":80";
  if (host.ends_with(own)) host.remove_suffix(own.size());
  return std::string{host};
}

/// Without blanks around it, runs of blanks as one.
std::string canonical_value(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

/// Dot segments resolved and runs of slashes as one.
std::string normalised(std::string_view path) {
  std::vector<std::string_view> segments;
  const bool ends_open = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  std::string out;
  for (const std::string_view segment : segments)
    out.append("/").append(segment);
  if (out.empty() || ends_open) out += '/';
  return out;
}

/// Escapes that are none stay as they stand and are encoded themselves.
std::string decoded(std::string_view text) {
  return percent_decode(text).value_or(std::string{text});
}

using HeaderMap = std::map<std::string, std::string>;

Result<HeaderMap> signed_headers(const HttpRequest& request, const UrlParts& parts) {
  HeaderMap headers{{"host", host_header(parts)}};
  for (const HttpHeader& header : request.headers) {
    std::string name = lower_case(header.name);
    if (std::find(kUnsigned.begin(), kUnsigned.end(), name) != kUnsigned.end()) continue;
    if (name == "host") return unsignable("it names a host of its own");
    if (name.empty() || has_control_character(name) || has_control_character(header.value))
      return unsignable("the header " + excerpt(name, 40) + " holds a control character");
    const auto [found, fresh] = headers.try_emplace(std::move(name), canonical_value(header.value));
    if (!fresh) found->second.append(",").append(canonical_value(header.value));
  }
  return headers;
}

}  // namespace

std::string canonical_path(std::string_view path, std::string_view service) {
  if (path.empty()) return "/";
  if (service == "s3") return encode_key(decoded(path));
  return encode_key(normalised(path));
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view one = query.substr(0, end);
    const auto equals = one.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : one.substr(equals + 1);
    if (!one.empty())
      parameters.emplace_back(percent_encode(decoded(one.substr(0, equals))),
                              percent_encode(decoded(value)));
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

Result<CanonicalRequest> canonical_request(const HttpRequest& request, std::string_view service,
                                           std::string_view payload_hash) {
  if (!url_origin(request.url)) return unsignable("its address is no absolute http or https URL");
  const UrlParts parts = split_url(request.url);
  const Result<HeaderMap> headers = signed_headers(request, parts);
  if (!headers) return fail(headers.error());

  CanonicalRequest canonical;
  std::string& text = canonical.text;
  text.append(request.method).append("\n");
  text.append(canonical_path(parts.path, service)).append("\n");
  text.append(canonical_query(parts.query)).append("\n");
  for (const auto& [name, value] : *headers) {
    text.append(name).append(":").append(value).append("\n");
    if (!canonical.signed_headers.empty()) canonical.signed_headers += ';';
    canonical.signed_headers += name;
  }
  text.append("\n").append(canonical.signed_headers).append("\n").append(payload_hash);
  return canonical;
}

}  // namespace cistern::net
