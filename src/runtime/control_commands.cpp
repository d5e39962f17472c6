#include "runtime/control_commands.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "runtime/control_tail.hpp"
#include "runtime/status_json.hpp"

#include <charconv>

#include <boost/json.hpp>

namespace cistern::runtime {
namespace {

namespace json = boost::json;

using Answer = Result<std::string>;

std::string success(std::string_view result) {
  return "{\"ok\":true,\"result\":" + std::string{result} + "}";
}

std::string refusal(const Failure& failure) {
  std::string text;
  codec::JsonWriter writer(text);
  writer.begin_object().key("ok").boolean(false).key("failure").begin_object();
  writer.key("code").string(failure.code);
  writer.key("cause").string(excerpt(failure.cause, 4096));
  writer.key("next_step").string(excerpt(failure.next_step, 4096));
  writer.end_object().end_object();
  return text;
}

std::string text_of(const json::object& request, std::string_view name) {
  const auto* value = request.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

void time_field(codec::JsonWriter& writer, std::string_view name, TimePoint time) {
  if (time != TimePoint{}) writer.key(name).string(format_time(time));
}

Answer coverage(journal::Journal& journal, const std::string& connector) {
  const auto rows = journal.ledger(connector);
  if (!rows) return fail(rows.error());
  std::string text;
  codec::JsonWriter writer(text);
  writer.begin_object().key("rows").begin_array();
  for (const auto& row : *rows) {
    const Coverage& coverage = row.coverage;
    writer.begin_object().key("connector").string(row.connector);
    writer.key("stream").string(coverage.stream).key("kind").string(coverage.kind);
    if (!coverage.item.empty()) writer.key("item").string(excerpt(coverage.item, 4096));
    time_field(writer, "from", coverage.from);
    time_field(writer, "to", coverage.to);
    writer.key("state").string(to_string(coverage.state));
    if (!coverage.reason.empty()) writer.key("reason").string(excerpt(coverage.reason, 4096));
    time_field(writer, "expires", coverage.expires);
    writer.key("offered").number(coverage.offered);
    writer.key("stored").number(row.stored).key("duplicates").number(row.duplicates);
    time_field(writer, "updated", row.updated);
    writer.end_object();
  }
  writer.end_array().end_object();
  return text;
}

tl::unexpected<Failure> no_such_event(const std::string& id) {
  return fail_stop("control/no-such-event", "the store holds no event " + excerpt(id, 100),
                   "check the id; events older than `store.keep` are removed once they are read");
}

Result<Sequence> find_sequence(journal::Journal& journal, const std::string& id) {
  if (const auto identity = identity_from_hex(id)) {
    const auto found = journal.find(*identity);
    if (!found) return fail(found.error());
    if (!*found) return no_such_event(id);
    return **found;
  }
  Sequence sequence = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), sequence);
  if (error != std::errc{} || end != id.data() + id.size() || sequence == 0) {
    return fail_stop("control/bad-id", "'" + excerpt(id, 100) + "' is no event id",
                     "give the 32 hexadecimal digits of cistern.id, or a sequence");
  }
  return sequence;
}

Answer explain(journal::Journal& journal, const std::string& id) {
  const auto sequence = find_sequence(journal, id);
  if (!sequence) return fail(sequence.error());
  const auto read = journal.reader()->read(*sequence);
  if (!read) return fail(read.error());
  const std::string_view line = read->group ? line_of(*read->group, *sequence) : std::string_view{};
  if (line.empty()) return no_such_event(id);
  const auto cursors = journal.cursors();
  if (!cursors) return fail(cursors.error());
  const auto set_aside = journal.set_aside_list();
  if (!set_aside) return fail(set_aside.error());
  std::string text;
  codec::JsonWriter writer(text);
  writer.begin_object().key("sequence").number(std::uint64_t{*sequence});
  writer.key("envelope").raw(line).key("destinations").begin_array();
  for (const auto& [name, cursor] : *cursors) {
    writer.begin_object().key("name").string(name);
    writer.key("next").number(std::uint64_t{cursor.next});
    writer.key("passed").boolean(cursor.next > *sequence).end_object();
  }
  writer.end_array().key("set_aside").begin_array();
  for (const auto& item : *set_aside) {
    if (item.sequence != *sequence) continue;
    writer.begin_object().key("owner").string(item.owner);
    writer.key("reason").string(excerpt(item.reason, 4096));
    time_field(writer, "since", item.since);
    writer.end_object();
  }
  writer.end_array().end_object();
  return text;
}

class Handler {
 public:
  explicit Handler(ControlContext context) : context_(std::move(context)) {}

  void operator()(const std::shared_ptr<ControlPeer>& peer, std::string_view request) const {
    boost::system::error_code error;
    const auto value = json::parse(request, error);
    if (error || !value.is_object()) {
      return peer->send(refusal(fail_stop("control/bad-request", "the request is no JSON object",
                                          "send one JSON object a line")
                                    .value()));
    }
    const auto& object = value.get_object();
    const auto* version = object.if_contains("version");
    if (version == nullptr || !version->is_int64() || version->get_int64() != kControlVersion) {
      return peer->send(
          refusal(fail_stop("control/version",
                            "this cistern speaks version " + std::to_string(kControlVersion) +
                                " of the control protocol",
                            "use the command line of the version that is running, or restart it")
                      .value()));
    }
    run(peer, text_of(object, "command"), object);
  }

 private:
  void run(const std::shared_ptr<ControlPeer>& peer, const std::string& command,
           const json::object& request) const {
    if (command == "status") {
      return peer->send(
          success(status_json(context_.status, context_.journal, context_.clock.now())));
    }
    if (command == "coverage") {
      return from_store(peer, [connector = text_of(request, "connector")](auto& journal) {
        return coverage(journal, connector);
      });
    }
    if (command == "explain") {
      return from_store(peer, [id = lower_case(text_of(request, "id"))](auto& journal) {
        return explain(journal, id);
      });
    }
    if (command == "tail") return tail(peer, request);
    if (command == "stop") {
      peer->send(success("{}"));
      return context_.stop("asked over the control socket");
    }
    peer->send(refusal(fail_stop("control/unknown-command",
                                 "there is no command '" + excerpt(command, 100) + "'",
                                 "use status, coverage, explain, tail or stop")
                           .value()));
  }

  // The store is read on the pool; the answer is sent on the loop, if the peer is still there.
  void from_store(const std::shared_ptr<ControlPeer>& peer,
                  std::function<Answer(journal::Journal&)> question) const {
    context_.pool.post([&loop = context_.loop, &journal = context_.journal,
                        weak = std::weak_ptr<ControlPeer>(peer), question = std::move(question)] {
      const Answer answer = question(journal);
      loop.post([weak, text = answer ? success(*answer) : refusal(answer.error())] {
        if (const auto peer = weak.lock()) peer->send(text);
      });
    });
  }

  void tail(const std::shared_ptr<ControlPeer>& peer, const json::object& request) const {
    const auto health = context_.journal.health();
    TailFilter filter{.connector = text_of(request, "connector"),
                      .stream = text_of(request, "stream"),
                      .from = health.last + 1};
    const auto* from = request.if_contains("from");
    if (from != nullptr && from->is_int64()) {
      filter.from = static_cast<Sequence>(std::max<std::int64_t>(1, from->get_int64()));
    }
    start_tail(context_, peer, std::move(filter));
  }

  ControlContext context_;
};

}  // namespace

ControlHandler make_control_handler(ControlContext context) {
  return Handler{std::move(context)};
}

}  // namespace cistern::runtime
