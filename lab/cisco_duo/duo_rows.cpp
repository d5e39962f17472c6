#include "lab/cisco_duo/duo_rows.hpp"

#include "codec/json.hpp"
#include "lab/cisco_duo/duo_words.hpp"

#include <cstdio>

namespace cistern::lab {

namespace {

using codec::JsonWriter;

constexpr std::string_view kKeyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

// "DU" and eighteen letters or digits.
std::string duo_key(std::string_view kind, std::uint64_t number) {
  std::string out(kind);
  Dice dice(key_of({number, 0xD0}));
  for (int letter = 0; letter < 18; ++letter)
    out += kKeyLetters[dice.below(kKeyLetters.size())];
  return out;
}

std::string uuid_of(std::uint64_t key) {
  const auto high = mix(key);
  const auto low = mix(high);
  char text[64];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-8%03x-%012llx",
                static_cast<unsigned>(high >> 32), static_cast<unsigned>(high >> 16 & 0xFFFF),
                static_cast<unsigned>(high & 0xFFF), static_cast<unsigned>(low >> 52),
                static_cast<unsigned long long>(low & 0xFFFF'FFFF'FFFF));
  return text;
}

std::int64_t milliseconds(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

std::string address(Dice& dice) {
  return "203.0.113." + std::to_string(1 + dice.below(254));
}

// The forms that other collectors fell over, beside plain addresses.
void write_address(JsonWriter& writer, Dice& dice) {
  const auto plain = address(dice);
  switch (dice.below(16)) {
    case 0:
      writer.string(plain + ":4321");
      return;
    case 1:
      writer.string("[2001:db8::" + std::to_string(1 + dice.below(9999)) + "]:1234");
      return;
    case 2:
      writer.string("2001:db8::" + std::to_string(1 + dice.below(9999)) + "#1234");
      return;
    case 3:
      writer.string(plain + " port 1234");
      return;
    case 4:
      writer.null();
      return;
    case 5:
      writer.string("0.0.0.0");
      return;
    default:
      writer.string(plain);
  }
}

void write_place(JsonWriter& writer, Dice& dice) {
  const auto& place = duo_word(kDuoPlaces, dice);
  writer.key("location").begin_object().key("city").string(place.city);
  writer.key("country").string(place.country).key("state").string(place.state).end_object();
}

// True, false, or the word "unknown".
void write_flag(JsonWriter& writer, std::string_view name, Dice& dice) {
  writer.key(name);
  if (const auto roll = dice.below(5); roll == 0) {
    writer.string("unknown");
  } else {
    writer.boolean(roll > 2);
  }
}

// An array, an empty one, null, the word "unknown", or absent.
void write_agents(JsonWriter& writer, Dice& dice) {
  const auto roll = dice.below(8);
  if (roll == 0) return;
  writer.key("security_agents");
  if (roll == 1) {
    writer.null();
  } else if (roll == 2) {
    writer.string("unknown");
  } else {
    writer.begin_array();
    if (roll == 3) {
      writer.begin_object().key("security_agent").string("Cisco Secure Endpoint");
      writer.key("version").string("10.1.2.10972").end_object();
    }
    writer.end_array();
  }
}

void write_access_device(JsonWriter& writer, Dice& dice) {
  writer.key("access_device").begin_object();
  writer.key("browser").string(duo_word(kDuoBrowsers, dice));
  writer.key("browser_version").string(std::to_string(100 + dice.below(40)) + ".0.0.0");
  writer.key("epkey").string(duo_key("EP", dice.below(400)));
  writer.key("flash_version").string("uninstalled").key("hostname");
  if (dice.chance(0.4)) {
    writer.string("WS-" + std::to_string(1000 + dice.below(400)));
  } else {
    writer.null();
  }
  writer.key("ip");
  write_address(writer, dice);
  write_flag(writer, "is_encryption_enabled", dice);
  write_flag(writer, "is_firewall_enabled", dice);
  write_flag(writer, "is_password_set", dice);
  writer.key("java_version").string("uninstalled");
  write_place(writer, dice);
  writer.key("os").string(duo_word(kDuoSystems, dice));
  writer.key("os_version").string(std::to_string(10 + dice.below(8)));
  write_agents(writer, dice);
  writer.end_object();
}

void write_user(JsonWriter& writer, std::string_view name, std::uint64_t number) {
  writer.key("user").begin_object().key("groups").begin_array().string("Staff");
  if (number % 3 == 0) writer.string("Administrators");
  writer.end_array().key("key").string(duo_key("DU", number)).key("name").string(name);
  writer.end_object();
}

void write_email(JsonWriter& writer, std::string_view user, Dice& dice) {
  writer.key("email");
  switch (dice.below(10)) {
    case 0:
      writer.string("");
      return;
    case 1:
      writer.null();
      return;
    case 2:
      writer.string("unknown");
      return;
    default:
      writer.string(std::string(user) + "@contoso.com");
  }
}

void write_authentication(JsonWriter& writer, const Arrival& arrival, Dice& dice) {
  const auto number = dice.below(kDuoUsers.size());
  const auto user = kDuoUsers[number];
  const auto& outcome = duo_word(kDuoOutcomes, dice);
  const auto application = dice.below(kDuoApplications.size());
  writer.begin_object();
  write_access_device(writer, dice);
  if (dice.chance(0.2)) {
    writer.key("adaptive_trust_assessments").begin_object().key("remember_me").begin_object();
    writer.key("features_version").string("3.0").key("model_version").string("2022.07.19.001");
    writer.key("policy_enabled").boolean(false).key("reason").string("Normal level of trust");
    writer.key("trust_level").string("NORMAL").end_object().end_object();
  }
  writer.key("alias").string(dice.chance(0.1) ? "unknown" : "");
  writer.key("application").begin_object().key("key").string(duo_key("DI", application));
  writer.key("name").string(kDuoApplications[application]).end_object();
  writer.key("auth_device").begin_object().key("ip");
  write_address(writer, dice);
  writer.key("key").string(duo_key("DP", number));
  write_place(writer, dice);
  writer.key("name").string("Phone (555-01" + std::to_string(10 + number) + ")").end_object();
  write_email(writer, user, dice);
  writer.key("event_type");
  if (dice.chance(0.03)) {
    writer.null();
  } else {
    writer.string(dice.chance(0.05) ? "enrollment" : "authentication");
  }
  writer.key("factor");
  if (dice.chance(0.05)) {
    writer.null();
  } else {
    writer.string(duo_word(kDuoFactors, dice));
  }
  writer.key("isotimestamp").string(duo_time(arrival.time));
  writer.key("ood_software").null().key("reason").string(outcome[1]);
  writer.key("result").string(outcome[0]).key("timestamp").number(unix_seconds(arrival.time));
  writer.key("trusted_endpoint_status").string(dice.chance(0.5) ? "not trusted" : "unknown");
  writer.key("txid").string(uuid_of(arrival.related));
  write_user(writer, user, number);
  writer.end_object();
}

void write_party(JsonWriter& writer, std::string_view name, std::string_view key,
                 std::string_view title, std::string_view type, std::string_view details) {
  writer.key(name).begin_object().key("details").string(details).key("key").string(key);
  writer.key("name").string(title).key("type").string(type).end_object();
}

void write_activity(JsonWriter& writer, const Arrival& arrival, Dice& dice) {
  const auto number = dice.below(kDuoUsers.size());
  const auto action = duo_word(kDuoActions, dice);
  writer.begin_object().key("access_device").begin_object();
  writer.key("browser").string(duo_word(kDuoBrowsers, dice)).key("browser_version");
  writer.string("131.0.0.0").key("epkey").string(duo_key("EP", dice.below(400)));
  writer.key("ip").begin_object().key("address").string(address(dice)).end_object();
  write_place(writer, dice);
  writer.key("os").string(duo_word(kDuoSystems, dice)).key("os_version").string("11").end_object();
  writer.key("action");
  if (dice.chance(0.05)) {
    writer.string(action);  // As it was before there were details.
  } else {
    writer.begin_object().key("details").null().key("name").string(action).end_object();
  }
  writer.key("activity_id").string(duo_row_id(DuoStream::activity, arrival));
  write_party(writer, "actor", duo_key("DU", number), kDuoUsers[number], "user",
              R"({"status":"Active","note":"line\nbreak"})");
  writer.key("akey").string(duo_key("DA", 1)).key("application").begin_object();
  writer.key("key").string(duo_key("DI", 1)).key("name").string(kDuoApplications[0]);
  writer.key("type").string("websdk").end_object();
  writer.key("old_target").null().key("outcome").begin_object().key("result");
  writer.string(dice.chance(0.1) ? "FAILURE" : "SUCCESS").end_object();
  write_party(writer, "target", duo_key("DP", number), "555-01" + std::to_string(10 + number),
              "phone", R"({"platform":"iOS"})");
  writer.key("ts").string(duo_time(arrival.time)).end_object();
}

void write_telephony(JsonWriter& writer, const Arrival& arrival, Dice& dice) {
  writer.begin_object().key("context").string(dice.chance(0.1) ? "enrollment" : "authentication");
  writer.key("credits").number(std::uint64_t{dice.below(3)});
  writer.key("phone").string("+1555010" + std::to_string(dice.below(10)));
  writer.key("telephony_id").string(duo_row_id(DuoStream::telephony, arrival));
  writer.key("ts").string(duo_time(arrival.time)).key("txid").string(uuid_of(mix(arrival.related)));
  writer.key("type").string(dice.chance(0.3) ? "phone" : "sms").end_object();
}

std::string whole_second(TimePoint time) {
  return format_time_seconds(time) + "+00:00";
}

void write_administrator(JsonWriter& writer, const Arrival& arrival, Dice& dice) {
  const auto user = duo_word(kDuoUsers, dice);
  writer.begin_object();
  if (dice.chance(0.15)) {
    writer.key("action").string("admin_login_error").key("description");
    writer.string(R"({"ip_address": ")" + address(dice) +
                  R"(", "error": "SAML login is disabled", "email": "admin@contoso.com"})");
    writer.key("isotimestamp").string(whole_second(arrival.time)).key("object").null();
    writer.key("timestamp").number(unix_seconds(arrival.time)).key("username").string("");
    writer.end_object();
    return;
  }
  writer.key("action").string(duo_word(kDuoAdminActions, dice)).key("description");
  const auto roll = dice.below(10);
  if (roll == 0) {
    writer.null();
  } else if (roll == 1) {
    writer.string("changed by hand; not JSON {");
  } else {
    writer.string(R"({"notes": "moved \"again\"", "realname": ")" + std::string(user) + R"("})");
  }
  writer.key("isotimestamp").string(whole_second(arrival.time)).key("object").string(user);
  writer.key("timestamp").number(unix_seconds(arrival.time));
  writer.key("username").string("Admin One").end_object();
}

