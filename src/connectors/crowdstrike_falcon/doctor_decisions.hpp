// Decisions of the doctor: an answer becomes a conclusion. Pure, but for what they note.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "connectors/crowdstrike_falcon/options.hpp"
#include "connectors/crowdstrike_falcon/wire.hpp"
#include "net/oauth2.hpp"
#include "runtime/doctor/probe_runner.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

using Answer = Result<HttpResponse>;

/// One connector under examination.
struct Examination {
  Settings settings;
  TimePoint now{};
  std::optional<Duration> clock_ahead = std::nullopt;
  std::optional<net::Token> token = std::nullopt;
  std::string region{};  ///< As the login named it.
  std::vector<FeedOffer> feeds{};
};

namespace doctor {

/// Of the app_id, among others: labels that the vendor's documentation does not allow.
runtime::ProbeResult configuration(const Examination& at);
/// The API host, asked for streams without a token: any refusal in its own words proves the way.
runtime::ProbeResult api_host(Examination& at, const Answer& answer);
runtime::ProbeResult clock(const Examination& at);
/// Notes token and region. A token of another cloud is one all the same: the next probe says so.
runtime::ProbeResult token(Examination& at, const Answer& answer);
runtime::ProbeResult cloud(Examination& at);
/// Notes the feeds, and whether the scope is there.
runtime::ProbeResult scope(Examination& at, const Answer& answer);
runtime::ProbeResult streams(const Examination& at);
/// The stream's host, asked without a session: that it answers is enough.
runtime::ProbeResult stream_host(const Examination& at, const Answer& answer);

/// The first stream whose host may be asked.
const FeedOffer* reachable_feed(const Examination& at);

}  // namespace doctor

}  // namespace cistern::connectors::crowdstrike_falcon
