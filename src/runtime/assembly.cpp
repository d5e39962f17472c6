#include "runtime/assembly.hpp"

#include "base/sealing_key.hpp"
#include "net/http_server.hpp"
#include "runtime/control/control_changes.hpp"
#include "runtime/control/control_commands.hpp"
#include "runtime/delivery/delivery_start.hpp"
#include "runtime/pool.hpp"
#include "runtime/reload/components.hpp"
#include "runtime/settings.hpp"
#include "runtime/shutdown.hpp"
#include "runtime/status/metrics.hpp"
#include "runtime/watch/heartbeat.hpp"
#include "runtime/watch/vigil.hpp"

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
// A destination that hangs keeps its thread, and must not keep that of another.
constexpr std::size_t kMostDeliveryThreads = 512;
// Beyond the time that a destination has to end: for one call of its library to come back.
constexpr Duration kGiveUpTime = std::chrono::seconds{10};

unsigned worker_threads() {
  return std::max(1U, std::thread::hardware_concurrency());
}

unsigned delivery_threads(std::size_t destinations) {
  return static_cast<unsigned>(std::clamp<std::size_t>(destinations, 1, kMostDeliveryThreads));
}

std::uint64_t memory_limit(const config::Configuration& configuration) {
  return configuration.store.size("memory");
}

class RunningApplication final : public Application {
 public:
  RunningApplication(const config::Configuration& configuration, ApplicationParts parts)
      : parts_(std::move(parts)),
        memory_(memory_limit(configuration)),
        status_(parts_.clock, parts_.log),
        loop_(net::make_io_loop()),
        store_(configuration.store.text("path")),
        sealer_(make_store_sealer(store_)),
        control_path_(control_socket_path(store_)),
        rhythms_(parts_.files, configuration.store.text("path"), parts_.log),
        service_(parts_.service),
        delivery_pool_(make_pool(delivery_threads(configuration.destinations.size()))),
        pool_(make_pool(worker_threads())) {}
  RunningApplication(const RunningApplication&) = delete;
  RunningApplication& operator=(const RunningApplication&) = delete;

  ~RunningApplication() override {
    // Whoever uses others goes before them: servers, components, threads, and then the store.
    control_.reset();
    http_server_.reset();
    if (components_) components_->clear();
    delivery_pool_.reset();
    pool_.reset();
    reloader_.reset();
    components_.reset();
    journal_.reset();
  }

  Status build(const config::Configuration& configuration);

  ExitReport run() override;
  void stop(std::string reason) override {
    loop_->post([this, reason = std::move(reason)] { begin_stop(reason); });
  }
  void reload(std::string reason) override {
    loop_->post([this, reason = std::move(reason)] {
      if (reloader_) reloader_->reload(reason, {});
    });
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
            .memory = memory_,
            .store = store_,
            .sealer = sealer_.get()};
  }
  void make_components();
  void make_reloader(const config::Configuration& configuration);
  void settle_new_cursor(const DeliveryOptions& options);
  Status serve_control_socket();
  void serve_metrics(const config::Values& telemetry);
  net::ServedResponse answer(const net::ServedRequest& request);
  ChangeContext change_context();
  void start_components();
  void tick();
  void beat();
  void begin_stop(const std::string& reason);

  ApplicationParts parts_;
  MemoryBudget memory_;
  StatusBoard status_;
  RateBudgets budgets_;
  std::unique_ptr<net::IoLoop> loop_;
  std::string store_;
  std::unique_ptr<Sealer> sealer_;
  std::string control_path_;
  std::unique_ptr<journal::Journal> journal_;
  RhythmFile rhythms_;
  ServiceNotifier service_;
  std::unique_ptr<Vigil> vigil_;
  std::unique_ptr<Heartbeat> heartbeat_;
  // Destinations may block in a call, and must never keep an answer from being decoded: threads of
  // their own.
  std::unique_ptr<Pool> delivery_pool_;
  std::unique_ptr<Pool> pool_;
  std::shared_ptr<ViewTable> views_;
  std::unique_ptr<Components> components_;
  std::shared_ptr<Reloader> reloader_;
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
  rhythms_.load(status_);
  vigil_ = std::make_unique<Vigil>(Vigil::Parts{.status = status_,
                                                .journal = *journal_,
                                                .pool = *pool_,
                                                .clock = parts_.clock,
                                                .rhythms = rhythms_,
                                                .service = service_});
  heartbeat_ = std::make_unique<Heartbeat>(status_, parts_.clock, parts_.log,
                                           configuration.telemetry.duration("heartbeat"));
  make_components();
  make_reloader(configuration);
  if (auto served = serve_control_socket(); !served) return served;
  serve_metrics(configuration.telemetry);
  for (const auto& component : configuration.destinations) {
    settle_new_cursor(delivery_options(component.name, component.values));
    components_->add(ComponentKind::destination, component);
  }
  for (const auto& component : configuration.connectors)
    components_->add(ComponentKind::connector, component);
  return {};
}

