#include "connectors/crowdstrike_falcon/fake_vendor.hpp"

#include <algorithm>

namespace cistern::connectors::crowdstrike_falcon::test {
namespace {

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const HttpHeader& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

std::optional<std::string> query_value(const std::string& url, std::string_view name) {
  const std::string mark = std::string{name} + "=";
  for (const char separator : {'?', '&'}) {
    const auto at = url.find(separator + mark);
    if (at == std::string::npos) continue;
    const auto begin = at + 1 + mark.size();
    return url.substr(begin, url.find('&', begin) - begin);
  }
  return std::nullopt;
}

std::string between(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + before.size());
  return std::string{rest.substr(0, rest.find('?'))};
}

}  // namespace

HttpResponse reply(int status, std::string body) {
  HttpResponse out;
  out.status = status;
  out.headers = {{"Content-Type", "application/json"}, {"X-CS-TRACEID", "trace-1"}};
  out.body = std::move(body);
  return out;
}

HttpResponse refusal(int status, int code, std::string_view message) {
  return reply(status, R"({"meta":{"powered_by":"x","trace_id":"trace-2"},"errors":[{"code":)" +
                           std::to_string(code) + R"(,"message":")" + std::string{message} +
                           R"("}]})");
}

std::string event_line(std::uint64_t offset, TimePoint created, std::string_view type,
                       std::string_view customer) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(created.time_since_epoch()).count();
  return R"({"metadata":{"customerIDString":")" + std::string{customer} + R"(","offset":)" +
         std::to_string(offset) + R"(,"eventType":")" + std::string{type} +
         R"(","eventCreationTime":)" + std::to_string(milliseconds) +
         R"(,"version":"1.0"},"event":{"UserId":"ana@contoso.com","ProcessId":)" +
         R"(18446744073709551615}})";
}

HttpResponse FakeVendor::answer(const HttpRequest& request, TimePoint now, Duration token_age) {
  requests.push_back(request.method + " " + request.url);
  if (fault) {
    if (auto answer = fault(request)) return *answer;
  }
  if (token_age >= token_life) return refusal(401, 401, "access denied, invalid bearer token");
  if (request.url.find("/datafeed/v2?") != std::string::npos) return discovery(now);
  return refresh(request, now);
}

HttpResponse FakeVendor::discovery(TimePoint now) {
  std::string list;
  const bool locked = app_lock && !streams_.empty();
  for (const FakeFeed& feed : feeds) {
    if (locked || feed.connection != 0 || feed.free_at > now) continue;
    const std::string token = "session" + std::to_string(++tokens);
    sessions_[token] = feed.feed;
    list += (list.empty() ? "" : ",");
    list += R"({"dataFeedURL":"https://firehose.crowdstrike.com/sensors/entities/datafeed/v1/)" +
            feed.feed + R"(?appId=app1","sessionToken":{"token":")" + token +
            R"(","expiration":"2026-11-22T02:31:31.767185156Z"},"refreshActiveSessionURL":)" +
            R"("https://api.crowdstrike.com/sensors/entities/datafeed-actions/v1/)" +
            feed.partition + R"(?appId=app1&action_name=refresh_active_stream_session",)" +
            R"("refreshActiveSessionInterval":)" +
            std::to_string(refresh_interval / std::chrono::seconds{1}) + "}";
  }
  return reply(200, R"({"meta":{"trace_id":"t"},"errors":[],"resources":[)" + list + "]}");
}

HttpResponse FakeVendor::refresh(const HttpRequest& request, TimePoint now) {
  if (request.method != "POST" || header_of(request, "Content-Type") != "application/json") {
    return refusal(400, 400, "content type");
  }
  const std::string partition = between(request.url, "/datafeed-actions/v1/");
  for (auto& [id, stream] : streams_) {
    if (stream.feed->partition != partition) continue;
    stream.extended = now;
    return reply(200, R"({"meta":{"trace_id":"t"},"errors":null})");
  }
  return refusal(404, 404, "no such session");
}

FakeFeed* FakeVendor::feed_named(std::string_view name) {
  const auto found = std::find_if(feeds.begin(), feeds.end(),
                                  [&](const FakeFeed& feed) { return feed.feed == name; });
  return found == feeds.end() ? nullptr : &*found;
}

HttpResponse FakeVendor::open(std::uint64_t id, const HttpRequest& request, TimePoint now) {
  requests.push_back(request.method + " " + request.url);
  if (fault) {
    if (auto answer = fault(request)) return *answer;
  }
  const std::string authorization = header_of(request, "Authorization");
  const auto session = authorization.starts_with("Token ") ? sessions_.find(authorization.substr(6))
                                                           : sessions_.end();
  FakeFeed* const feed = feed_named(between(request.url, "/datafeed/v1/"));
  if (session == sessions_.end() || feed == nullptr || session->second != feed->feed) {
    return refusal(401, 401, "session");
  }
  sessions_.erase(session);
  const auto offset = query_value(request.url, "offset");
  const bool newest = query_value(request.url, "whence") == "2";
  if (offset && newest) return refusal(400, 400, "offset and whence");
  std::uint64_t from = feed->retained_from;
  if (offset && *offset != "0") {
    from = std::stoull(*offset) + (inclusive ? 0 : 1);
    if (std::stoull(*offset) < feed->retained_from) {
      return refusal(expired_status, expired_status, "offset no longer available");
    }
  }
  std::size_t next = 0;
  while (next < feed->events.size() &&
         (feed->events[next].offset < from || (newest && feed->events[next].at <= now)))
    ++next;
  feed->connection = id;
  streams_[id] = {.feed = feed, .next = next, .opened = now, .extended = now, .last_sent = now};
  return reply(200, "");
}

std::optional<std::string> FakeVendor::read(std::uint64_t id, TimePoint now) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return std::nullopt;
  FakeStream& stream = found->second;
  const bool over = now - stream.opened >= session_cap || now - stream.extended >= refresh_interval;
  if (over) {
    disconnect(id, now);
    return std::nullopt;
  }
  std::string out;
  const auto& events = stream.feed->events;
  for (; stream.next < events.size() && events[stream.next].at <= now; ++stream.next) {
    if (events[stream.next].offset < stream.feed->retained_from) continue;
    out += events[stream.next].line + "\r\n";
    stream.last_sent = now;
  }
  if (out.empty() && now - stream.last_sent >= keep_alive) {
    out = "\n";
    stream.last_sent = now;
  }
  return out;
}

void FakeVendor::disconnect(std::uint64_t id, TimePoint now) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  found->second.feed->connection = 0;
  found->second.feed->free_at = now + release;
  streams_.erase(found);
}

std::size_t FakeVendor::count(std::string_view part) const {
  return static_cast<std::size_t>(std::count_if(
      requests.begin(), requests.end(),
      [&](const std::string& request) { return request.find(part) != std::string::npos; }));
}

}  // namespace cistern::connectors::crowdstrike_falcon::test
