// Syslog: frames in a stream that arrives in pieces, and the header of each message.
#include "codec/syslog_framer.hpp"
#include "codec/syslog_message.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using cistern::codec::SyslogFrame;

void expect(bool held) {
  if (!held) std::abort();
}

bool within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void read(std::string_view bytes) {
  const cistern::TimePoint now{std::chrono::hours{24 * 365 * 50}};
  const auto message = cistern::codec::read_syslog_message(bytes, now, cistern::codec::WallClock{});
  expect(message.facility < 24 && message.severity < 8);
  for (const auto part : {message.host, message.app, message.process, message.message_id,
                          message.structured_data, message.sequence, message.text})
    expect(within(part, bytes));
  cistern::codec::SyslogParams params(message.structured_data);
  std::size_t count = 0;
  while (const auto param = params.next())
    expect(within(param->value, bytes) && ++count <= bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input{reinterpret_cast<const char*>(data) + 2, size - 2};
  const std::size_t step = std::size_t{data[0]} + 1;
  constexpr std::size_t kMost = 480;
  cistern::codec::SyslogFramer framer(static_cast<cistern::codec::SyslogFraming>(data[1] % 4),
                                      kMost);
  std::vector<SyslogFrame> frames;
  std::string pending;
  std::size_t framed = 0;
  const auto look = [&] {
    for (const auto& frame : frames) {
      expect(!frame.bytes.empty() && frame.bytes.size() <= kMost);
      framed += frame.bytes.size();
      read(frame.bytes);
    }
    frames.clear();
  };
  for (std::size_t at = 0; at < input.size() && !framer.out_of_step(); at += step) {
    pending += input.substr(at, step);
    const std::size_t used = framer.advance(pending, frames);
    expect(used <= pending.size());
    look();
    pending.erase(0, used);
    expect(framer.out_of_step() || pending.size() <= kMost + 16);
  }
  framer.finish(pending, frames);
  look();
  expect(framed <= input.size());
  read(input);
  return 0;
}
