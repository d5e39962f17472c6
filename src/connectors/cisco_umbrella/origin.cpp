#include "connectors/cisco_umbrella/origin.hpp"

#include "codec/aws/s3_request.hpp"
#include "connectors/cisco_umbrella/object_key.hpp"
#include "connectors/cisco_umbrella/options.hpp"

namespace cistern::connectors::cisco_umbrella {

std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question) {
  const auto settings = make_settings(question.values);
  if (!settings || question.item.empty()) return {};
  const MachineOptions& machine = settings->machine;
  const std::string prefix = machine.prefix();
  const auto name = parse_object_key(prefix, question.item);
  if (!name) return {};
  codec::aws::ListQuestion listing;
  listing.prefix = prefix + name->log + "/";
  listing.start_after = slot_start(prefix, name->log, name->slot());
  return {
      {"log folder", prefix + name->log},
      {"upload slot", format_time_seconds(name->slot()) + "Z"},
      {"listed by", "GET " + codec::aws::list_objects(machine.endpoint, listing).url},
      {"request",
       "GET " + codec::aws::get_object(
                    machine.endpoint,
                    {.key = std::string{question.item}, .range = {}, .if_match = {}, .max_body = 0})
                    .url}};
}

}  // namespace cistern::connectors::cisco_umbrella
