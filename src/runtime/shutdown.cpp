#include "runtime/shutdown.hpp"

#include <algorithm>

namespace cistern::runtime {
namespace {

// A destination that was told to give up may still be inside one call of its library.
constexpr Duration kGiveUpTime = std::chrono::seconds{5};

}  // namespace

void Shutdown::begin() {
  if (step_ != Step::idle) return;
  step_ = Step::connectors;
  for (const auto& [name, connector] : parts_.connectors)
    waiting_.insert(name);
  set_timer(parts_.timeout);
  for (const auto& [name, connector] : parts_.connectors) {
    connector->stop([weak = weak_from_this(), &loop = parts_.loop, name = name] {
      loop.post([weak, name] {
        if (const auto self = weak.lock()) self->ended(name, Step::connectors);
      });
    });
  }
  if (waiting_.empty()) next();
}

void Shutdown::hurry() {
  hurried_ = true;
  if (step_ == Step::destinations) give_up_destinations();
}

void Shutdown::ended(const std::string& name, Step step) {
  if (step != step_ && !(step == Step::destinations && step_ == Step::giving_up)) return;
  waiting_.erase(name);
  if (waiting_.empty()) next();
}

void Shutdown::set_timer(Duration delay) {
  if (timer_) parts_.loop.cancel(*timer_);
  timer_ = parts_.loop.call_after(delay, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->timer_.reset();
      self->next();
    }
  });
}

// The step is over: everything ended, or its time is up.
void Shutdown::next() {
  switch (step_) {
    case Step::connectors:
      for (const auto& name : waiting_) {
        left_behind_.push_back("connector " + name +
                               ": a commit did not become durable in time; what it holds is asked "
                               "for again at the next start");
      }
      return stop_destinations();
    case Step::destinations:
      if (waiting_.empty()) return finish();
      return give_up_destinations();
    case Step::giving_up:
      return finish();
    case Step::idle:
    case Step::finished:
      return;
  }
}

void Shutdown::stop_destinations() {
  step_ = Step::destinations;
  waiting_.clear();
  for (const auto& [name, delivery] : parts_.deliveries)
    waiting_.insert(name);
  if (waiting_.empty()) return finish();
  set_timer(parts_.timeout);
  // An empty store has nothing to deliver; 1 says so without meaning "at once".
  const Sequence until = hurried_ ? 0 : std::max<Sequence>(parts_.journal.health().last, 1);
  for (const auto& [name, delivery] : parts_.deliveries) {
    delivery->stop(until, [weak = weak_from_this(), &loop = parts_.loop, name = name] {
      loop.post([weak, name] {
        if (const auto self = weak.lock()) self->ended(name, Step::destinations);
      });
    });
  }
}

void Shutdown::give_up_destinations() {
  step_ = Step::giving_up;
  for (const auto& name : waiting_) {
    left_behind_.push_back("destination " + name +
                           ": not everything was delivered in time; the rest waits in the store "
                           "for the next start");
    parts_.deliveries.at(name)->stop(0, [] {});
  }
  set_timer(kGiveUpTime);
}

void Shutdown::finish() {
  if (timer_) parts_.loop.cancel(*timer_);
  timer_.reset();
  step_ = Step::finished;
  parts_.done();
}

}  // namespace cistern::runtime
