#include "lab/harness/lab_state.hpp"

#include "codec/json.hpp"
#include "lab/crowdstrike_falcon/feed_state.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

constexpr std::uint64_t kMostBytes = 64ULL << 20;

tl::unexpected<Failure> unusable(const std::string& path) {
  return fail_stop("lab/bad-state", "the lab's state file " + path + " cannot be read",
                   "remove it; the lab then starts as another vendor, whose truth does not fit "
                   "what was collected before");
}

std::int64_t nanoseconds(TimePoint time) {
  return time.time_since_epoch().count();
}

// Throws when a member is missing or of another type; read_state() turns that into a failure.
TimePoint time_at(const json::object& row, std::string_view name) {
  return TimePoint{Duration{row.at(name).to_number<std::int64_t>()}};
}

Webhook webhook_from(const json::object& row) {
  Webhook out;
  out.address = std::string(row.at("address").as_string());
  out.auth_id = std::string(row.at("auth_id").as_string());
  out.client_id = std::string(row.at("client_id").as_string());
  out.base_url = std::string(row.at("base_url").as_string());
  out.tenant_number = row.at("tenant_number").to_number<unsigned>();
  out.expiration = time_at(row, "expiration");
  out.disabled = row.at("disabled").as_bool();
  return out;
}

void write_webhook(codec::JsonWriter& writer, const Webhook& webhook) {
  writer.key("webhook").begin_object().key("address").string(webhook.address);
  writer.key("auth_id").string(webhook.auth_id).key("client_id").string(webhook.client_id);
  writer.key("base_url").string(webhook.base_url);
  writer.key("tenant_number").number(std::uint64_t{webhook.tenant_number});
  writer.key("expiration").number(nanoseconds(webhook.expiration));
  writer.key("disabled").boolean(webhook.disabled).end_object();
}

SubscriptionRow row_from(const json::object& row) {
  SubscriptionRow out;
  out.tenant = std::string(row.at("tenant").as_string());
  const auto type = content_type_from(std::string_view{row.at("content_type").as_string()});
  if (!type) throw std::invalid_argument("content type");
  out.type = *type;
  out.subscription.enabled = row.at("enabled").as_bool();
  out.subscription.first_enabled = time_at(row, "first_enabled");
  out.subscription.last_start = time_at(row, "last_start");
  if (const auto* webhook = row.if_contains("webhook"); webhook != nullptr)
    out.subscription.webhook = webhook_from(webhook->as_object());
  return out;
}

LabState state_from(const json::object& root) {
  LabState state;
  state.content = std::string(root.at("content").as_string());
  state.started = time_at(root, "started");
  state.frozen = time_at(root, "frozen");
  state.starts = root.at("starts").to_number<std::uint64_t>();
  for (const auto& row : root.at("subscriptions").as_array())
    state.subscriptions.push_back(row_from(row.as_object()));
  for (const auto& row : root.at("feeds").as_array())
    state.feeds.push_back(feed_row_from(row.as_object()));
  if (const auto* vendors = root.if_contains("vendors"); vendors != nullptr) {
    for (const auto& [name, kept] : vendors->as_object())
      state.vendors[std::string(name)] = json::serialize(kept);
  }
  return state;
}

std::string text_of(const LabState& state) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("content").string(state.content);
  writer.key("started").number(nanoseconds(state.started));
  writer.key("frozen").number(nanoseconds(state.frozen));
  writer.key("starts").number(state.starts);
  writer.key("subscriptions").begin_array();
  for (const auto& row : state.subscriptions) {
    writer.begin_object().key("tenant").string(row.tenant);
    writer.key("content_type").string(to_string(row.type));
    writer.key("enabled").boolean(row.subscription.enabled);
    writer.key("first_enabled").number(nanoseconds(row.subscription.first_enabled));
    writer.key("last_start").number(nanoseconds(row.subscription.last_start));
    if (row.subscription.webhook) write_webhook(writer, *row.subscription.webhook);
    writer.end_object();
  }
  writer.end_array().key("feeds").begin_array();
  for (const auto& row : state.feeds)
    write_feed_row(writer, row);
  writer.end_array().key("vendors").begin_object();
  for (const auto& [name, kept] : state.vendors)
    writer.key(name).raw(kept);
  writer.end_object().end_object();
  return out;
}

}  // namespace

Result<std::optional<LabState>> read_state(Files& files, const std::string& path) {
  const auto there = files.exists(path);
  if (!there) return fail(there.error());
  if (!*there) return std::optional<LabState>{};
  auto file = files.open(path, OpenMode::read);
  if (!file) return fail(file.error());
  const auto text = (*file)->read_at(0, kMostBytes);
  if (!text) return fail(text.error());
  try {
    return std::optional<LabState>{state_from(json::parse(*text).as_object())};
  } catch (const std::exception&) {
    return unusable(path);
  }
}

Status write_state(Files& files, const std::string& path, const LabState& state) {
  const auto fresh = path + ".new";
  {
    auto file = files.open(fresh, OpenMode::create_or_open);
    if (!file) return fail(file.error());
    // A kill may have left a longer one.
    if (auto emptied = (*file)->truncate(0); !emptied) return emptied;
    if (auto written = (*file)->write_at(0, text_of(state)); !written) return written;
  }
  return files.rename(fresh, path);
}

}  // namespace cistern::lab