void write_enrollment(JsonWriter& writer, const Arrival& arrival, Dice& dice) {
  writer.begin_object().key("action").string(dice.chance(0.2) ? "o2fa_user_reenrolled"
                                                              : "o2fa_user_provisioned");
  writer.key("description")
      .string(R"({"user_agent": "DuoCredProv/4.3.1", "hostname": "WS-)" +
              std::to_string(1000 + dice.below(400)) + R"(", "factor": "duo_otp"})");
  writer.key("isotimestamp").string(whole_second(arrival.time));
  writer.key("object").string("Windows Logon");
  writer.key("timestamp").number(unix_seconds(arrival.time));
  writer.key("username").string(duo_word(kDuoUsers, dice)).end_object();
}

void write_surfaced(JsonWriter& writer, const Arrival& arrival, Dice& dice) {
  const auto number = dice.below(kDuoUsers.size());
  const auto time = arrival.time - std::chrono::minutes{dice.below(600)};
  writer.key("surfaced_auth").begin_object().key("access_device").begin_object();
  writer.key("hostname").null().key("ip");
  write_address(writer, dice);
  write_place(writer, dice);
  writer.end_object().key("event_type").null().key("factor").string("duo_push");
  writer.key("isotimestamp").string(duo_time(time)).key("reason").string("user_mistake");
  writer.key("result").string("denied").key("timestamp").number(unix_seconds(time));
  writer.key("txid").string(uuid_of(mix(arrival.key)));
  write_user(writer, kDuoUsers[number], number);
  writer.end_object();
}

