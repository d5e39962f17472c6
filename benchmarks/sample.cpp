#include "sample.hpp"

#include "base/time.hpp"
#include "codec/compress.hpp"
#include "lab/crowdstrike_falcon/falcon_generator.hpp"
#include "lab/microsoft_365/generator.hpp"

#include <array>

namespace cistern::bench {
namespace {

constexpr std::size_t kBlobSize = 1'000'000;
constexpr std::uint64_t kSeed = 1;

}  // namespace

std::vector<Blob> make_blobs(std::uint64_t bytes) {
  const lab::Generator generator(kSeed, lab::FaultProfile::calm);
  // The four Audit types and DLP in turn, so that every record family is in the sample.
  constexpr std::array kTypes{lab::ContentType::entra, lab::ContentType::exchange,
                              lab::ContentType::sharepoint, lab::ContentType::general,
                              lab::ContentType::dlp};
  const auto created = *parse_time("2026-03-04T05:06:07.123Z");
  std::vector<Blob> blobs;
  std::uint64_t made = 0;
  for (std::uint32_t number = 0; made < bytes; ++number) {
    Blob blob{.content_id = "bench$" + std::to_string(number), .json = "[", .gzipped = {}};
    std::string id;
    for (std::uint32_t index = 0; blob.json.size() < kBlobSize; ++index) {
      if (index > 0) blob.json += ',';
      generator.append(blob.json,
                       {.tenant = 1,
                        .type = kTypes[number % kTypes.size()],
                        .bucket = number,
                        .blob = 0,
                        .index = index,
                        .created = created},
                       id);
    }
    blob.json += ']';
    blob.gzipped = codec::gzip(blob.json);
    made += blob.json.size();
    blobs.push_back(std::move(blob));
  }
  return blobs;
}

std::vector<std::string> make_falcon_events(std::uint64_t bytes) {
  const lab::FalconGenerator generator(kSeed, lab::FaultProfile::calm);
  const auto time = *parse_time("2026-03-04T05:06:07.123Z");
  std::vector<std::string> events;
  std::uint64_t made = 0;
  for (std::uint64_t number = 0; made < bytes; ++number) {
    std::string& event = events.emplace_back();
    generator.append(event, {.customer = 1,
                             .partition = 0,
                             .own = number,
                             .offset = 1'000 + number,
                             .time = time + std::chrono::milliseconds(number)});
    made += event.size();
  }
  return events;
}

}  // namespace cistern::bench
