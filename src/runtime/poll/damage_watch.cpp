#include "runtime/poll/damage_watch.hpp"

#include <utility>

namespace cistern::runtime {

struct DamageWatch::Question {
  Loop& loop;
  Executor& pool;
  journal::Journal& journal;
  Log& log;
  std::string connector;
  std::function<void(const StoreDamage&)> tell;  ///< On the loop only.
};

DamageWatch::DamageWatch(const Services& services, std::string connector,
                         std::function<void(const StoreDamage&)> tell)
    : question_(std::make_shared<Question>(Question{services.loop, services.pool, services.journal,
                                                    services.log, std::move(connector),
                                                    std::move(tell)})) {
  // First the listener, then the question: so nothing falls between the two.
  listener_ = services.journal.on_damage([weak = std::weak_ptr{question_}] {
    if (const auto question = weak.lock()) ask(question);
  });
  // What the start of the store finds is told when it is recorded.
  if (!services.journal.health().holes.empty()) ask(question_);
}

DamageWatch::~DamageWatch() {
  question_->journal.remove_listener(listener_);
}

void DamageWatch::ask(const std::shared_ptr<Question>& question) {
  question->pool.post([weak = std::weak_ptr{question}] {
    const auto asked = weak.lock();
    if (!asked) return;
    auto damage = asked->journal.damage(asked->connector);
    if (!damage) {
      asked->log.warning("runtime",
                         "what the store lost is not asked for again until the next start",
                         {{"connector", asked->connector}, {"reason", damage.error().sentence()}});
      return;
    }
    if (damage->through == 0) return;
    asked->loop.post([weak, damage = std::move(*damage)] {
      if (const auto told = weak.lock()) told->tell(damage);
    });
  });
}

}  // namespace cistern::runtime
