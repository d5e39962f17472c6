#include "connectors/syslog/relp_server.hpp"

#include <algorithm>

namespace cistern::connectors::syslog {
namespace {

constexpr std::string_view kTaken = "200 OK";

std::string response(std::uint32_t transaction, std::string_view data) {
  std::string out;
  codec::append_relp_frame(out, transaction, "rsp", data);
  return out;
}

RelpStep refused(std::uint32_t transaction, std::string_view why) {
  return {.kind = RelpStep::Kind::broken,
          .reply = response(transaction, "500 " + std::string{why}) + RelpServer::farewell(),
          .why = why};
}

}  // namespace

std::string RelpServer::farewell() {
  std::string out;
  codec::append_relp_frame(out, 0, "serverclose", {});
  return out;
}

RelpStep RelpServer::take(const codec::RelpFrame& frame) {
  if (frame.command == "open") return open(frame);
  if (!open_) return refused(frame.transaction, "the session is not open");
  if (frame.command == "syslog") {
    return {.kind = RelpStep::Kind::message,
            .data = frame.data,
            .reply = response(frame.transaction, kTaken)};
  }
  if (frame.command == "close")
    return {.kind = RelpStep::Kind::close, .reply = response(frame.transaction, {})};
  return {.kind = RelpStep::Kind::reply,
          .reply = response(frame.transaction, "500 this command is not known here")};
}

RelpStep RelpServer::open(const codec::RelpFrame& frame) {
  if (open_) return refused(frame.transaction, "the session is open already");
  const auto offers = codec::parse_relp_offers(frame.data);
  if (!offers.version || *offers.version < 0 || *offers.version > 1)
    return refused(frame.transaction, "relp_version must be 0 or 1");
  const bool syslog =
      std::find(offers.commands.begin(), offers.commands.end(), "syslog") != offers.commands.end();
  if (!syslog) return refused(frame.transaction, "the command syslog is not offered");
  open_ = true;
  const codec::RelpOffers ours{
      .version = offers.version, .software = "cistern", .commands = {"syslog"}};
  return {.reply = response(frame.transaction,
                            std::string{kTaken} + "\n" + codec::write_relp_offers(ours))};
}

}  // namespace cistern::connectors::syslog