void write_trust_event(JsonWriter& writer, const Arrival& arrival, Dice& dice, bool changed) {
  const auto kind = duo_word(kDuoTrustKinds, dice);
  const auto sekey = duo_row_id(DuoStream::trust_monitor, arrival);
  writer.begin_object().key("explanations").begin_array().begin_object();
  writer.key("summary").string("arivera has rarely used this IP.");
  writer.key("type").string("UNUSUAL_NETBLOCK").end_object().end_array();
  writer.key("from_common_netblock").boolean(false).key("from_new_user").boolean(false);
  writer.key("low_risk_ip").boolean(false).key("priority_event").boolean(dice.chance(0.3));
  writer.key("priority_reasons").begin_array().end_array().key("sekey").string(sekey);
  writer.key("state").string(changed ? "dismissed" : "new").key("state_updated_timestamp");
  if (changed) {
    writer.number(milliseconds(duo_state_change(arrival)));
  } else {
    writer.null();
  }
  if (kind == "auth") write_surfaced(writer, arrival, dice);
  writer.key("surfaced_timestamp").number(milliseconds(arrival.time));
  writer.key("triage_event_uri");
  writer.string("https://admin-1ab1ab1a.duosecurity.com/trust-monitor?sekey=" + sekey);
  writer.key("triaged_as_interesting").boolean(changed).key("type").string(kind).end_object();
}

}  // namespace