void RunningApplication::make_components() {
  views_ = std::make_shared<ViewTable>(parts_.views);
  components_ = std::make_unique<Components>(
      Components::Parts{.connector_types = parts_.connector_types,
                        .destination_types = parts_.destination_types,
                        .make_format = parts_.make_format,
                        .views = views_,
                        .files = parts_.files,
                        .loop = *loop_,
                        .connectors = services(*pool_),
                        .deliveries = services(*delivery_pool_),
                        .timeout = parts_.drain_timeout,
                        .prepare_destinations = [this](std::size_t count) {
                          delivery_pool_->grow(delivery_threads(count));
                        }});
  components_->take_names();
}

ChangeContext RunningApplication::change_context() {
  return {.loop = *loop_, .journal = *journal_, .components = *components_, .reloader = reloader_};
}

void RunningApplication::make_reloader(const config::Configuration& configuration) {
  if (!parts_.reload.load) return;
  auto source = parts_.reload;
  reloader_ = std::make_shared<Reloader>(
      Reloader::Parts{.loop = *loop_,
                      .pool = *pool_,
                      .journal = *journal_,
                      .clock = parts_.clock,
                      .log = parts_.log,
                      .components = *components_,
                      .views = views_,
                      .source = std::move(source),
                      .patience = parts_.drain_timeout + kGiveUpTime,
                      .look_every = parts_.look_every,
                      .phase =
                          [this](ReloadPhase phase) {
                            vigil_->reloading(phase == ReloadPhase::begun);
                            if (parts_.on_reload) parts_.on_reload(phase);
                          }},
      configuration);
  loop_->on_signals({SIGHUP}, [this](int) { reloader_->reload("SIGHUP", {}); });
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
  auto handler = make_control_handler({.status = status_,
                                       .journal = *journal_,
                                       .clock = parts_.clock,
                                       .stop = [this](std::string reason) { stop(reason); },
                                       .others = make_change_handler(change_context())});
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
  components_->clear();
  journal_->close();
  vigil_->finish();
  report_.store = journal_->health();
  status_.set_last_sequence(report_.store.last);
  report_.connectors = status_.connectors();
  report_.destinations = status_.destinations();
  return report_;
}

void RunningApplication::start_components() {
  if (shutdown_) return;
  components_->start_all();
  if (reloader_) reloader_->watch();
  tick();
  vigil_->ready();
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
  vigil_->tick();
  heartbeat_->tick();
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
  vigil_->stopping();
  if (reloader_) reloader_->end();
  components_->end_exchanges();
  shutdown_ = std::make_shared<Shutdown>(Shutdown::Parts{.loop = *loop_,
                                                         .journal = *journal_,
                                                         .connectors = components_->connectors(),
                                                         .deliveries = components_->deliveries(),
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
