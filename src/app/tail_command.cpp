#include "app/commands.hpp"
#include "app/setup.hpp"
#include "destinations/format/format.hpp"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <deque>

namespace cistern::app {
namespace {

/// How often the store is looked at for new events.
constexpr timespec kPause{0, 250'000'000};

/// Walks the store and hands over the rendered events that the user wants.
class Follower {
 public:
  Follower(journal::Journal& journal, runtime::Format& format, const TailCommand& command)
      : reader_(journal.reader()), format_(format), command_(command) {}

  /// Renders what is there from `next` on; false when the store cannot be read any more.
  template <class Sink>
  Status read_all(Sequence& next, Sink&& sink) {
    while (true) {
      auto read = reader_->read(next);
      if (!read) return fail(read.error());
      if (read->group == nullptr) return {};
      for (const auto& envelope : read->group->envelopes) {
        if (envelope.sequence < next || !wanted(envelope)) continue;
        text_.clear();
        if (format_.render(envelope, text_) && !sink(text_)) return {};
      }
      next = read->group->last + 1;
    }
  }

 private:
  [[nodiscard]] bool wanted(const journal::Envelope& envelope) const {
    return (command_.connector.empty() || envelope.connector == command_.connector) &&
           (command_.stream.empty() || envelope.stream == command_.stream);
  }

  std::unique_ptr<journal::Reader> reader_;
  runtime::Format& format_;
  const TailCommand& command_;
  std::string text_;
};

/// Events further back than this are not looked at for the first lines.
constexpr Sequence kFarthestBack = 100'000;

}  // namespace

ExitCode tail(const TailCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  const auto store = open_store(*configuration, output);
  if (!store) return ExitCode::store;
  const auto views = compile_views(*configuration, registry);
  if (!views) return output.failure(views.error(), ExitCode::configuration);
  const auto format = destinations::make_plain_format(command.format, *views);
  if (!format) return output.failure(format.error(), ExitCode::usage);

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Follower follower(*store->journal, **format, command);
  const auto health = store->journal->health();
  Sequence next = std::max(health.oldest,
                           health.last > kFarthestBack ? health.last - kFarthestBack : Sequence{1});
  if (command.connector.empty() && command.stream.empty()) {
    next = std::max(health.oldest,
                    health.last >= command.last ? health.last - command.last + 1 : Sequence{1});
  }
  std::deque<std::string> first;
  if (auto read = follower.read_all(next,
                                    [&](const std::string& text) {
                                      first.push_back(text);
                                      if (first.size() > command.last) first.pop_front();
                                      return true;
                                    });
      !read) {
    return output.failure(read.error(), ExitCode::store);
  }
  std::uint64_t shown = 0;
  const auto show = [&](const std::string& text) {
    output.line(text);
    return output.open() && ++shown != command.count;
  };
  for (const auto& text : first) {
    if (!show(text)) return ExitCode::ok;
  }
  bool more = command.follow;
  while (more && sigtimedwait(&signals, nullptr, &kPause) < 0) {
    auto read = follower.read_all(next, [&](const std::string& text) { return more = show(text); });
    if (!read) return output.failure(read.error(), ExitCode::store);
  }
  return ExitCode::ok;
}

}  // namespace cistern::app