std::string_view to_string(DuoStream stream) {
  switch (stream) {
    case DuoStream::authentication:
      return "authentication";
    case DuoStream::activity:
      return "activity";
    case DuoStream::telephony:
      return "telephony";
    case DuoStream::administrator:
      return "administrator";
    case DuoStream::offline_enrollment:
      return "offline_enrollment";
    case DuoStream::trust_monitor:
      return "trust_monitor";
  }
  return "";
}

bool is_by_second(DuoStream stream) {
  return stream == DuoStream::administrator || stream == DuoStream::offline_enrollment;
}

std::string duo_time(TimePoint time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto micro = std::chrono::duration_cast<std::chrono::microseconds>(time - second).count();
  char fraction[40];
  std::snprintf(fraction, sizeof fraction, ".%06lld+00:00", static_cast<long long>(micro));
  return format_time_seconds(time) + fraction;
}

std::string duo_row_id(DuoStream stream, const Arrival& arrival) {
  switch (stream) {
    case DuoStream::authentication:
      return uuid_of(arrival.related);
    case DuoStream::activity:
    case DuoStream::telephony:
      return uuid_of(arrival.key);
    case DuoStream::trust_monitor:
      return duo_key("SE", arrival.key);
    default:
      return {};
  }
}

TimePoint duo_state_change(const Arrival& arrival) {
  Dice dice(key_of({arrival.key, 0x57A7E}));
  if (!dice.chance(0.2)) return {};
  return arrival.time + std::chrono::minutes{5 + dice.below(3000)};
}

void append_duo_row(std::string& out, DuoStream stream, const Arrival& arrival, bool changed) {
  Dice dice(key_of({arrival.key, 0xD0D0}));
  JsonWriter writer(out);
  switch (stream) {
    case DuoStream::authentication:
      write_authentication(writer, arrival, dice);
      return;
    case DuoStream::activity:
      write_activity(writer, arrival, dice);
      return;
    case DuoStream::telephony:
      write_telephony(writer, arrival, dice);
      return;
    case DuoStream::administrator:
      write_administrator(writer, arrival, dice);
      return;
    case DuoStream::offline_enrollment:
      write_enrollment(writer, arrival, dice);
      return;
    case DuoStream::trust_monitor:
      write_trust_event(writer, arrival, dice, changed);
      return;
  }
}

void append_old_telephony_row(std::string& out, const Arrival& arrival) {
  Dice dice(key_of({arrival.key, 0xD0D0}));
  JsonWriter writer(out);
  writer.begin_object().key("context").string(dice.chance(0.1) ? "enrollment" : "authentication");
  writer.key("credits").number(std::uint64_t{dice.below(3)});
  writer.key("isotimestamp").string(whole_second(arrival.time));
  writer.key("phone").string("+1555010" + std::to_string(dice.below(10)));
  writer.key("timestamp").number(unix_seconds(arrival.time));
  writer.key("type").string(dice.chance(0.3) ? "phone" : "sms").end_object();
}

}  // namespace cistern::lab
