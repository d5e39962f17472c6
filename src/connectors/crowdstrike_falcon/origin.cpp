#include "connectors/crowdstrike_falcon/origin.hpp"

#include "connectors/crowdstrike_falcon/feed_cursor.hpp"
#include "connectors/crowdstrike_falcon/options.hpp"
#include "connectors/crowdstrike_falcon/wire.hpp"

namespace cistern::connectors::crowdstrike_falcon {

std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question) {
  if (question.stream != kStream) return {};
  const Settings settings = make_settings(question.values);
  const HttpRequest discovery =
      discovery_request(settings.machine.api_url, settings.machine.app_id);
  std::vector<runtime::OriginFact> facts{
      {"discovered by", "GET " + discovery.url},
      {"request", "GET https://.../sensors/entities/datafeed/v1/<feed>?appId=" +
                      settings.machine.app_id + "&offset=<last stored>"}};
  const auto customer = question.position.find(kCustomerKey);
  if (customer != question.position.end()) facts.push_back({"customer", customer->second});
  return facts;
}

}  // namespace cistern::connectors::crowdstrike_falcon
