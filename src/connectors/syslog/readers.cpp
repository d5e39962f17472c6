#include "connectors/syslog/readers.hpp"

#include "connectors/syslog/readers_lines.hpp"
#include "connectors/syslog/readers_sophos.hpp"
#include "connectors/syslog/readers_utm.hpp"

#include <memory>

namespace cistern::connectors::syslog {

ecs::ReaderTable mapping_readers() {
  const auto zones = std::make_shared<Zones>();
  const auto with_zones = [&zones](auto function) -> ecs::RecordReader {
    return [zones, function](const ecs::ReaderInput& input, std::string& json) {
      return function(input, *zones, json);
    };
  };
  const auto sophos = std::make_shared<const SophosReader>(zones);
  return {{"sophos_firewall", [sophos](const ecs::ReaderInput& input,
                                       std::string& json) { return (*sophos)(input, json); }},
          {"sophos_utm", with_zones(read_utm)},
          {"cef", with_zones(read_cef)},
          {"leef", with_zones(read_leef)},
          {"json", with_zones(read_json)},
          {"key_value", with_zones(read_key_value)},
          {"message", with_zones(read_plain)}};
}

}  // namespace cistern::connectors::syslog
