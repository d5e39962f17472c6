#include "connectors/cisco_umbrella/fake_bucket.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include <boost/json.hpp>

namespace cistern::connectors::cisco_umbrella::test {

namespace {

std::string http_date(TimePoint time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = text[at] == '%' ? hex_decode(text.substr(at + 1, 2)) : std::nullopt;
    if (!byte) {
      out += text[at];
      continue;
    }
    out += *byte;
    at += 2;
  }
  return out;
}

std::map<std::string, std::string> query_of(std::string_view url) {
  std::map<std::string, std::string> out;
  const std::size_t mark = url.find('?');
  if (mark == std::string_view::npos) return out;
  url.remove_prefix(mark + 1);
  while (!url.empty()) {
    const std::string_view pair = url.substr(0, url.find('&'));
    url.remove_prefix(std::min(pair.size() + 1, url.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    out[decoded(pair.substr(0, equals))] = decoded(pair.substr(std::min(equals + 1, pair.size())));
  }
  return out;
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const HttpHeader& header : request.headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

std::string text_or(const std::map<std::string, std::string>& query, const std::string& name) {
  const auto found = query.find(name);
  return found == query.end() ? std::string{} : found->second;
}

}  // namespace

HttpResponse answer(int status, std::string body, TimePoint server_now) {
  HttpResponse out;
  out.status = status;
  out.headers = {{"Date", http_date(server_now)}, {"x-amz-request-id", "C3D1"}};
  out.wire_bytes = body.size();
  out.body = std::move(body);
  return out;
}

Answer refusal(int status, std::string_view code, TimePoint server_now, std::string_view more) {
  HttpResponse out = answer(status,
                            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" +
                                std::string{code} + "</Code><Message>refused</Message>" +
                                std::string{more} + "<RequestId>C3D1</RequestId></Error>",
                            server_now);
  out.headers.push_back({"Content-Type", "application/xml"});
  return out;
}

std::string created(const std::string& bucket, const std::vector<std::string>& keys) {
  std::string records;
  for (const std::string& key : keys) {
    records += std::string{records.empty() ? "" : ","} +
               R"({"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1",)"
               R"("eventTime":"2026-01-05T08:41:09.120Z","eventName":"ObjectCreated:Put",)"
               R"("s3":{"bucket":{"name":")" +
               bucket + R"("},"object":{"key":")" + key + R"("}}})";
  }
  return R"({"Records":[)" + records + "]}";
}

void FakeBucket::put(const std::string& key, std::string body, TimePoint uploaded) {
  objects[key] = {std::move(body), "e" + std::to_string(++versions_), uploaded};
}

std::size_t FakeBucket::count(std::string_view part) const {
  return static_cast<std::size_t>(std::count_if(
      requests.begin(), requests.end(),
      [&](const std::string& request) { return request.find(part) != std::string::npos; }));
}

Answer FakeBucket::handle(const HttpRequest& request, TimePoint now) {
  const TimePoint server = now + skew;
  if (!header_of(request, "X-Amz-Target").empty()) {
    requests.push_back("SQS " + header_of(request, "X-Amz-Target"));
    if (fault) {
      if (auto scripted = fault(request, server)) return *scripted;
    }
    return queue(request, server);
  }
  const std::size_t host = request.url.find("://") + 3;
  const std::size_t slash = std::min(request.url.find('/', host), request.url.size());
  std::string path =
      request.url.substr(slash, std::min(request.url.find('?'), request.url.size()) - slash);
  if (path.starts_with("/")) path.erase(0, 1);
  if (path.starts_with(bucket)) path.erase(0, bucket.size());
  if (path.starts_with("/")) path.erase(0, 1);
  const auto query = query_of(request.url);
  const std::string key = decoded(path);
  if (key.empty()) {
    requests.push_back("LIST " + text_or(query, "prefix") + " after " +
                       text_or(query, "start-after") + " token " +
                       text_or(query, "continuation-token"));
  } else {
    requests.push_back("GET " + key + " " + header_of(request, "Range"));
  }
  if (fault) {
    if (auto scripted = fault(request, server)) return *scripted;
  }
  return key.empty() ? list(query, server) : get(request, key, server);
}

