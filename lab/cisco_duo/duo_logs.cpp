// How each of Duo's logs is asked for and answered.
#include "codec/json.hpp"
#include "lab/cisco_duo/duo_answers.hpp"
#include "lab/cisco_duo/duo_api.hpp"
#include "lab/harness/random.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace cistern::lab {

namespace {

constexpr std::int64_t kMostWindow = std::int64_t{180} * 86'400'000;  // Milliseconds.
constexpr std::size_t kRowsBySecond = 1000;
constexpr std::size_t kMostTokens = 20'000;

// A number of seconds this large is one of milliseconds.
constexpr std::int64_t kMostSeconds = 100'000'000'000;

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end || value < 0) return std::nullopt;
  return value;
}

// 0: not a number in the range.
std::size_t limit_of(const Request& request, std::size_t fallback, std::size_t most) {
  const auto text = request.parameter("limit");
  if (!text) return fallback;
  const auto number = number_of(*text);
  return number && *number >= 1 && *number <= static_cast<std::int64_t>(most)
             ? static_cast<std::size_t>(*number)
             : 0;
}

std::optional<std::string> unknown_parameter(const Request& request,
                                             std::span<const std::string_view> known) {
  for (const auto& [name, value] : request.query) {
    if (name != "account_id" && std::find(known.begin(), known.end(), name) == known.end())
      return name;
  }
  return std::nullopt;
}

constexpr auto kPagedParameters = std::to_array<std::string_view>(
    {"mintime", "maxtime", "limit", "sort", "next_offset", "users", "groups", "applications",
     "factors", "results", "reasons", "event_types", "assessment", "detections", "filters"});
constexpr auto kTrustParameters =
    std::to_array<std::string_view>({"mintime", "maxtime", "limit", "offset", "type"});
constexpr auto kSecondParameters = std::to_array<std::string_view>({"mintime"});

// Joined, as one client sends it, or as two parameters, as another does.
std::string token_of(const Request& request) {
  std::string token;
  for (const auto& [name, value] : request.query) {
    if (name == "next_offset") token.append(token.empty() ? "" : ",").append(value);
  }
  return token;
}

std::optional<DuoPlaceInLog> place_of(std::string_view token) {
  const auto comma = token.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto milliseconds = number_of(token.substr(0, comma));
  if (!milliseconds) return std::nullopt;
  return DuoPlaceInLog{*milliseconds, std::string(token.substr(comma + 1))};
}

void write_next(codec::JsonWriter& writer, DuoStream stream, const DuoPlaceInLog& place) {
  const auto time = std::to_string(place.first);
  writer.key("next_offset");
  if (stream == DuoStream::authentication) {
    writer.begin_array().string(time).string(place.second).end_array();
  } else {
    writer.string(time + "," + place.second);
  }
}

// A number for authentications; elsewhere a number or an object.
void write_total(codec::JsonWriter& writer, DuoStream stream, std::uint64_t total) {
  writer.key("total_objects");
  if (stream == DuoStream::authentication || total % 2 == 0) {
    writer.number(total);
  } else {
    writer.begin_object().key("relation").string("eq").key("value").number(total).end_object();
  }
}

}  // namespace

std::optional<Response> DuoApi::read_window(const Request& request, DuoWindow& window) const {
  for (const auto* const name : {"mintime", "maxtime"}) {
    const auto text = request.parameter(name);
    if (!text) return duo_error(40001, name);
    const auto number = number_of(*text);
    if (!number) return duo_error(40002, name);
    (std::string_view(name) == "mintime" ? window.from : window.to) = *number;
  }
  if (window.to <= window.from) {
    return duo_error(40002, "'maxtime' must be strictly greater than 'mintime'");
  }
  if (window.to - window.from > kMostWindow) {
    return duo_error(40002, "The time between 'mintime' and 'maxtime' must not exceed 180 days");
  }
  return std::nullopt;
}

Response DuoApi::paged_log(const Request& request, const Caller& caller, DuoStream stream) {
  if (const auto unknown = unknown_parameter(request, kPagedParameters))
    return duo_error(40002, *unknown);
  DuoWindow window;
  if (auto refused = read_window(request, window)) return std::move(*refused);
  const auto limit = limit_of(request, 100, 1000);
  if (limit == 0) return duo_error(40002, "limit");
  const auto sort = request.parameter("sort").value_or("ts:desc");
  if (sort != "ts:asc" && sort != "ts:desc") return duo_error(40002, "sort");
  const auto question = std::to_string(caller.account) + request.path + " " +
                        std::to_string(window.from) + " " + std::to_string(window.to) + " " +
                        std::string(sort);
  const auto token = token_of(request);
  std::optional<DuoPlaceInLog> after;
  if (!token.empty()) {
    after = place_of(token);
    if (!after || !knows_token(token, question)) return duo_error(40002, "next_offset");
  }
  if (!note_demand(caller.account, stream, window.from, limit)) return duo_error(50001);
  const auto now = sight();
  const bool stuck = after && settings().stuck_offset;
  auto page =
      stuck ? DuoPage{}
            : content_.page(caller.account, stream, window, after, limit, sort == "ts:desc", now);
  note_rows(request.path, page.rows.size());
  // A full last page names a next one, which is then empty.
  if (content_.profile() != FaultProfile::calm && page.rows.size() == limit) page.more = true;
  if (stuck) {
    page.rows.push_back({*after, {}});
    page.more = true;
  }
  const auto total = content_.count(caller.account, stream, window, now);
  auto body = paged_body(stream, page, question, total);
  return duo_answer(body, request.accepts_gzip());
}

