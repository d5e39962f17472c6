#include "codec/aws/endpoint.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace cistern::codec::aws {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

/// What follows the origin of a URL that url_origin() has accepted.
std::string_view path_of(std::string_view url) {
  const auto start = url.find_first_of("/?#", url.find("://") + 3);
  return start == std::string_view::npos ? std::string_view{} : url.substr(start);
}

std::string_view host_of(std::string_view origin) {
  std::string_view host = origin.substr(origin.find("://") + 3);
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

/// A bucket cannot stand before an address.
bool is_address(std::string_view host) {
  return host.starts_with('[') ||
         std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

std::string with_bucket(std::string_view origin, std::string_view bucket) {
  const std::size_t host = origin.find("://") + 3;
  std::string out{origin.substr(0, host)};
  out.append(bucket).append(".").append(origin.substr(host));
  return out;
}

std::string aws_origin(std::string_view region) {
  std::string origin = "https://s3.";
  origin.append(region).append(".").append(aws_domain(region));
  return origin;
}

tl::unexpected<Failure> not_a_region(std::string_view region) {
  return fail_stop("aws/region",
                   region.empty() ? std::string{"no region is given, and none can be derived"}
                                  : "\"" + excerpt(region, 40) + "\" is not the name of a region",
                   "set `region` to the region's code, such as eu-west-1");
}

Status check_names(std::string_view bucket, std::string_view region) {
  if (!is_bucket_name(bucket)) {
    return fail_stop("aws/bucket", "\"" + excerpt(bucket, 80) + "\" cannot be the name of a bucket",
                     "set `bucket` to the name alone, without s3://, folder or blanks");
  }
  if (!is_region(region)) return not_a_region(region);
  return {};
}

tl::unexpected<Failure> not_virtual(std::string_view bucket, std::string_view why) {
  return fail_stop(
      "aws/addressing",
      "the bucket \"" + excerpt(bucket, 80) + "\" cannot stand in a host name: " + std::string{why},
      "set `addressing: path`, or leave it out");
}

std::vector<std::string_view> labels_of(std::string_view host) {
  std::vector<std::string_view> labels;
  while (!host.empty()) {
    const auto dot = host.find('.');
    labels.push_back(host.substr(0, dot));
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  return labels;
}

bool is_aws_host(std::string_view host) {
  return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") ||
         host.ends_with(".amazonaws.eu");
}

}  // namespace

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || is_digit(c) || c == '-';
  });
}

bool is_bucket_name(std::string_view text) {
  if (text.size() < 3 || text.size() > 63) return false;
  if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

bool fits_host_label(std::string_view bucket) {
  return is_bucket_name(bucket) && std::all_of(bucket.begin(), bucket.end(), [](char c) {
           return is_lower(c) || is_digit(c) || c == '-';
         });
}

std::string_view aws_domain(std::string_view region) {
  if (region.starts_with("cn-")) return "amazonaws.com.cn";
  if (region.starts_with("eusc-")) return "amazonaws.eu";
  return "amazonaws.com";
}

Result<BucketEndpoint> aws_bucket(std::string_view bucket, std::string_view region,
                                  Addressing addressing) {
  if (Status names = check_names(bucket, region); !names) return fail(std::move(names).error());
  const bool fits = fits_host_label(bucket);
  if (addressing == Addressing::virtual_hosted && !fits) {
    return not_virtual(bucket,
                       "no certificate of AWS covers a name with a dot, and upper-case letters and "
                       "underscores are not allowed there");
  }
  const bool in_path = addressing == Addressing::path || !fits;
  const std::string origin = aws_origin(region);
  return BucketEndpoint{.bucket = std::string{bucket},
                        .region = std::string{region},
                        .origin = in_path ? origin : with_bucket(origin, bucket),
                        .in_path = in_path,
                        .aws = true};
}

Result<BucketEndpoint> compatible_bucket(std::string_view bucket, std::string_view endpoint,
                                         std::string_view region, Addressing addressing) {
  if (Status names = check_names(bucket, region); !names) return fail(std::move(names).error());
  const std::optional<std::string> origin = url_origin(endpoint);
  if (!origin || (!path_of(endpoint).empty() && path_of(endpoint) != "/")) {
    return fail_stop("aws/endpoint",
                     "the endpoint is not of the form https://host or https://host:port",
                     "write it so, without path and user name; the bucket's name goes into "
                     "`bucket`");
  }
  const bool in_path = addressing != Addressing::virtual_hosted;
  if (!in_path && !fits_host_label(bucket))
    return not_virtual(bucket, "only lower-case letters, digits and hyphens are allowed there");
  if (!in_path && is_address(host_of(*origin)))
    return not_virtual(bucket, "the endpoint is an address and not a name");
  return BucketEndpoint{.bucket = std::string{bucket},
                        .region = std::string{region},
                        .origin = in_path ? *origin : with_bucket(*origin, bucket),
                        .in_path = in_path,
                        .aws = false};
}

std::optional<BucketEndpoint> in_region(const BucketEndpoint& endpoint, std::string_view region) {
  if (!is_region(region) || region == endpoint.region) return std::nullopt;
  BucketEndpoint moved = endpoint;
  moved.region = std::string{region};
  if (moved.aws) {
    const std::string origin = aws_origin(region);
    moved.origin = moved.in_path ? origin : with_bucket(origin, moved.bucket);
  }
  return moved;
}

std::optional<std::string> region_of_queue(std::string_view url) {
  const std::optional<std::string> origin = url_origin(url);
  if (!origin || !is_aws_host(host_of(*origin))) return std::nullopt;
  const std::vector<std::string_view> labels = labels_of(host_of(*origin));
  if (labels.front() == "queue") return "us-east-1";
  for (std::size_t i = 0; i + 1 < labels.size(); ++i) {
    const bool leads = labels[i] == "sqs" || labels[i] == "sqs-fips";
    if (leads && is_region(labels[i + 1])) return std::string{labels[i + 1]};
    if (labels[i + 1] == "queue" && is_region(labels[i])) return std::string{labels[i]};
  }
  return std::nullopt;
}

Result<QueueEndpoint> queue_endpoint(std::string_view url, std::string_view region) {
  const std::optional<std::string> origin = url_origin(url);
  const std::string_view path = origin ? path_of(url) : std::string_view{};
  if (path.size() < 2 || path.front() != '/' || path.find_first_of("?#") != path.npos) {
    return fail_stop("aws/queue-url",
                     "the queue's URL is not of the form https://host/account/name",
                     "copy it from the SQS console: the queue's details, field URL");
  }
  const std::optional<std::string> own = region_of_queue(url);
  if (own && !region.empty() && *own != region) {
    return fail_stop(
        "aws/region",
        "the queue is in " + *own + ", and the region given for it is " + excerpt(region, 40),
        "leave the queue's region out: its URL tells it");
  }
  const std::string chosen = own.value_or(std::string{region});
  if (!is_region(chosen)) return not_a_region(chosen);
  return QueueEndpoint{.url = std::string{url}, .origin = *origin, .region = chosen};
}

}  // namespace cistern::codec::aws
