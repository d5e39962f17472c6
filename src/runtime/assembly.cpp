#include "runtime/assembly.hpp"

#include "net/http_server.hpp"
#include "runtime/control_commands.hpp"
#include "runtime/delivery_start.hpp"
#include "runtime/metrics.hpp"
#include "runtime/pool.hpp"
#include "runtime/settings.hpp"
#include "runtime/shutdown.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <future>
#include <thread>

namespace cistern::runtime {
namespace {

constexpr Duration kRefresh = std::chrono::seconds{1};
constexpr Duration kHeartbeat = std::chrono::minutes{1};
constexpr auto kCursorWait = std::chrono::seconds{10};
constexpr std::size_t kMostDeliveryThreads = 16;

unsigned worker_threads() {
  return std::max(1U, std::thread::hardware_concurrency());
}

unsigned delivery_threads(std::size_t destinations) {
  return static_cast<unsigned>(std::clamp<std::size_t>(destinations, 1, kMostDeliveryThreads));
}

template <class Type>
const Type* find_type(const std::vector<Type>& types, const std::string& name) {
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const Type& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

tl::unexpected<Failure> unknown_type(const std::string& kind, const std::string& type) {
  return fail_stop("config/unknown-type", "there is no kind of " + kind + " named '" + type + "'",
                   "run `cistern check`; it lists the known kinds");
}

class RunningApplication final : public Application {
 public:
  RunningApplication(const config::Configuration& configuration, ApplicationParts parts)
      : parts_(std::move(parts)),
        memory_(parts_.memory_limit),
        status_(parts_.clock, parts_.log),
        loop_(net::make_io_loop()),
        control_path_(control_socket_path(configuration.store.text("path"))),
        delivery_pool_(make_pool(delivery_threads(configuration.destinations.size()))),
        pool_(make_pool(worker_threads())) {}
  RunningApplication(const RunningApplication&) = delete;
  RunningApplication& operator=(const RunningApplication&) = delete;

  ~RunningApplication() override {
    // Whoever uses others goes before them: servers, components, threads, and then the store.
    control_.reset();
    http_server_.reset();
    deliveries_.clear();
    connectors_.clear();
    delivery_pool_.reset();
    pool_.reset();
    journal_.reset();
  }

  Status build(const config::Configuration& configuration);

  ExitReport run() override;
  void stop(std::string reason) override {
    loop_->post([this, reason = std::move(reason)] { begin_stop(reason); });
  }
  net::IoLoop& loop() override { return *loop_; }
  [[nodiscard]] const StatusBoard& status() const override { return status_; }
  [[nodiscard]] const journal::Journal& journal() const override { return *journal_; }
  [[nodiscard]] const MemoryBudget& memory() const override { return memory_; }
  [[nodiscard]] std::uint16_t metrics_port() const override {
    return http_server_ ? http_server_->port() : std::uint16_t{0};
  }
  [[nodiscard]] const std::string& control_path() const override { return control_path_; }

 private:
  Services services(Executor& pool) {
    return {.loop = *loop_,
            .pool = pool,
            .journal = *journal_,
            .clock = parts_.clock,
            .random = parts_.random,
            .log = parts_.log,
            .status = status_,
            .budgets = budgets_,
            .memory = memory_};
  }
  Result<std::unique_ptr<Connector>> make_connector(const config::Component& component);
  Result<std::unique_ptr<Delivery>> make_destination(const config::Component& component);
  void add_connector(const config::Component& component);
  void add_destination(const config::Component& component);
  void settle_new_cursor(const DeliveryOptions& options);
  Status serve_control_socket();
  void serve_metrics(const config::Values& telemetry);
  net::ServedResponse answer(const net::ServedRequest& request);
  void start_components();
  void tick();
  void beat();
  void begin_stop(const std::string& reason);

  ApplicationParts parts_;
  MemoryBudget memory_;
  StatusBoard status_;
  RateBudgets budgets_;
  std::unique_ptr<net::IoLoop> loop_;
  std::string control_path_;
  std::unique_ptr<journal::Journal> journal_;
  // Destinations may block in a call, and must never keep an answer from being decoded: threads of
  // their own.
  std::unique_ptr<Pool> delivery_pool_;
  std::unique_ptr<Pool> pool_;
  std::map<std::string, std::unique_ptr<Connector>> connectors_;
  std::map<std::string, std::unique_ptr<Delivery>> deliveries_;
  std::unique_ptr<net::HttpServer> http_server_;
  std::unique_ptr<ControlServer> control_;
  std::shared_ptr<Shutdown> shutdown_;
  ExitReport report_;
};

// ---- building ----

Status RunningApplication::build(const config::Configuration& configuration) {
  auto journal = journal::open_journal(journal_options(configuration.store), parts_.files,
                                       parts_.clock, parts_.random, parts_.log);
  if (!journal) return fail(std::move(journal.error()));
  journal_ = std::move(*journal);
  status_.set_last_sequence(journal_->health().last);
  if (auto served = serve_control_socket(); !served) return served;
  serve_metrics(configuration.telemetry);
  for (const auto& component : configuration.destinations)
    add_destination(component);
  for (const auto& component : configuration.connectors)
    add_connector(component);
  return {};
}

void RunningApplication::add_connector(const config::Component& component) {
  if (!component.values.boolean("enabled")) {
    parts_.log.info(component.name, "not enabled in the configuration; it reads nothing");
    return;
  }
  status_.add_connector(component.name, component.type);
  auto connector = make_connector(component);
  if (connector) {
    connectors_[component.name] = std::move(*connector);
    return;
  }
  Report report;
  report.kind = Report::Kind::stopped;
  report.failure = connector.error();
  status_.report(component.name, report);
}

Result<std::unique_ptr<Connector>> RunningApplication::make_connector(
    const config::Component& component) {
  const auto* type = find_type(parts_.connector_types, component.type);
  if (type == nullptr) return unknown_type("connector", component.type);
  return type->make(component.name, component.values, *loop_, services(*pool_));
}

void RunningApplication::add_destination(const config::Component& component) {
  status_.add_destination(component.name, component.type);
  auto delivery = make_destination(component);
  if (delivery) {
    deliveries_[component.name] = std::move(*delivery);
    return;
  }
  status_.destination_state(component.name, State::stopped, delivery.error(), {});
}

Result<std::unique_ptr<Delivery>> RunningApplication::make_destination(
    const config::Component& component) {
  const auto* type = find_type(parts_.destination_types, component.type);
  if (type == nullptr) return unknown_type("destination", component.type);
  const DestinationContext context{
      .name = component.name, .files = parts_.files, .clock = parts_.clock, .log = parts_.log};
  auto destination = type->make(component.values, context);
  if (!destination) return fail(std::move(destination.error()));
  auto format = parts_.make_format(component.values, parts_.views);
  if (!format) return fail(std::move(format.error()));
  const auto options = delivery_options(component.name, component.values);
  settle_new_cursor(options);
  return make_delivery(options, std::move(*destination), std::move(*format),
                       services(*delivery_pool_));
}

// A new destination's place is durable before the first connector can store anything: "now" is the
// start of the program and not some moment after, also if it is killed meanwhile. Where the store
// cannot write, the delivery tries again by itself.
void RunningApplication::settle_new_cursor(const DeliveryOptions& options) {
  const auto known = journal_->cursor(options.destination);
  if (!known || *known) return;
  const auto first = first_sequence(options.start, *journal_, parts_.clock);
  if (!first) return;
  journal::Cursor cursor;
  cursor.next = *first;
  const auto moved = std::make_shared<std::promise<void>>();
  journal_->move_cursor(options.destination, cursor, true,
                        [moved](const Status&) { moved->set_value(); });
  moved->get_future().wait_for(kCursorWait);
}

Status RunningApplication::serve_control_socket() {
  auto handler = make_control_handler({.loop = *loop_,
                                       .pool = *pool_,
                                       .status = status_,
                                       .journal = *journal_,
                                       .clock = parts_.clock,
                                       .stop = [this](std::string reason) { stop(reason); }});
  auto control = serve_control(*loop_, control_path_, std::move(handler));
  if (!control) return fail(std::move(control.error()));
  control_ = std::move(*control);
  return {};
}

// Without metrics events are collected all the same, so a port in use is loud but not fatal.
void RunningApplication::serve_metrics(const config::Values& telemetry) {
  const auto address = parse_listen(telemetry.text("listen"));
  Failure failure;
  if (address) {
    if (address->host.empty()) return;
    auto server = net::serve_http(*loop_, address->host, address->port,
                                  [this](const auto& request) { return answer(request); });
    if (server) {
      http_server_ = std::move(*server);
      return;
    }
    failure = server.error();
  } else {
    failure = address.error();
  }
  parts_.log.error("telemetry", "no metrics are served: " + failure.sentence(),
                   {{"code", failure.code}});
}

net::ServedResponse RunningApplication::answer(const net::ServedRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    return {.status = 405, .body = "only GET and HEAD are understood\n"};
  }
  const std::string target = request.target.substr(0, request.target.find('?'));
  if (target == "/metrics") {
    return {.status = 200,
            .content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = render_metrics(status_, *journal_, memory_, parts_.clock.now())};
  }
  if (target == "/healthz") {
    bool healthy = false;
    auto body = render_health(status_, *journal_, healthy);
    return {
        .status = healthy ? 200 : 503, .content_type = "application/json", .body = std::move(body)};
  }
  return {.status = 404, .body = "there is /metrics and /healthz\n"};
}

// ---- running ----

ExitReport RunningApplication::run() {
  // A reader that closes its end of a pipe is a failure of one write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  if (parts_.handle_signals) {
    loop_->on_signals({SIGINT, SIGTERM},
                      [this](int signal) { begin_stop(signal == SIGINT ? "SIGINT" : "SIGTERM"); });
  }
  loop_->post([this] { start_components(); });
  loop_->run();
  if (shutdown_) report_.left_behind = shutdown_->left_behind();
  report_.clean = report_.left_behind.empty();
  control_.reset();
  http_server_.reset();
  deliveries_.clear();
  connectors_.clear();
  journal_->close();
  report_.store = journal_->health();
  status_.set_last_sequence(report_.store.last);
  report_.connectors = status_.connectors();
  report_.destinations = status_.destinations();
  return report_;
}

void RunningApplication::start_components() {
  if (shutdown_) return;
  for (const auto& [name, delivery] : deliveries_)
    delivery->start();
  for (const auto& [name, connector] : connectors_) {
    // Each in a task of its own, so that a thousand of them hold up nobody.
    loop_->post([this, name = name] {
      const auto found = connectors_.find(name);
      if (found != connectors_.end() && !shutdown_) found->second->start();
    });
  }
  tick();
  loop_->call_after(kHeartbeat, [this] { beat(); });
}

void RunningApplication::tick() {
  const auto health = journal_->health();
  if (health.state == journal::Health::State::writing) {
    status_.store_writing();
  } else {
    status_.store_paused(health.failure);
  }
  status_.refresh();
  loop_->call_after(kRefresh, [this] { tick(); });
}

void RunningApplication::beat() {
  status_.heartbeat();
  loop_->call_after(kHeartbeat, [this] { beat(); });
}

void RunningApplication::begin_stop(const std::string& reason) {
  if (shutdown_) return shutdown_->hurry();
  report_.reason = reason;
  parts_.log.info("cistern", "stopping: " + reason);
  shutdown_ = std::make_shared<Shutdown>(Shutdown::Parts{.loop = *loop_,
                                                         .journal = *journal_,
                                                         .connectors = connectors_,
                                                         .deliveries = deliveries_,
                                                         .timeout = parts_.drain_timeout,
                                                         .done = [this] { loop_->stop(); }});
  shutdown_->begin();
}

}  // namespace

Result<std::unique_ptr<Application>> make_application(const config::Configuration& configuration,
                                                      ApplicationParts parts) {
  auto application = std::make_unique<RunningApplication>(configuration, std::move(parts));
  if (auto built = application->build(configuration); !built) return fail(std::move(built.error()));
  return std::unique_ptr<Application>{std::move(application)};
}

std::string control_socket_path(const std::string& store_path) {
  return store_path + "/control.sock";
}

}  // namespace cistern::runtime