std::string DuoApi::paged_body(DuoStream stream, const DuoPage& page, const std::string& question,
                               std::uint64_t total) {
  std::string rows = "[";
  for (const auto& row : page.rows) {
    if (row.arrival.key == 0) continue;  // Only a place.
    if (rows.size() > 1) rows += ',';
    append_duo_row(rows, stream, row.arrival);
  }
  rows += ']';
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object();
  writer.key(stream == DuoStream::authentication ? "authlogs" : "items").raw(rows);
  writer.key("metadata").begin_object();
  if (page.more) {
    const auto& place = page.rows.back().place;
    write_next(writer, stream, place);
    give_token(std::to_string(place.first) + "," + place.second, question);
  } else if (total % 3 != 0) {
    writer.key("next_offset").null();
  }
  write_total(writer, stream, total);
  writer.end_object().end_object();
  return body;
}

bool DuoApi::knows_token(const std::string& token, const std::string& question) const {
  const std::lock_guard lock(mutex_);
  return tokens_.contains(question + " " + token);
}

void DuoApi::give_token(const std::string& token, const std::string& question) {
  const std::lock_guard lock(mutex_);
  auto whole = question + " " + token;
  if (!tokens_.insert(whole).second) return;
  token_order_.push_back(std::move(whole));
  if (token_order_.size() <= kMostTokens) return;
  tokens_.erase(token_order_.front());
  token_order_.pop_front();
}

Response DuoApi::trust_monitor(const Request& request, const Caller& caller) {
  if (const auto unknown = unknown_parameter(request, kTrustParameters))
    return duo_error(40002, *unknown);
  DuoWindow window;
  if (auto refused = read_window(request, window)) return std::move(*refused);
  const auto limit = limit_of(request, 50, 200);
  if (limit == 0) return duo_error(40002, "limit");
  const auto offset = number_of(request.parameter("offset").value_or("0"));
  if (!offset) return duo_error(40002, "offset");
  if (!note_demand(caller.account, DuoStream::trust_monitor, window.from, limit))
    return duo_error(50001);
  const auto now = sight();
  auto rows = content_
                  .page(caller.account, DuoStream::trust_monitor, window, std::nullopt, SIZE_MAX,
                        false, now)
                  .rows;
  // Their order is not promised.
  if (content_.profile() == FaultProfile::hostile) {
    std::sort(rows.begin(), rows.end(),
              [](const DuoRow& a, const DuoRow& b) { return a.arrival.key < b.arrival.key; });
  }
  const auto begin = std::min(rows.size(), static_cast<std::size_t>(*offset));
  const auto end = std::min(rows.size(), begin + limit);
  std::string events = "[";
  for (auto at = begin; at < end; ++at) {
    if (at > begin) events += ',';
    const auto change = duo_state_change(rows[at].arrival);
    append_duo_row(events, DuoStream::trust_monitor, rows[at].arrival,
                   change != TimePoint{} && change <= now.until);
  }
  events += ']';
  note_rows(request.path, end - begin);
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("events").raw(events).key("metadata").begin_object();
  if (end < rows.size()) {
    writer.key("next_offset");
    if (rows.size() % 2 == 0) {
      writer.string(std::to_string(end));
    } else {
      writer.number(std::uint64_t{end});
    }
  }
  writer.end_object().end_object();
  return duo_answer(body, request.accepts_gzip());
}

Response DuoApi::log_by_second(const Request& request, const Caller& caller, DuoStream stream,
                               bool old_telephony) {
  if (const auto unknown = unknown_parameter(request, kSecondParameters))
    return duo_error(40002, *unknown);
  const auto second = number_of(request.parameter("mintime").value_or("0"));
  if (!second || *second >= kMostSeconds) return duo_error(40002, "mintime");
  if (!old_telephony && !note_demand(caller.account, stream, *second * 1000, kRowsBySecond))
    return duo_error(50001);
  // The documentation warns that there may be a few more than a thousand.
  const auto extra = content_.profile() == FaultProfile::hostile
                         ? mix(static_cast<std::uint64_t>(*second)) % 4
                         : 0;
  const auto rows = content_.earliest(caller.account, stream, *second,
                                      kRowsBySecond + static_cast<std::size_t>(extra), sight());
  std::string body = "[";
  for (const auto& row : rows) {
    if (body.size() > 1) body += ',';
    if (old_telephony) {
      append_old_telephony_row(body, row);
    } else {
      append_duo_row(body, stream, row);
    }
  }
  body += ']';
  note_rows(request.path, rows.size());
  return duo_answer(body, request.accepts_gzip());
}

}  // namespace cistern::lab
