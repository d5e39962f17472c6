#include "runtime/control/control_commands.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "runtime/status/status_json.hpp"

#include <boost/json.hpp>

namespace cistern::runtime {
namespace {

namespace json = boost::json;

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
    run(peer, text_of(object, "command"), request);
  }

 private:
  void run(const std::shared_ptr<ControlPeer>& peer, const std::string& command,
           std::string_view request) const {
    if (command == "status") {
      return peer->send(
          success(status_json(context_.status, context_.journal, context_.clock.now())));
    }
    if (command == "stop") {
      peer->send(success("{}"));
      return context_.stop("asked over the control socket");
    }
    if (context_.others && context_.others(peer, command, request)) return;
    peer->send(refusal(fail_stop("control/unknown-command",
                                 "there is no command '" + excerpt(command, 100) + "'",
                                 "use the command line of the version that is running")
                           .value()));
  }

  ControlContext context_;
};

}  // namespace

ControlHandler make_control_handler(ControlContext context) {
  return Handler{std::move(context)};
}

}  // namespace cistern::runtime
