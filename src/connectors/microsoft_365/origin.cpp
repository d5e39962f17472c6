#include "connectors/microsoft_365/origin.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/options.hpp"
#include "connectors/microsoft_365/read_file.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <algorithm>

namespace cistern::connectors::microsoft_365 {

std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question) {
  const auto type =
      std::find_if(kContentTypes.begin(), kContentTypes.end(),
                   [&](const ContentType& content) { return content.stream == question.stream; });
  if (type == kContentTypes.end()) return {};
  std::vector<runtime::OriginFact> facts{{"content type", std::string{type->name}}};
  const auto settings = make_settings(question.values, read_small_file);
  if (!settings || question.item.empty()) return facts;
  const auto known = question.position.find("tenant");
  const std::string tenant =
      known != question.position.end() ? known->second : lower_case(settings->machine.tenant);
  const std::string feed = settings->machine.manage_url + "/api/v1.0/" + tenant + "/activity/feed/";
  facts.push_back({"listed by", "GET " + feed + "subscriptions/content?contentType=" +
                                    std::string{type->name} + "&startTime=...&endTime=..."});
  facts.push_back({"request", "GET " + feed + "audit/" + std::string{question.item}});
  return facts;
}

}  // namespace cistern::connectors::microsoft_365
