#include "connectors/cisco_secure_email/join_event.hpp"

#include "base/time.hpp"
#include "codec/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cistern::connectors::cisco_secure_email {
namespace {

using codec::JsonWriter;

void text_member(JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.key(name).string(text);
}

void number_member(JsonWriter& json, std::string_view name, std::uint64_t number) {
  if (number != kNoNumber) json.key(name).number(number);
}

void count_member(JsonWriter& json, std::string_view name, std::uint64_t number) {
  if (number > 0) json.key(name).number(number);
}

void time_member(JsonWriter& json, std::string_view name, LineKey key) {
  if (key == kNever) return;
  json.key(name).string(format_time(TimePoint{std::chrono::seconds{seconds_of(key)}}));
}

void digits_member(JsonWriter& json, std::string_view name, std::string_view digits) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec == std::errc{} && !digits.empty()) json.key(name).number(number);
}

struct Member {
  std::string_view name;
  FactKind kind;
};

template <std::size_t N>
void fact_members(JsonWriter& json, const FactSet& facts, const std::array<Member, N>& members) {
  for (const Member& member : members)
    text_member(json, member.name, facts.text(member.kind));
}

template <std::size_t N>
bool any_of_them(const MessageView& view, const std::array<Member, N>& members) {
  return std::any_of(members.begin(), members.end(),
                     [&](const Member& member) { return !view.fact(member.kind).empty(); });
}

void write_client(JsonWriter& json, const MessageView& view) {
  constexpr std::array<Member, 8> kMembers{{{"reverse_dns", FactKind::reverse_dns},
                                            {"listener", FactKind::listener},
                                            {"listener_ip", FactKind::listener_ip},
                                            {"sender_group", FactKind::sender_group},
                                            {"policy", FactKind::access},
                                            {"match", FactKind::match},
                                            {"reputation", FactKind::reputation},
                                            {"country", FactKind::country}}};
  constexpr std::array<Member, 4> kTls{{{"outcome", FactKind::tls},
                                        {"protocol", FactKind::tls_protocol},
                                        {"cipher", FactKind::tls_cipher},
                                        {"reason", FactKind::tls_reason}}};
  constexpr std::array<Member, 4> kLogin{{{"user", FactKind::user},
                                          {"auth_mechanism", FactKind::auth_mechanism},
                                          {"auth_profile", FactKind::auth_profile},
                                          {"auth_outcome", FactKind::auth_outcome}}};
  if (view.connection == nullptr) return;
  const FactSet& facts = view.connection->facts;
  json.key("client").begin_object();
  // Behind a relay the connection's address is the relay's own.
  const auto relayed = view.fact(FactKind::relay_ip);
  text_member(json, "ip", relayed.empty() ? facts.text(FactKind::client_ip) : relayed);
  fact_members(json, facts, kMembers);
  if (const auto verified = facts.text(FactKind::verified); !verified.empty())
    json.key("verified").boolean(verified == "yes");
  if (!facts.text(FactKind::tls).empty()) {
    json.key("tls").begin_object();
    fact_members(json, facts, kTls);
    json.end_object();
  }
  fact_members(json, facts, kLogin);
  json.end_object();
}

void write_delivery(JsonWriter& json, const MessageView& view) {
  constexpr std::array<Member, 3> kMembers{{{"ip", FactKind::delivery_ip},
                                            {"local_ip", FactKind::delivery_local_ip},
                                            {"port", FactKind::delivery_port}}};
  constexpr std::array<Member, 3> kTls{{{"outcome", FactKind::delivery_tls},
                                        {"protocol", FactKind::delivery_protocol},
                                        {"cipher", FactKind::delivery_cipher}}};
  if (!any_of_them(view, kMembers)) return;
  json.key("delivery").begin_object();
  fact_members(json, view.own->facts, kMembers);
  if (any_of_them(view, kTls)) {
    json.key("tls").begin_object();
    fact_members(json, view.own->facts, kTls);
    json.end_object();
  }
  json.end_object();
}

