// A connector made of parts that follow each other: what the first takes in the next one reads.
#pragma once

#include "runtime/connector.hpp"
#include "runtime/derive/derive_driver.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// Starts its parts in order, and stops them in the same order, each when the one before has
/// stopped: so what came in at last still goes all the way.
class Parts final : public runtime::Connector {
 public:
  explicit Parts(std::vector<std::unique_ptr<runtime::Connector>> parts)
      : parts_(std::move(parts)) {}
  void start() override {
    for (const auto& part : parts_)
      part->start();
  }
  void stop(std::function<void()> stopped) override { stop_from(0, std::move(stopped)); }

 private:
  void stop_from(std::size_t at, std::function<void()> stopped) {
    if (at == parts_.size()) return stopped();
    parts_[at]->stop([this, at, stopped = std::move(stopped)]() mutable {
      stop_from(at + 1, std::move(stopped));
    });
  }

  std::vector<std::unique_ptr<runtime::Connector>> parts_;
};

/// The joiner's driver, whose callbacks come on the pool, as a part on the loop.
class DerivePart final : public runtime::Connector {
 public:
  DerivePart(std::unique_ptr<runtime::DeriveDriver> driver, Loop& loop)
      : driver_(std::move(driver)), loop_(loop) {}
  void start() override { driver_->start(); }
  void stop(std::function<void()> stopped) override {
    driver_->stop([&loop = loop_, stopped = std::move(stopped)] { loop.post(stopped); });
  }

 private:
  std::unique_ptr<runtime::DeriveDriver> driver_;
  Loop& loop_;
};

/// Tells the status board each second what came in, by whichever way.
class FactsPart final : public runtime::Connector {
 public:
  using Ask = std::function<runtime::ListenFacts()>;
  FactsPart(std::string connector, Ask ask, const runtime::Services& services)
      : connector_(std::move(connector)), ask_(std::move(ask)), services_(services) {}
  FactsPart(const FactsPart&) = delete;
  FactsPart& operator=(const FactsPart&) = delete;
  ~FactsPart() override { forget(); }

  void start() override { tell(); }
  void stop(std::function<void()> stopped) override {
    forget();
    services_.status.listening(connector_, ask_());
    stopped();
  }

 private:
  void tell() {
    services_.status.listening(connector_, ask_());
    timer_ = services_.loop.call_after(std::chrono::seconds{1}, [this] { tell(); });
  }
  void forget() {
    if (timer_) services_.loop.cancel(*std::exchange(timer_, std::nullopt));
  }

  const std::string connector_;
  Ask ask_;
  const runtime::Services services_;
  std::optional<Loop::TimerId> timer_;
};

}  // namespace cistern::connectors::cisco_secure_email
