#include "connectors/cisco_duo/fake_vendor.hpp"

#include "connectors/cisco_duo/log_stream.hpp"
#include "connectors/cisco_duo/wire.hpp"

#include <algorithm>
#include <charconv>

namespace cistern::connectors::cisco_duo::test {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::int64_t number_of(const std::map<std::string, std::string>& query, const std::string& key) {
  const auto found = query.find(key);
  std::int64_t out = -1;
  if (found != query.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), out);
  }
  return out;
}

bool shown(const FakeRow& row, TimePoint now) {
  return (row.visible == TimePoint{} ? row.time + minutes{2} : row.visible) <= now;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out.push_back(static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16)));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string http_date(TimePoint time) {
  const auto second = std::chrono::floor<seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{second - day};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[std::chrono::weekday{day}.c_encoding()], unsigned{date.day()},
                kMonths[unsigned{date.month()} - 1], int{date.year()},
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

const LogStream& stream_of(std::string_view path) {
  for (const LogStream& stream : kLogStreams) {
    if (stream.path == path) return stream;
  }
  return kLogStreams.front();
}

std::string path_of(std::string_view stream) {
  return std::string{find_log_stream(stream)->path};
}

}  // namespace

HttpResponse answer(int status, std::string body, TimePoint server_now) {
  HttpResponse out;
  out.status = status;
  out.body = std::move(body);
  if (server_now != TimePoint{}) out.headers.push_back({"Date", http_date(server_now)});
  out.elapsed = milliseconds{400};
  return out;
}

std::string fail_body(int code, std::string_view message, std::string_view detail) {
  std::string out = R"({"stat":"FAIL","code":)" + std::to_string(code) + R"(,"message":")";
  out.append(message).append("\"");
  if (!detail.empty()) out.append(R"(,"message_detail":")").append(detail).append("\"");
  return out + "}";
}

std::pair<std::string, std::map<std::string, std::string>> parts_of(const std::string& url) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  const std::size_t query = std::min(url.find('?'), url.size());
  std::pair<std::string, std::map<std::string, std::string>> out;
  out.first = url.substr(path, query - path);
  std::string_view rest = std::string_view{url}.substr(std::min(query + 1, url.size()));
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    out.second[std::string{pair.substr(0, equals)}] = unescaped(pair.substr(equals + 1));
  }
  return out;
}

void FakeVendor::add(std::string_view stream, TimePoint time, const std::string& name) {
  const LogStream& log = *find_log_stream(stream);
  std::string json = "{\"" + std::string{log.id[0]} + "\":\"" + name + "\",\"";
  if (log.name == "trust_monitor") {
    json += R"(state":"new","surfaced_timestamp":)" + std::to_string(unix_milliseconds(time)) + "}";
  } else {
    json += std::string{log.time[0]} + "\":\"" + format_time(time) + "\"}";
  }
  rows[path_of(stream)].push_back({time, {}, std::move(json)});
}

void FakeVendor::add_plain(std::string_view stream, TimePoint time, const std::string& words) {
  rows[path_of(stream)].push_back(
      {time,
       {},
       R"({"action":")" + words + R"(","timestamp":)" + std::to_string(unix_seconds(time)) + "}"});
}

std::size_t FakeVendor::count(std::string_view stream) const {
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(),
                    [&](const Request& one) { return one.path == path_of(stream); }));
}

bool FakeVendor::over_the_limit(const std::string& path, TimePoint now) {
  auto& recent = recent_[path];
  while (!recent.empty() && recent.front() + minutes{1} <= now)
    recent.pop_front();
  if (recent.size() >= limit_per_minute) return true;
  recent.push_back(now);
  return false;
}

Answer FakeVendor::handle(const HttpRequest& request, TimePoint now) {
  const TimePoint server = now + skew;
  const TimePoint date = date_header ? server : TimePoint{};
  const auto [path, query] = parts_of(request.url);
  requests.push_back({now, path, query});
  if (fault) {
    if (auto special = fault(request, server)) return std::move(*special);
  }
  if (over_the_limit(path, now)) {
    ++refused_429;
    return answer(429, fail_body(42901, "Too Many Requests"), date);
  }
  const bool v1 = stream_of(path).paging == Paging::mintime;
  Answer out = v1 ? by_second(path, query, server) : paged(path, query, server);
  if (!date_header && out) out->headers.clear();
  return out;
}

Answer FakeVendor::paged(const std::string& path, const std::map<std::string, std::string>& query,
                         TimePoint now) {
  const LogStream& log = stream_of(path);
  const TimePoint from{milliseconds{number_of(query, "mintime")}};
  const TimePoint to{milliseconds{number_of(query, "maxtime")}};
  const bool trust = log.paging == Paging::offset;
  const auto invalid = [&](std::string_view why) {
    broken_rules.emplace_back(why);
    return answer(400, fail_body(40002, "Invalid request parameters", why), now);
  };
  if (to <= from) return invalid("'maxtime' must be strictly greater than 'mintime'");
  if (to - from > hours{24 * 180} || now - from > hours{24 * 180}) return invalid("180 days");
  if (to > now - seconds{120}) broken_rules.emplace_back("maxtime too near to the present");
  if (!trust && (!query.contains("sort") || query.at("sort") != "ts:asc")) {
    return invalid("newest first leads nowhere");
  }
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(number_of(query, "limit"), 1));
  const auto& all = rows[path];
  const auto before = [](const FakeRow& row, TimePoint time) { return row.time < time; };
  auto at = std::lower_bound(all.begin(), all.end(), from, before);
  const std::string key = trust ? "offset" : "next_offset";
  if (query.contains(key)) {
    const std::string& token = query.at(key);
    const std::size_t comma = token.find(',');
    const std::string index = comma == std::string::npos ? token : token.substr(comma + 1);
    at = all.begin() + std::stol(index);
  }
  std::string list;
  std::size_t given = 0;
  for (; at != all.end() && floor_to(at->time, milliseconds{1}) <= to && given < limit; ++at) {
    if (!shown(*at, now)) continue;
    list += (given++ == 0 ? "" : ",") + at->json;
  }
  const bool more = at != all.end() && floor_to(at->time, milliseconds{1}) <= to && shown(*at, now);
  std::string next = "null";
  if (more) {
    const std::string index = std::to_string(at - all.begin());
    const std::string ms = std::to_string(unix_milliseconds(at->time));
    next = trust                          ? index
           : log.name == "authentication" ? "[\"" + ms + "\",\"" + index + "\"]"
                                          : "\"" + ms + "," + index + "\"";
  }
  return answer(200,
                R"({"stat":"OK","response":{")" + std::string{log.list} + "\":[" + list +
                    R"(],"metadata":{"next_offset":)" + next + "}}}",
                now);
}

Answer FakeVendor::by_second(const std::string& path,
                             const std::map<std::string, std::string>& query, TimePoint now) {
  const TimePoint from{seconds{number_of(query, "mintime")}};
  const auto& all = rows[path];
  const auto before = [](const FakeRow& row, TimePoint time) { return row.time < time; };
  std::string list;
  std::size_t given = 0;
  for (auto at = std::lower_bound(all.begin(), all.end(), from, before);
       at != all.end() && given < 1000; ++at) {
    if (shown(*at, now)) list += (given++ == 0 ? "" : ",") + at->json;
  }
  return answer(200, R"({"stat":"OK","response":[)" + list + "]}", now);
}

}  // namespace cistern::connectors::cisco_duo::test