void write_verdicts(JsonWriter& json, const MessageView& view) {
  constexpr std::array<Member, 12> kMembers{{{"graymail", FactKind::graymail},
                                             {"virus", FactKind::virus},
                                             {"file_reputation", FactKind::file_reputation},
                                             {"outbreak", FactKind::outbreak},
                                             {"threat_level", FactKind::threat_level},
                                             {"dlp", FactKind::dlp},
                                             {"dlp_policy", FactKind::dlp_policy},
                                             {"spf_helo", FactKind::spf_helo},
                                             {"spf_pra", FactKind::spf_pra},
                                             {"dkim", FactKind::dkim},
                                             {"dmarc", FactKind::dmarc},
                                             {"sender_domain", FactKind::sender_domain}}};
  // What an engine says in the end stands above what it said on the way.
  const auto either = [&](FactKind first, FactKind second) {
    const auto text = view.fact(first);
    return text.empty() ? view.fact(second) : text;
  };
  const auto antispam = either(FactKind::antispam, FactKind::interim_antispam);
  const auto antivirus = either(FactKind::antivirus, FactKind::interim_antivirus);
  const auto spf = either(FactKind::spf_mailfrom, FactKind::spf_pra);
  if (antispam.empty() && antivirus.empty() && spf.empty() && !any_of_them(view, kMembers)) return;
  json.key("verdicts").begin_object();
  text_member(json, "antispam", antispam);
  text_member(json, "antivirus", antivirus);
  text_member(json, "spf", spf.empty() ? view.fact(FactKind::spf_helo) : spf);
  for (const Member& member : kMembers)
    text_member(json, member.name, view.fact(member.kind));
  json.end_object();
}

void write_recipients(JsonWriter& json, const std::vector<Recipient>& recipients) {
  if (recipients.empty()) return;
  json.key("recipients").begin_array();
  for (const Recipient& one : recipients) {
    json.begin_object();
    number_member(json, "rid", one.rid);
    text_member(json, "address", one.address);
    json.key("result").string(to_string(one.fate));
    text_member(json, "code", one.code);
    text_member(json, "response", one.response);
    number_member(json, "dcid", one.dcid);
    text_member(json, "ip", one.ip);
    time_member(json, "time", one.fate_key);
    json.end_object();
  }
  json.end_array();
}

/// Everything of a kind that may stand several times, in the order in which it was said.
std::vector<const Fact*> listed(const MessageView& view, FactKind kind, bool own_only) {
  std::vector<const Fact*> all;
  const auto take = [&](const Message& message) {
    for (const Fact& fact : message.facts.all()) {
      const bool known = fact.kind != kind || std::any_of(all.begin(), all.end(), [&](auto* one) {
                           return one->text == fact.text;
                         });
      if (!known) all.push_back(&fact);
    }
  };
  take(*view.own);
  if (!own_only) {
    for (const Message* ancestor : view.ancestors)
      take(*ancestor);
  }
  std::sort(all.begin(), all.end(), [](const Fact* a, const Fact* b) {
    return a->key != b->key ? a->key < b->key : a->text < b->text;
  });
  return all;
}

void write_list(JsonWriter& json, const MessageView& view, std::string_view name, FactKind kind) {
  const auto all = listed(view, kind, false);
  if (all.empty()) return;
  json.key(name).begin_array();
  for (const Fact* fact : all)
    json.string(fact->text);
  json.end_array();
}

void write_stays(JsonWriter& json, const MessageView& view) {
  std::vector<const Stay*> stays;
  for (const Stay& stay : view.own->stays)
    stays.push_back(&stay);
  for (const Message* ancestor : view.ancestors) {
    for (const Stay& stay : ancestor->stays)
      stays.push_back(&stay);
  }
  if (stays.empty()) return;
  std::sort(stays.begin(), stays.end(), [](const Stay* a, const Stay* b) {
    return std::max(a->entered, a->left) < std::max(b->entered, b->left);
  });
  json.key("quarantines").begin_array();
  for (const Stay* stay : stays) {
    json.begin_object();
    text_member(json, "name", stay->name);
    text_member(json, "reason", stay->reason);
    time_member(json, "entered", stay->entered);
    time_member(json, "left", stay->left);
    if (stay->left != kNever) json.key("outcome").string(stay->released ? "released" : "deleted");
    json.end_object();
  }
  json.end_array();
}

