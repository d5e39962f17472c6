#include "lab/crowdstrike_falcon/falcon_generator.hpp"

#include "codec/json.hpp"
#include "lab/crowdstrike_falcon/event_families.hpp"
#include "lab/crowdstrike_falcon/event_template.hpp"
#include "lab/lab.hpp"

#include <cstdio>
#include <vector>

namespace cistern::lab {

namespace {

constexpr std::uint32_t kHosts = 200;
constexpr std::uint32_t kUsers = 24;

enum Purpose : std::uint64_t { kFamily = 1, kContent, kForm, kQuirk };

std::uint64_t milliseconds_of(TimePoint time) {
  return static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
}

void append_metadata(std::string& out, const std::string& customer, std::uint64_t offset,
                     std::string_view type, TimePoint created, unsigned form) {
  out.append(R"("metadata":{"customerIDString":")").append(customer);
  out.append(R"(","offset":)");
  append_decimal(out, offset);
  out.append(R"(,"eventType":")").append(type).append(R"(","eventCreationTime":)");
  append_decimal(out, milliseconds_of(created));
  out.append(form == 1 ? "}" : R"(,"version":"1.0"})");
}

void append_key_value(codec::JsonWriter& writer, std::string_view key, std::string_view value) {
  writer.begin_object().key("Key").string(key).key("ValueString").string(value).end_object();
}

}  // namespace

struct FalconGenerator::Library {
  struct Kind {
    std::string_view type;
    EventTemplate text;
  };
  std::vector<Kind> kinds;
  std::vector<std::uint32_t> wheel;  // An entry for each unit of weight.
};

FalconGenerator::FalconGenerator(std::uint64_t seed, FaultProfile profile)
    : seed_(seed), profile_(profile) {
  auto library = std::make_unique<Library>();
  for (const auto families : {endpoint_families(), audit_families(), cloud_families(),
                              identity_families(), mobile_families(), data_families()}) {
    for (const auto& family : families) {
      const auto kind = static_cast<std::uint32_t>(library->kinds.size());
      library->kinds.push_back({family.type, EventTemplate(family.text)});
      library->wheel.insert(library->wheel.end(), family.weight, kind);
    }
  }
  library_ = std::move(library);
}

FalconGenerator::~FalconGenerator() = default;

std::uint64_t FalconGenerator::key_at(const EventPlace& place, std::uint64_t purpose) const {
  return key_of({seed_, 0xFEED, place.customer, place.partition, place.own, purpose});
}

std::string_view FalconGenerator::type_of(const EventPlace& place) const {
  const auto& wheel = library_->wheel;
  return library_->kinds[wheel[key_at(place, kFamily) % wheel.size()]].type;
}

bool FalconGenerator::append(std::string& out, const EventPlace& place) const {
  const auto& wheel = library_->wheel;
  const auto& kind = library_->kinds[wheel[key_at(place, kFamily) % wheel.size()]];
  Dice form(key_at(place, kForm));
  // The vendor's times go back between neighbours: an event may be minutes behind its arrival.
  const bool late = profile_ != FaultProfile::calm && form.below(25) == 0;
  const auto created =
      late ? place.time - std::chrono::milliseconds{form.below(180'000)} : place.time;
  const auto order = static_cast<unsigned>(form.below(12));
  const bool damaged = profile_ == FaultProfile::hostile && form.below(400) == 0;
  Dice dice(key_at(place, kContent));
  const auto customer = lab_falcon_customer_id(place.customer);
  EventFacts facts;
  facts.customer = customer;
  facts.time = created;
  facts.host = static_cast<std::uint32_t>(dice.below(kHosts));
  facts.user = static_cast<std::uint32_t>(dice.below(kUsers));
  out += '{';
  if (order != 0) {
    append_metadata(out, customer, place.offset, kind.type, created, order);
    out += ',';
  }
  out.append(R"("event":)");
  kind.text.append(out, facts, dice);
  if (damaged) out.insert(out.size() - 1, ",\"Damaged\":\"\xC3\x28 \xFF\"");
  if (order == 0) {
    out += ',';
    append_metadata(out, customer, place.offset, kind.type, created, order);
  }
  out += '}';
  return !damaged;
}

WireQuirks FalconGenerator::quirks_of(const EventPlace& place) const {
  WireQuirks quirks;
  if (profile_ != FaultProfile::hostile) return quirks;
  Dice dice(key_at(place, kQuirk));
  quirks.repeated = dice.below(500) == 0;
  quirks.no_line_end = dice.below(500) == 0;
  switch (dice.below(1500)) {
    case 0:
      quirks.noise = R"(["keep","alive"])";
      break;
    case 1:
      quirks.noise = "null";
      break;
    case 2:
      quirks.noise = "upstream connect error or disconnect/reset before headers";
      break;
    case 3:
      quirks.noise = R"({"metadata":{"customerIDString":")" +
                     lab_falcon_customer_id(place.customer) + R"(","offset":)" +
                     std::to_string(place.offset);
      break;
    default:
      break;
  }
  return quirks;
}

std::string_view FalconGenerator::type_of(const AddedEvent& added) {
  return added.kind == AddedKind::large ? "EppDetectionSummaryEvent" : "AuthActivityAuditEvent";
}

void FalconGenerator::append_added(std::string& out, const EventPlace& place,
                                   const AddedEvent& added) {
  const auto customer = lab_falcon_customer_id(place.customer);
  out += '{';
  append_metadata(out, customer, place.offset, type_of(added), added.time, 0);
  out.append(R"(,"event":)");
  codec::JsonWriter writer(out);
  if (added.kind == AddedKind::large) {
    writer.begin_object().key("Name").string("Large").key("Severity").number(std::uint64_t{30});
    writer.key("Hostname").string("WS-1001").key("CommandLine");
    writer.string(std::string(added.bytes, 'a')).end_object();
    out += '}';
    return;
  }
  const bool started = added.kind == AddedKind::stream_started;
  writer.begin_object().key("UserId").string("api-client-id:" + added.client_id);
  writer.key("UserIp").string("198.51.100.9");
  writer.key("OperationName").string(started ? "streamStarted" : "streamStopped");
  writer.key("ServiceName").string("Crowdstrike Streaming API").key("Success").boolean(true);
  writer.key("UTCTimestamp").number(unix_seconds(added.time));
  const std::string offset = added.asked.empty() ? "-1" : added.asked;
  const std::string types = added.filter.empty() ? "All event type(s)" : added.filter;
  writer.key("AuditKeyValues").begin_array();
  append_key_value(writer, "partition", std::to_string(place.partition));
  append_key_value(writer, "offset", offset);
  append_key_value(writer, "appId", added.app_id);
  append_key_value(writer, "eventType", types);
  append_key_value(writer, "APIClientID", added.client_id);
  writer.end_array().key("Attributes").begin_object();
  writer.key("partition").string(std::to_string(place.partition)).key("offset").string(offset);
  writer.key("appId").string(added.app_id).key("eventType").string(types);
  writer.key("APIClientID").string(added.client_id).end_object().end_object();
  out += '}';
}

std::string lab_falcon_customer_id(unsigned number) {
  char text[40];
  std::snprintf(text, sizeof text, "0123456789abcdef00000000000%05u", number % 100000);
  return text;
}

std::string lab_falcon_client_id(unsigned number) {
  char text[40];
  std::snprintf(text, sizeof text, "fa1c00000000000000000000000%05u", number % 100000);
  return text;
}

}  // namespace cistern::lab
