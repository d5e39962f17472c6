#include "lab/crowdstrike_falcon/falcon_customers.hpp"

#include "base/bytes.hpp"
#include "lab/lab.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

// Held in memory by each reader while it is sent.
constexpr std::uint64_t kLargest = 64ULL << 20;

tl::unexpected<Failure> refused(const std::string& why) {
  return fail_stop("lab/bad-setting", "Falcon was not changed: " + why,
                   "the members are listed in lab/README.md");
}

bool set_flag(bool& target, const json::value& value) {
  if (value.is_bool()) target = value.get_bool();
  return value.is_bool();
}

template <class Number>
bool set_number(Number& target, const json::value& value) {
  json::error_code error;
  const auto number = value.to_number<Number>(error);
  if (!error) target = number;
  return !error;
}

// Seconds, also parts of one.
bool set_duration(Duration& target, const json::value& value) {
  double seconds = 0;
  if (!set_number(seconds, value) || !(seconds >= 0) || seconds > 1e8) return false;
  target = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  return true;
}

bool set_text(std::string& target, const json::value& value) {
  if (value.is_string()) target = std::string(value.get_string());
  return value.is_string();
}

bool set_lock(bool& whole_app, const json::value& value) {
  std::string word;
  if (!set_text(word, value)) return false;
  whole_app = word == "app";
  return word == "app" || word == "partition";
}

bool set_switch(FalconCustomer& customer, std::string_view name, const json::value& value) {
  if (name == "region") return set_text(customer.region, value);
  if (name == "address_refused") return set_flag(customer.address_refused, value);
  if (name == "streaming_enabled") return set_flag(customer.streaming_enabled, value);
  if (name == "inclusive") return set_flag(customer.inclusive, value);
  if (name == "audit_streams") return set_flag(customer.audit_streams, value);
  if (name == "app_id_lock") return set_lock(customer.lock_whole_app, value);
  if (name == "session_cap") return set_duration(customer.session_cap, value);
  if (name == "release") return set_duration(customer.release, value);
  if (name == "keep_alive") return set_duration(customer.keep_alive, value);
  if (name == "retention") return set_duration(customer.retention, value);
  if (name == "requests_per_minute") return set_number(customer.requests_per_minute, value);
  if (name == "token_requests_per_minute") {
    return set_number(customer.token_requests_per_minute, value);
  }
  if (name == "token_lifetime") {
    return set_number(customer.token_lifetime, value) && customer.token_lifetime > 0;
  }
  if (name == "refresh_interval") {
    return set_number(customer.refresh_interval, value) && customer.refresh_interval > 0;
  }
  if (name == "expired_status") {
    return set_number(customer.expired_status, value) &&
           (customer.expired_status == 400 || customer.expired_status == 410);
  }
  return false;
}

bool set_action(FalconActions& actions, std::string_view name, const json::value& value) {
  if (name == "customer") return set_number(actions.customer, value);
  if (name == "partition") return set_number(actions.partition, value);
  if (name == "revoke_tokens") return set_flag(actions.revoke_tokens, value);
  if (name == "end_sessions") return set_flag(actions.end_sessions, value);
  if (name == "expire") return set_flag(actions.expire, value);
  if (name == "large") {
    std::uint64_t bytes = 0;
    if (!set_number(bytes, value) || bytes > kLargest) return false;
    actions.large = bytes;
    return true;
  }
  if (name == "line" && value.is_string()) {
    actions.line = std::string(value.get_string());
    return actions.line->find('\n') == std::string::npos;
  }
  return false;
}

}  // namespace

FalconCustomers::FalconCustomers(unsigned customers, Duration release) {
  for (unsigned number = 1; number <= customers; ++number) {
    FalconCustomer customer;
    customer.number = number;
    customer.release = release;
    customers_.push_back(std::move(customer));
  }
}

FalconCustomer FalconCustomers::get(unsigned number) const {
  const std::lock_guard lock(mutex_);
  return customers_[number - 1];
}

unsigned FalconCustomers::count() const {
  const std::lock_guard lock(mutex_);
  return static_cast<unsigned>(customers_.size());
}

std::optional<FalconClient> FalconCustomers::client(std::string_view id, unsigned customers) {
  if (id == kLabFalconScopelessClientId) return FalconClient{1, false, false};
  if (id == kLabFalconRevokedClientId) return FalconClient{1, true, true};
  for (unsigned number = 1; number <= customers; ++number) {
    if (id == lab_falcon_client_id(number)) return FalconClient{number, true, false};
  }
  return std::nullopt;
}

std::optional<unsigned> FalconCustomers::by_id(std::string_view customer_id) const {
  for (unsigned number = 1; number <= count(); ++number) {
    if (equal_ignoring_case(customer_id, lab_falcon_customer_id(number))) return number;
  }
  return std::nullopt;
}

Result<FalconActions> FalconCustomers::change(std::string_view text) {
  json::error_code error;
  const auto root = json::parse(text, error);
  if (error || !root.is_object()) return refused("the body is not a JSON object");
  FalconActions actions;
  const auto& members = root.get_object();
  if (const auto* number = members.if_contains("customer")) {
    if (!set_action(actions, "customer", *number)) return refused("the customer is no number");
  }
  if (actions.customer == 0 || actions.customer > count()) {
    return refused("there is no customer " + std::to_string(actions.customer));
  }
  auto changed = get(actions.customer);
  for (const auto& [name, value] : members) {
    if (!set_action(actions, name, value) && !set_switch(changed, name, value)) {
      return refused("'" + std::string(name) + "' is unknown or has no fitting value");
    }
  }
  const std::lock_guard lock(mutex_);
  customers_[actions.customer - 1] = std::move(changed);
  return actions;
}

}  // namespace cistern::lab
