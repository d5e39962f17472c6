#include "connectors/cisco_duo/origin.hpp"

#include "connectors/cisco_duo/options.hpp"

namespace cistern::connectors::cisco_duo {

std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question) {
  const LogStream* const stream = find_log_stream(question.stream);
  const auto settings = make_settings(question.values);
  if (stream == nullptr || !settings) return {};
  std::string request = "GET " + settings->machine.api.origin;
  request.append(stream->path).append("?mintime=...");
  if (stream->paging != Paging::mintime) request += "&maxtime=...";
  std::vector<runtime::OriginFact> facts{{"request", std::move(request)}};
  const auto account = question.position.find(kAccountKey);
  if (account != question.position.end()) facts.push_back({"account", account->second});
  return facts;
}

}  // namespace cistern::connectors::cisco_duo
