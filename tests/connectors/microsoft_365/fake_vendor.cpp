#include "connectors/microsoft_365/fake_vendor.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include <boost/json.hpp>

namespace cistern::connectors::microsoft_365::test {

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

std::string list_item(const std::string& type, const FakeBlob& blob) {
  return "{\"contentUri\":\"" + std::string(kManage) + "/api/v1.0/" + std::string(kTenant) +
         "/activity/feed/audit/" + blob.id + "\",\"contentId\":\"" + blob.id +
         "\",\"contentType\":\"" + type + "\",\"contentCreated\":\"" + format_time(blob.created) +
         "\"" +
         (blob.expires == TimePoint{}
              ? std::string{}
              : ",\"contentExpiration\":\"" + format_time(blob.expires) + "\"") +
         "}";
}

}  // namespace

std::map<std::string, std::string> query_of(const std::string& url) {
  std::map<std::string, std::string> out;
  std::size_t at = url.find('?');
  while (at != std::string::npos) {
    const std::size_t end = url.find('&', at + 1);
    const std::string pair = url.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    const std::size_t equals = pair.find('=');
    if (equals != std::string::npos) {
      out[lower_case(pair.substr(0, equals))] = pair.substr(equals + 1);
    }
    at = end;
  }
  return out;
}

HttpResponse answer(int status, std::string body, TimePoint server_now) {
  HttpResponse out;
  out.status = status;
  out.headers = {{"Content-Type", "application/json; charset=utf-8"},
                 {"Date", http_date(server_now)}};
  out.wire_bytes = body.size();
  out.body = std::move(body);
  return out;
}

std::string error_body(std::string_view code, std::string_view message) {
  return "{\"error\":{\"code\":\"" + std::string(code) + "\",\"message\":\"" +
         std::string(message) + "\"}}";
}

std::size_t FakeVendor::count(std::string_view part) const {
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(),
                    [&](const std::string& url) { return url.find(part) != std::string::npos; }));
}

Answer FakeVendor::handle(const HttpRequest& request, TimePoint now) {
  requests.push_back(request.url);
  const auto query = query_of(request.url);
  const bool is_login = request.url.find("openid-configuration") != std::string::npos;
  if (!is_login && !query.contains("publisheridentifier")) {
    broken_rules.push_back("no publisher: " + request.url);
  }
  if (fault) {
    if (auto scripted = fault(request, now)) return *scripted;
  }
  const TimePoint server = now + skew;
  const std::string path = request.url.substr(0, request.url.find('?'));
  if (is_login) {
    return answer(200, "{\"issuer\":\"https://sts.windows.net/" + std::string(kTenant) + "/\"}",
                  server);
  }
  if (path.ends_with("/subscriptions/list")) {
    std::string body;
    for (const auto& [type, state] : subscriptions) {
      if (list_lags) break;
      body += (body.empty() ? "" : ",") + subscription(type, state);
    }
    return answer(200, "[" + body + "]", server);
  }
  if (path.ends_with("/subscriptions/start")) {
    return start(query.at("contenttype"), request.body, server);
  }
  if (path.ends_with("/subscriptions/content")) return list(query, server);
  return blob(path.substr(path.rfind('/') + 1), server);
}

std::string FakeVendor::subscription(const std::string& type, const std::string& state) const {
  std::string webhook = "null";
  if (const auto found = webhooks.find(type); found != webhooks.end()) {
    const FakeWebhook& it = found->second;
    webhook = R"({"status":")" + it.status + R"(","address":")" + it.address + R"(","authId":")" +
              it.auth_id + R"(","expiration":")" + it.expiration + R"("})";
  }
  return R"({"contentType":")" + type + R"(","status":")" + state + R"(","webhook":)" + webhook +
         "}";
}

Answer FakeVendor::start(const std::string& type, const std::string& body, TimePoint now) {
  ++starts[type];
  if (!body.empty()) {
    const auto object = boost::json::parse(body).at("webhook").as_object();
    const auto text = [&](const char* name) { return std::string(object.at(name).as_string()); };
    if (!webhook_answers) return answer(400, error_body("AF20021", "did not return HTTP 200"), now);
    webhooks[type] = {text("address"), text("authId"), text("expiration"), "enabled"};
  } else if (subscriptions[type] == "enabled") {
    webhooks.erase(type);
    return answer(400, error_body("AF20024"), now);
  }
  subscriptions[type] = "enabled";
  return answer(200, subscription(type, "enabled"), now);
}

Answer FakeVendor::list(const std::map<std::string, std::string>& query, TimePoint now) {
  using std::chrono::hours;
  const std::string& type = query.at("contenttype");
  const auto found = subscriptions.find(type);
  if (found == subscriptions.end()) return answer(400, error_body("AF20022"), now);
  if (found->second != "enabled") return answer(400, error_body("AF20023"), now);
  const auto from = parse_time(query.at("starttime"));
  const auto to = parse_time(query.at("endtime"));
  const bool valid =
      from && to && *from < *to && *to - *from <= hours{24} && *from >= now - hours{24 * 7};
  if (!valid) {
    broken_rules.push_back("window " + query.at("starttime") + " to " + query.at("endtime"));
    return answer(400, error_body("AF20055"), now);
  }
  std::vector<const FakeBlob*> matching;
  for (const FakeBlob& blob : content[type]) {
    const TimePoint visible = blob.visible == TimePoint{} ? blob.created : blob.visible;
    if (blob.created >= *from && blob.created < *to && visible <= now) matching.push_back(&blob);
  }
  // The order within pages is not to be relied upon.
  std::reverse(matching.begin(), matching.end());
  const auto page = query.find("nextpage");
  const std::size_t first = page == query.end() ? 0 : std::stoul(page->second);
  std::string body;
  for (std::size_t i = first; i < std::min(first + page_size, matching.size()); ++i) {
    body += (body.empty() ? "" : ",") + list_item(type, *matching[i]);
    listed.insert(matching[i]->id);
  }
  HttpResponse out = answer(200, "[" + body + "]", now);
  if (first + page_size < matching.size()) {
    // As the vendor does: another version in the path, another case, no publisher.
    out.headers.push_back({"NextPageUri", std::string(kManage) + "/api/v1/" + std::string(kTenant) +
                                              "/activity/feed/subscriptions/content?contentType=" +
                                              type + "&startTime=" + query.at("starttime") +
                                              "&endtime=" + query.at("endtime") +
                                              "&nextPage=" + std::to_string(first + page_size)});
  }
  return out;
}

Answer FakeVendor::blob(const std::string& id, TimePoint now) {
  for (const auto& [type, blobs] : content) {
    for (const FakeBlob& blob : blobs) {
      if (blob.id != id) continue;
      if (blob.expires != TimePoint{} && now > blob.expires) {
        return answer(400, error_body("AF20051"), now);
      }
      if (!blob.body.empty()) return answer(200, blob.body, now);
      std::string body;
      for (const std::string& record : blob.records) {
        body += (body.empty() ? "" : ",\r\n ") + ("{\"Id\": \"" + record) +
                "\",\"OrganizationId\":\"" + std::string(kTenant) + "\",\"CreationTime\":\"" +
                format_time_seconds(blob.created) + "\",\"Operation\":\"FileAccessed\"}";
      }
      return answer(200, "[" + body + "]", now);
    }
  }
  return answer(404, error_body("AF20050"), now);
}

}  // namespace cistern::connectors::microsoft_365::test
