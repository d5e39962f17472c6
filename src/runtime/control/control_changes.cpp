#include "runtime/control/control_changes.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json.hpp>

namespace cistern::runtime {
namespace {

namespace json = boost::json;
using Peer = std::weak_ptr<ControlPeer>;
using Kind = journal::StoreEdit::Kind;

void answer(const Peer& weak, const std::string& result) {
  if (const auto peer = weak.lock()) peer->send("{\"ok\":true,\"result\":" + result + "}");
}

void refuse(const Peer& weak, const Failure& failure) {
  std::string text;
  codec::JsonWriter writer(text);
  writer.begin_object().key("ok").boolean(false).key("failure").begin_object();
  writer.key("code").string(failure.code);
  writer.key("cause").string(excerpt(failure.cause, 4096));
  writer.key("next_step").string(excerpt(failure.next_step, 4096));
  writer.end_object().end_object();
  if (const auto peer = weak.lock()) peer->send(std::move(text));
}

struct Fields {
  std::string name;
  std::string to;
  std::uint64_t id = 0;
};

Fields fields_of(std::string_view request) {
  boost::system::error_code error;
  const auto value = json::parse({request.data(), request.size()}, error);
  Fields fields;
  if (error || !value.is_object()) return fields;
  const auto& object = value.get_object();
  const auto text = [&](const char* key) {
    const auto* found = object.if_contains(key);
    return found != nullptr && found->is_string() ? std::string{found->get_string()}
                                                  : std::string{};
  };
  fields.name = text("name");
  fields.to = text("to");
  const auto* id = object.if_contains("id");
  if (id != nullptr && id->is_int64() && id->get_int64() > 0)
    fields.id = static_cast<std::uint64_t>(id->get_int64());
  return fields;
}

Failure no_such_item(std::uint64_t id) {
  return fail_stop("quarantine/unknown",
                   "nothing with the number " + std::to_string(id) + " is set aside",
                   "`cistern quarantine list` shows what is")
      .value();
}

class Changes {
 public:
  explicit Changes(ChangeContext context) : context_(std::move(context)) {}

  bool operator()(const std::shared_ptr<ControlPeer>& peer, const std::string& command,
                  std::string_view request) const {
    const Fields fields = fields_of(request);
    if (command == "reload") {
      reload(peer);
    } else if (command == "rename_connector") {
      edit(peer, {.kind = Kind::rename_connector, .name = fields.name, .to = fields.to});
    } else if (command == "remove_connector") {
      edit(peer, {.kind = Kind::remove_connector, .name = fields.name});
    } else if (command == "forget_destination") {
      edit(peer, {.kind = Kind::forget_reader, .name = fields.name});
    } else if (command == "quarantine_drop") {
      drop(peer, fields.id);
    } else if (command == "quarantine_retry") {
      retry(peer, fields.id);
    } else {
      return false;
    }
    return true;
  }

 private:
  [[nodiscard]] bool reloads(const Peer& peer) const {
    if (context_.reloader) return true;
    refuse(peer, fail_stop("config/no-reload", "this process cannot read its configuration again",
                           "restart it")
                     .value());
    return false;
  }

  void reload(const Peer& peer) const {
    if (!reloads(peer)) return;
    context_.reloader->reload("asked with `cistern reload`", [peer](const ReloadReport& report) {
      answer(peer, report_json(report));
    });
  }

  void edit(const Peer& peer, journal::StoreEdit edit) const {
    if (!reloads(peer)) return;
    context_.reloader->change_store(std::move(edit), [peer](const ReloadReport& report) {
      if (!report.failures.empty()) return refuse(peer, report.failures.front());
      answer(peer, report_json(report));
    });
  }

  [[nodiscard]] std::optional<journal::SetAside> find(const Peer& peer, std::uint64_t id) const {
    const auto list = context_.journal.set_aside_list();
    if (!list) {
      refuse(peer, list.error());
      return std::nullopt;
    }
    const auto found =
        std::find_if(list->begin(), list->end(), [id](const auto& item) { return item.id == id; });
    if (found != list->end()) return *found;
    refuse(peer, no_such_item(id));
    return std::nullopt;
  }

  void drop(const Peer& peer, std::uint64_t id) const {
    if (find(peer, id)) remove(peer, context_, id);
  }

  static void remove(const Peer& peer, const ChangeContext& context, std::uint64_t id) {
    context.journal.edit({.kind = Kind::drop_set_aside, .id = id},
                         [peer, &loop = context.loop](const Status& status) {
                           loop.post([peer, status] {
                             if (!status) return refuse(peer, status.error());
                             answer(peer, "{}");
                           });
                         });
  }

  void retry(const Peer& peer, std::uint64_t id) const {
    const auto item = find(peer, id);
    if (!item) return;
    constexpr std::string_view kDestination = "destination/";
    const bool reader = item->owner.starts_with(kDestination);
    const auto name = reader ? item->owner.substr(kDestination.size()) : std::string{};
    const auto found = context_.components.deliveries().find(name);
    if (found == context_.components.deliveries().end()) {
      return refuse(peer, fail_stop("quarantine/no-destination",
                                    item->owner + ", which set this aside, does not run here",
                                    reader ? "add the destination to the configuration again and "
                                             "reload, or drop the item"
                                           : "only what a destination refused can be tried again")
                              .value());
    }
    found->second->retry(item->sequence, [peer, id, context = context_](const Status& status) {
      context.loop.post([peer, id, context, status] {
        if (!status) return refuse(peer, status.error());
        remove(peer, context, id);
      });
    });
  }

  ChangeContext context_;
};

}  // namespace

std::function<bool(const std::shared_ptr<ControlPeer>&, const std::string&, std::string_view)>
make_change_handler(ChangeContext context) {
  return Changes{std::move(context)};
}

}  // namespace cistern::runtime