Answer FakeBucket::list(const std::map<std::string, std::string>& query, TimePoint now) {
  const std::string prefix = text_or(query, "prefix");
  if (!prefix.starts_with(required_prefix)) {
    broken_rules.push_back("listed outside: " + prefix);
    return refusal(403, "AccessDenied", now);
  }
  if (text_or(query, "list-type") != "2") broken_rules.push_back("not ListObjectsV2");
  ++pages;
  const std::string token = text_or(query, "continuation-token");
  const std::string after = token.empty() ? text_or(query, "start-after") : token.substr(2);
  const bool folders = text_or(query, "delimiter") == "/";
  std::string contents;
  std::set<std::string> prefixes;
  std::string last;
  std::size_t listed = 0;
  bool more = false;
  for (auto it = objects.upper_bound(std::max(after, prefix)); it != objects.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    if (it->second.uploaded > now) continue;
    if (folders) {
      const std::size_t end = it->first.find('/', prefix.size());
      if (end != std::string::npos) prefixes.insert(it->first.substr(0, end + 1));
      continue;
    }
    if (listed == page_size) {
      more = true;
      break;
    }
    ++listed;
    last = it->first;
    contents += "<Contents><Key>" + it->first + "</Key><LastModified>" +
                format_time_seconds(it->second.uploaded) + ".000Z</LastModified><ETag>&quot;" +
                it->second.etag + "&quot;</ETag><Size>" + std::to_string(it->second.body.size()) +
                "</Size><StorageClass>STANDARD</StorageClass></Contents>";
  }
  for (const std::string& one : prefixes)
    contents += "<CommonPrefixes><Prefix>" + one + "</Prefix></CommonPrefixes>";
  return answer(200,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
                "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>" +
                    bucket + "</Name><Prefix>" + prefix + "</Prefix><KeyCount>" +
                    std::to_string(listed + prefixes.size()) +
                    "</KeyCount><MaxKeys>1000</MaxKeys>" + "<IsTruncated>" +
                    (more ? "true" : "false") + "</IsTruncated>" +
                    (more ? "<NextContinuationToken>t/" + last + "</NextContinuationToken>" : "") +
                    contents + "</ListBucketResult>",
                now);
}

Answer FakeBucket::get(const HttpRequest& request, const std::string& key, TimePoint now) {
  const auto found = objects.find(key);
  if (found == objects.end() || found->second.uploaded > now) return refusal(404, "NoSuchKey", now);
  const FakeObject& object = found->second;
  const std::string wanted = header_of(request, "If-Match");
  if (!wanted.empty() && wanted != "\"" + object.etag + "\"") {
    return refusal(412, "PreconditionFailed", now);
  }
  const std::string range = header_of(request, "Range");
  const std::string etag = "\"" + object.etag + "\"";
  if (range.empty()) {
    HttpResponse out = answer(200, object.body, now);
    out.headers.push_back({"ETag", etag});
    out.headers.push_back({"Content-Length", std::to_string(object.body.size())});
    return out;
  }
  unsigned long long first = 0;
  unsigned long long last = 0;
  std::sscanf(range.c_str(), "bytes=%llu-%llu", &first, &last);
  if (first >= object.body.size()) return refusal(416, "InvalidRange", now);
  last = std::min<unsigned long long>(last, object.body.size() - 1);
  HttpResponse out = answer(206, object.body.substr(first, last - first + 1), now);
  out.headers.push_back({"ETag", etag});
  out.headers.push_back({"Content-Length", std::to_string(last - first + 1)});
  out.headers.push_back({"Content-Range", "bytes " + std::to_string(first) + "-" +
                                              std::to_string(last) + "/" +
                                              std::to_string(object.body.size())});
  return out;
}

Answer FakeBucket::queue(const HttpRequest& request, TimePoint now) {
  namespace json = boost::json;
  const std::string target = header_of(request, "X-Amz-Target");
  const json::object asked = json::parse(request.body).as_object();
  json::object out;
  if (target == "AmazonSQS.ReceiveMessage") {
    json::array list;
    for (auto& [receipt, message] : messages) {
      if (message.visible > now || list.size() >= 10) continue;
      message.visible = now + std::chrono::seconds{asked.at("VisibilityTimeout").to_number<int>()};
      ++message.receives;
      list.push_back(
          {{"MessageId", "m-" + receipt},
           {"ReceiptHandle", receipt},
           {"Body", message.body},
           {"Attributes", {{"ApproximateReceiveCount", std::to_string(message.receives)}}}});
    }
    if (!list.empty()) out["Messages"] = std::move(list);
  } else {
    json::array done;
    for (const auto& entry : asked.at("Entries").as_array()) {
      const std::string receipt{entry.at("ReceiptHandle").as_string()};
      if (target == "AmazonSQS.DeleteMessageBatch") {
        messages.erase(receipt);
      } else if (messages.contains(receipt)) {
        messages[receipt].visible =
            now + std::chrono::seconds{entry.at("VisibilityTimeout").to_number<int>()};
      }
      done.emplace_back(json::object{{"Id", entry.at("Id")}});
    }
    out["Successful"] = std::move(done);
    out["Failed"] = json::array{};
  }
  return answer(200, json::serialize(out), now);
}

}  // namespace cistern::connectors::cisco_umbrella::test
