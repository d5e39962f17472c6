#include "app/vendor_release.hpp"

#include "base/sealing_key.hpp"
#include "net/io_loop.hpp"

#include <csignal>

namespace cistern::app {

std::vector<LeftBehind> left_behind(const Registry& registry, const Position& position) {
  std::vector<LeftBehind> out;
  for (const auto& type : registry.connectors) {
    if (!type.leaves_behind || !type.release) continue;
    auto words = type.leaves_behind(position);
    if (!words.empty()) out.push_back({.type = &type, .words = std::move(words)});
  }
  return out;
}

Status release_at_vendor(const LeftBehind& left, const Position& position, const std::string& store,
                         const Output& output) {
  const auto loop = net::make_io_loop();
  const SystemClock clock;
  SystemRandom random;
  const auto sealer = make_store_sealer(store);
  Status outcome =
      fail_stop("cistern/interrupted", left.words + " may still be there", "repeat the command");
  const auto running =
      left.type->release({.loop = *loop,
                          .clock = clock,
                          .random = random,
                          .sealer = *sealer,
                          .position = position,
                          .note = [&](const std::string& line) { output.note(line); },
                          .finished =
                              [&](Status status) {
                                outcome = std::move(status);
                                loop->stop();
                              }});
  loop->on_signals({SIGINT, SIGTERM}, [&](int) { loop->stop(); });
  loop->run();
  return outcome;
}

}  // namespace cistern::app
