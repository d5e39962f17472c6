#include "connectors/cisco_secure_endpoint/fake_vendor.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace cistern::connectors::cisco_secure_endpoint::test {

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

HttpResponse answer(int status, std::string body, TimePoint server_now) {
  HttpResponse out;
  out.status = status;
  out.headers = {{"Content-Type", "application/json"}, {"Date", http_date(server_now)}};
  out.body = std::move(body);
  return out;
}

std::string error_body(int status, std::string_view description, std::string_view details) {
  return R"({"version":"v1.2.0","data":{},"errors":[{"error_code":)" + std::to_string(status) +
         R"(,"description":")" + std::string{description} + R"(","details":[")" +
         std::string{details} + R"("]}]})";
}

std::string event_json(std::optional<std::uint64_t> id, TimePoint time, std::string_view type,
                       std::string_view more) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  std::string out = "{";
  if (id) out += "\"id\":" + std::to_string(*id) + ",";
  out += "\"timestamp\":" + std::to_string(unix_seconds(time)) +
         ",\"timestamp_nanoseconds\":" + std::to_string((time - seconds).count()) + ",\"date\":\"" +
         format_time_seconds(time) +
         "+00:00\",\"event_type\":\"Threat Detected\",\"event_type_id\":" + std::string{type} +
         R"(,"connector_guid":"0b4883d4-0000-4404-9453-13cba0ee7662","computer":{"active":true})";
  return out + std::string{more} + "}";
}

std::string audit_json(TimePoint time, std::string_view event, std::string_view user) {
  return R"({"event":")" + std::string{event} +
         R"(","audit_log_type":"User","audit_log_id":"6c3c2005","audit_log_user":")" +
         std::string{user} + R"(","created_at":")" + format_time_seconds(time) +
         R"(Z","old_attributes":null,"new_attributes":null})";
}

std::map<std::string, std::string> query_of(const std::string& url) {
  const auto decode = [](std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '%' && at + 2 < text.size()) {
        out.push_back(
            static_cast<char>(std::stoi(std::string{text.substr(at + 1, 2)}, nullptr, 16)));
        at += 2;
      } else {
        // A plus that is not encoded is a blank.
        out.push_back(text[at] == '+' ? ' ' : text[at]);
      }
    }
    return out;
  };
  std::map<std::string, std::string> out;
  std::size_t at = url.find('?');
  while (at != std::string::npos) {
    const std::size_t end = url.find('&', at + 1);
    const std::string pair = url.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    const std::size_t equals = pair.find('=');
    if (equals != std::string::npos)
      out[decode(pair.substr(0, equals))] = decode(pair.substr(equals + 1));
    at = end;
  }
  return out;
}

std::size_t FakeVendor::count(std::string_view part) const {
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(),
                    [&](const std::string& url) { return url.find(part) != std::string::npos; }));
}

Answer FakeVendor::handle(const HttpRequest& request, TimePoint now) {
  requests.push_back(request.url);
  if (fault) {
    if (auto scripted = fault(request, now)) return *scripted;
  }
  const TimePoint server = now + skew;
  const std::string path = request.url.substr(0, request.url.find('?'));
  const auto query = query_of(request.url);
  if (budget > 0) --budget;
  Answer out = answer(404, error_body(404, "Not found", path), server);
  if (!path.starts_with(kApi)) broken_rules.push_back("another host: " + path);
  if (path.ends_with("/v1/version")) out = answer(200, R"({"version":"v1.2.0","data":{}})", server);
  if (path.ends_with("/v1/events")) out = page(events, path, query, server);
  if (path.ends_with("/v1/audit_logs")) out = page(audit, path, query, server);
  if (path.ends_with("/v1/event_types")) {
    std::string data;
    for (const std::string& type : types)
      data += (data.empty() ? "" : ",") + (R"({"id":)" + type + R"(,"name":"x"})");
    out = answer(200, R"({"version":"v1.2.0","data":[)" + data + "]}", server);
  }
  for (HttpHeader header : headers) {
    const std::size_t at = header.value.find('$');
    if (at != std::string::npos) header.value.replace(at, 1, std::to_string(budget));
    out->headers.push_back(std::move(header));
  }
  return out;
}

Answer FakeVendor::page(const std::vector<FakeRecord>& records, const std::string& path,
                        const std::map<std::string, std::string>& query, TimePoint now) {
  const bool logs = path.ends_with("audit_logs");
  const auto text = [&](const char* name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string{} : found->second;
  };
  const auto from = parse_time(text(logs ? "start_time" : "start_date"));
  const auto to = logs ? parse_time(text("end_time")) : TimePoint::max();
  const std::size_t limit = text("limit").empty() ? 500 : std::stoul(text("limit"));
  const std::size_t offset = text("offset").empty() ? 0 : std::stoul(text("offset"));
  if (!from || !to || limit > 500 || limit == 0) {
    broken_rules.push_back("bad value in " + path);
    return answer(400, error_body(400, "Bad Request", "bad value"), now);
  }
  if (offset > deepest) return answer(400, error_body(400, "Bad Request", "offset"), now);
  std::vector<const FakeRecord*> matching;
  for (const FakeRecord& record : records) {
    const TimePoint second = std::chrono::floor<std::chrono::seconds>(record.time);
    const bool typed = text("event_type[]").empty() || text("event_type[]") == record.type;
    if (record.visible <= now && second >= *from && second <= *to && typed)
      matching.push_back(&record);
  }
  std::reverse(matching.begin(), matching.end());
  std::stable_sort(matching.begin(), matching.end(),
                   [](const auto* a, const auto* b) { return a->time > b->time; });
  std::string data;
  std::size_t count = 0;
  for (std::size_t i = offset; i < matching.size() && count < limit; ++i, ++count)
    data += (data.empty() ? "" : ", ") + matching[i]->json;
  std::string next;
  if (offset + count < matching.size() && !forgets_next) {
    const std::string host = next_host.value_or(kApi);
    next = R"(,"next":")" + host + path.substr(kApi.size()) + "?limit=" + std::to_string(limit) +
           R"(\u0026offset=)" + std::to_string(offset + limit) + "\"";
  }
  return answer(200,
                R"({"version":"v1.2.0","metadata":{"links":{"self":"x")" + next +
                    R"(},"results":{"total":)" + std::to_string(matching.size()) +
                    R"(,"current_item_count":)" + std::to_string(count) + R"(,"index":)" +
                    std::to_string(offset) + R"(,"items_per_page":)" + std::to_string(limit) +
                    R"(}},"data":[)" + data + "]}",
                now);
}

}  // namespace cistern::connectors::cisco_secure_endpoint::test