void write_lineage(JsonWriter& json, const MessageView& view) {
  const Message& own = *view.own;
  json.key("mid").number(own.mid);
  if (!view.ancestors.empty()) {
    json.key("root_mid").number(view.root().mid).key("lineage").begin_array();
    for (auto at = view.ancestors.rbegin(); at != view.ancestors.rend(); ++at)
      json.number((*at)->mid);
    json.number(own.mid).end_array();
  }
  if (own.parent != kNoNumber) {
    json.key("parent_mid").number(own.parent).key("relation").string(to_string(own.relation));
  }
  if (!own.children.empty()) {
    std::vector<std::uint64_t> mids;
    for (const Child& child : own.children)
      mids.push_back(child.mid);
    std::sort(mids.begin(), mids.end());
    json.key("children").begin_array();
    for (const auto mid : mids)
      json.number(mid);
    json.end_array();
  }
}

std::string_view state_of(const MessageView& view, Action action) {
  if (action == Action::quarantined) return "quarantined";
  if (action == Action::deferred) return "deferred";
  if (view.own->queued) return "in_queue";
  return view.own->ready || !view.ancestors.empty() ? "scanning" : "receiving";
}

void write_times(JsonWriter& json, const MessageView& view) {
  LineKey first = view.own->first;
  std::uint64_t lines = view.own->lines;
  for (const Message* ancestor : view.ancestors) {
    if (ancestor->first != kNever) first = std::min(first, ancestor->first);
    lines += ancestor->lines;
  }
  time_member(json, "start", first);
  time_member(json, "end", view.own->last);
  json.key("lines").number(lines);
}

void write_left_out(JsonWriter& json, const MessageView& view) {
  count_member(json, "recipients_left_out", view.own->recipients_left_out);
  count_member(json, "urls_left_out", view.own->urls_left_out);
  count_member(json, "left_out", view.own->left_out);
}

void write_standing(JsonWriter& json, const MessageView& view, Action action,
                    const EventFrame& frame) {
  json.key("kind").string("message").key("action").string(to_string(action));
  if (view.partial) {
    json.key("partial").boolean(true).key("state").string(state_of(view, action));
  }
  if (!view.incomplete.empty()) {
    json.key("incomplete").begin_array();
    for (const auto reason : view.incomplete)
      json.string(reason);
    json.end_array();
  }
  const Message& root = view.root();
  const std::string born =
      std::to_string(seconds_of(root.start == kNever ? root.first : root.start));
  json.key("correlation_id")
      .string(to_hex(make_identity(
          {"cisco_secure_email", "mail", frame.appliance, std::to_string(root.mid), born})));
  json.key("revision").number(std::uint64_t{frame.revision});
  if (!frame.supersedes.is_zero()) json.key("supersedes").string(to_hex(frame.supersedes));
}

}  // namespace

void write_event(std::string& out, const MessageView& view, const EventFrame& frame) {
  const auto recipients = recipients_of(view);
  const Action action = action_of(view, recipients);
  out += '{';
  if (!frame.file_facts.empty()) {
    out += frame.file_facts;
    out += ',';
  }
  std::string rest;
  JsonWriter json{rest};
  json.begin_object();
  write_standing(json, view, action, frame);
  write_times(json, view);
  write_lineage(json, view);
  number_member(json, "icid", view.own->icid != kNoNumber ? view.own->icid : view.root().icid);
  if (const auto dcids = listed(view, FactKind::dcid, true); !dcids.empty()) {
    json.key("dcids").begin_array();
    for (const Fact* dcid : dcids)
      json.raw(dcid->text);
    json.end_array();
  }
  write_client(json, view);
  text_member(json, "sender", view.fact(FactKind::sender));
  text_member(json, "from_header", view.fact(FactKind::header_from));
  write_recipients(json, recipients);
  text_member(json, "subject", view.fact(FactKind::subject));
  text_member(json, "message_id", view.fact(FactKind::message_id));
  digits_member(json, "size", view.fact(FactKind::size));
  text_member(json, "policy", view.fact(FactKind::policy));
  text_member(json, "direction", view.fact(FactKind::direction));
  write_delivery(json, view);
  write_verdicts(json, view);
  write_list(json, view, "filters", FactKind::filter);
  write_stays(json, view);
  write_list(json, view, "attachments", FactKind::attachment);
  write_list(json, view, "urls", FactKind::url);
  write_list(json, view, "custom", FactKind::custom);
  text_member(json, "abort_reason", view.fact(FactKind::abort_reason));
  if (view.own->finish != kNever)
    json.key("finished").string(view.own->finish_done ? "done" : "aborted");
  write_left_out(json, view);
  json.end_object();
  out.append(rest, 1);
}

}  // namespace cistern::connectors::cisco_secure_email
