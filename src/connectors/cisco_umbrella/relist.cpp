#include "connectors/cisco_umbrella/relist.hpp"

#include "codec/aws/error_table.hpp"
#include "codec/aws/s3_listing.hpp"
#include "connectors/cisco_umbrella/ledger.hpp"
#include "connectors/cisco_umbrella/messages.hpp"
#include "connectors/cisco_umbrella/options.hpp"
#include "connectors/cisco_umbrella/schema.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kPause = milliseconds{250};
constexpr unsigned kAttempts = 5;
constexpr std::size_t kMaxItems = 2'000'000;
/// An object is uploaded within so long of its slot, nearly always; what comes later is found by
/// asking for an earlier window.
constexpr Duration kUploadDelay = hours{1};

class Relist : public std::enable_shared_from_this<Relist> {
 public:
  Relist(const config::Values& values, runtime::RelistContext context)
      : context_(std::move(context)), settings_(make_settings(values)) {}
  Relist(const Relist&) = delete;
  Relist& operator=(const Relist&) = delete;
  ~Relist() {
    if (timer_) context_.loop.cancel(*timer_);
  }

  void start() {
    context_.loop.post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->begin();
    });
  }

 private:
  void begin() {
    if (!settings_) return finish(fail(settings_.error()));
    endpoint_ = settings_->machine.endpoint;
    prefix_ = settings_->machine.prefix();
    terms_ = std::make_shared<codec::aws::SigningTerms>(settings_->scopes());
    http_ = net::make_http_client(context_.loop, settings_->http);
    authorizer_ = net::make_aws_authorizer({.credentials = settings_->credentials, .terms = terms_},
                                           context_.loop, context_.clock);
    plan();
    if (logs_.empty()) {
      return finish(fail_stop("cisco_umbrella/no-logs", "no log is known, as nothing was collected",
                              "start `cistern run` once, or name the folders in `logs`"));
    }
    next_log();
  }

  /// The logs of the configuration, or those that the position speaks of.
  void plan() {
    std::set<std::string> names(settings_->machine.logs.begin(), settings_->machine.logs.end());
    if (names.empty()) {
      for (const std::string_view prefix : {"through/", "done/"}) {
        for (auto it = context_.position.lower_bound(prefix); it != context_.position.end(); ++it) {
          std::string_view key = it->first;
          if (!key.starts_with(prefix)) break;
          key.remove_prefix(prefix.size());
          names.emplace(key.substr(0, key.find('/')));
        }
      }
    }
    for (const std::string& name : names) {
      if (!is_log_name(name)) continue;
      if (context_.stream.empty() || stream_of_folder(name) == context_.stream)
        logs_.push_back(name);
    }
  }

  void next_log() {
    if (logs_.empty()) return finish({});
    ledger_.emplace(logs_.front());
    ledger_->restore(context_.position);
    token_.clear();
    ask();
  }

  void ask() {
    codec::aws::ListQuestion question;
    question.prefix = prefix_ + logs_.front() + "/";
    question.continuation_token = token_;
    question.start_after = slot_start(prefix_, logs_.front(), context_.from - kUploadDelay);
    authorizer_->authorize(codec::aws::list_objects(endpoint_, question),
                           [weak = weak_from_this()](Result<HttpRequest> ready) {
                             const auto self = weak.lock();
                             if (!self) return;
                             if (!ready) return self->finish(fail(ready.error()));
                             self->send(std::move(*ready));
                           });
  }

  void send(HttpRequest request) {
    http_->send(std::move(request), [weak = weak_from_this()](Result<HttpResponse> response) {
      if (const auto self = weak.lock()) self->answered(std::move(response));
    });
  }

  void answered(Result<HttpResponse> response) {
    if (!response) return failed(response.error());
    if (response->status != 200) return refused(*response);
    const auto page = codec::aws::read_listing(response->body);
    if (!page) return failed(page.error());
    attempts_ = 0;
    take(*page);
  }

  void refused(const HttpResponse& response) {
    using codec::aws::Remedy;
    const auto error = codec::aws::read_error(response);
    const auto& row = codec::aws::row_of(codec::aws::Operation::list, error);
    Failure failure = messages::refusal(codec::aws::to_failure(row, error), error,
                                        settings_->machine.managed, settings_->machine.source());
    const auto moved = codec::aws::in_region(endpoint_, error.region);
    const auto offset = codec::aws::clock_offset(error, context_.clock.now());
    const bool region = row.remedy == Remedy::adopt_region && moved;
    const bool clock = row.remedy == Remedy::correct_clock && offset;
    if (region) {
      endpoint_ = *moved;
      terms_->allow({.origin = endpoint_.origin, .service = "s3", .region = endpoint_.region});
    }
    if (clock) terms_->set_clock_offset(*offset);
    if (row.remedy == Remedy::restart_listing) token_.clear();
    const bool again = region || clock || row.remedy == Remedy::retry ||
                       row.remedy == Remedy::throttled || row.remedy == Remedy::restart_listing;
    if (!again) return finish(fail(std::move(failure)));
    failure.verdict = Verdict::retry;
    failed(failure);
  }

  void take(const codec::aws::Listing& page) {
    const std::string& log = logs_.front();
    bool over = page.next_token.empty();
    for (const codec::aws::ListedObject& object : page.objects) {
      if (behind_all_days(prefix_, log, object.key)) over = true;
      const auto name = parse_object_key(prefix_, object.key);
      if (!name || name->log != log) continue;
      if (name->slot() >= context_.to) over = true;
      offer(object, *name);
    }
    if (items_ > kMaxItems) {
      return finish(fail_stop("cisco_umbrella/too-many-items",
                              "the bucket holds more than 2,000,000 objects in this window",
                              "ask for a shorter window, or for one stream"));
    }
    token_ = page.next_token;
    if (over) logs_.pop_front();
    later(kPause, [over](Relist& self) { over ? self.next_log() : self.ask(); });
  }

  void offer(const codec::aws::ListedObject& object, const ObjectKey& name) {
    const TimePoint when = object.last_modified == TimePoint{} ? name.slot() : object.last_modified;
    if (when < context_.from || when >= context_.to) return;
    ++items_;
    const MachineOptions& machine = settings_->machine;
    context_.offered({.stream = stream_of_folder(name.log),
                      .item = object.key,
                      .available = when,
                      .expires = machine.managed ? when + machine.retention : TimePoint{},
                      // Of an object that the ledger does not know no key of the position stands.
                      .done_key = ledger_->place_of(name).value_or("object/" + object.key + "/")});
  }

  void failed(const Failure& failure) {
    const bool again = failure.verdict == Verdict::retry && ++attempts_ < kAttempts;
    if (!again) return finish(fail(failure));
    const Duration wait = std::max<Duration>(failure.wait, seconds{1} * attempts_);
    context_.note(failure.cause + "; again in " + format_duration(wait));
    later(wait, [](Relist& self) { self.ask(); });
  }

  void later(Duration delay, std::function<void(Relist&)> task) {
    timer_ = context_.loop.call_after(delay, [weak = weak_from_this(), task = std::move(task)] {
      const auto self = weak.lock();
      if (!self) return;
      self->timer_.reset();
      task(*self);
    });
  }

  void finish(const Status& status) {
    if (std::exchange(finished_, true)) return;
    context_.finished(status);
  }

  runtime::RelistContext context_;
  Result<Settings> settings_;
  codec::aws::BucketEndpoint endpoint_;
  std::string prefix_;
  std::shared_ptr<codec::aws::SigningTerms> terms_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<net::Authorizer> authorizer_;
  std::deque<std::string> logs_;
  std::optional<Ledger> ledger_;
  std::string token_;
  std::size_t items_ = 0;
  unsigned attempts_ = 0;
  bool finished_ = false;
  std::optional<Loop::TimerId> timer_;
};

}  // namespace

std::shared_ptr<void> start_relist(const config::Values& values, runtime::RelistContext context) {
  auto relist = std::make_shared<Relist>(values, std::move(context));
  relist->start();
  return relist;
}

}  // namespace cistern::connectors::cisco_umbrella
