// RELP frames and answers from arbitrary bytes: reading is the same however the bytes arrive, what
// is read can be written again to the same bytes, and nothing grows beyond its bounds.
#include "codec/relp.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t kMostData = 4096;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Read {
  std::uint32_t transaction;
  std::string command;
  std::string data;
  friend bool operator==(const Read&, const Read&) = default;
};

struct Outcome {
  std::vector<Read> frames;
  std::string failure;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view bytes, std::size_t piece) {
  using cistern::codec::RelpReader;
  RelpReader reader{kMostData};
  Outcome outcome;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, piece);
    reader.arrived(part);
    bytes.remove_prefix(part.size());
    while (true) {
      const auto next = reader.next();
      if (!next) {
        outcome.failure = next.error().code;
        return outcome;
      }
      if (!*next) break;
      outcome.frames.push_back(
          {(*next)->transaction, std::string{(*next)->command}, std::string{(*next)->data}});
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const Outcome whole = read(bytes, size + 1);
  require(read(bytes, 1) == whole);
  require(read(bytes, 7) == whole);
  std::string again;
  for (const auto& frame : whole.frames) {
    require(frame.data.size() <= kMostData);
    require(!frame.command.empty() && frame.command.size() <= 32);
    cistern::codec::append_relp_frame(again, frame.transaction, frame.command, frame.data);
    const auto answer = cistern::codec::parse_relp_answer(frame.data);
    if (!answer) continue;
    require(answer->code >= 0 && answer->code <= 999);
    const auto offers = cistern::codec::parse_relp_offers(answer->offers);
    require(offers.software.size() <= 256 && offers.commands.size() <= 64 * 64);
  }
  require(read(again, again.size() + 1).frames == whole.frames);
  return 0;
}
