#include "connectors/microsoft_365/relist.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/error_table.hpp"
#include "connectors/microsoft_365/messages.hpp"
#include "connectors/microsoft_365/options.hpp"
#include "connectors/microsoft_365/read_file.hpp"
#include "connectors/microsoft_365/seen_blobs.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kWidest = hours{24};
constexpr Duration kPause = milliseconds{250};
constexpr Duration kThrottled = seconds{60};
constexpr Duration kLongestWait = std::chrono::minutes{10};
constexpr unsigned kAttempts = 5;
constexpr std::size_t kMaxPages = 1000;
constexpr std::size_t kMaxItems = 2'000'000;

class Relist : public std::enable_shared_from_this<Relist> {
 public:
  Relist(const config::Values& values, runtime::RelistContext context)
      : context_(std::move(context)), settings_(make_settings(values, read_small_file)) {}
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
  struct Slice {
    const ContentType* type;
    Interval window;
  };

  void begin() {
    if (!settings_) return finish(fail(settings_.error()));
    const auto known = context_.position.find("tenant");
    const std::string tenant = lower_case(settings_->machine.tenant);
    api_ = {.manage_url = settings_->machine.manage_url,
            .tenant = known != context_.position.end() ? known->second : tenant,
            .publisher = settings_->machine.publisher};
    if (!is_guid(api_.tenant)) {
      return finish(fail_stop("microsoft_365/tenant-unknown",
                              "the tenant's GUID is not known, because nothing was collected yet",
                              "start `cistern run` once, or set `tenant` to the GUID"));
    }
    if (api_.publisher.empty()) api_.publisher = api_.tenant;
    http_ = net::make_http_client(context_.loop, std::move(settings_->http));
    authorizer_ = net::make_entra_authorizer(std::move(settings_->entra), *http_, context_.loop,
                                             context_.clock, context_.random);
    plan();
    next();
  }

  void plan() {
    const TimePoint now = floor_seconds(context_.clock.now());
    const TimePoint oldest = now - WindowPlan::kReach;
    const TimePoint to = std::min(floor_seconds(context_.to), now);
    TimePoint from = floor_seconds(context_.from);
    if (from < oldest) {
      from = oldest;
      context_.note("the vendor lists no more than 7 days; compared from " + format_time(from));
    }
    for (const std::string& name : settings_->machine.content_types) {
      const ContentType* type = find_content_type(name);
      if (type == nullptr || (!context_.stream.empty() && type->stream != context_.stream)) {
        continue;
      }
      for (TimePoint at = from; at < to; at += kWidest) {
        slices_.push_back({type, {at, std::min(at + kWidest, to)}});
      }
    }
  }

  void next() {
    if (slices_.empty()) return finish({});
    links_.clear();
    pages_ = 0;
    const Slice& slice = slices_.front();
    ask(content_request(api_, slice.type->name, slice.window.from, slice.window.to));
  }

  void ask(HttpRequest request) {
    authorizer_->authorize(request, [weak = weak_from_this(), request](Result<HttpRequest> ready) {
      const auto self = weak.lock();
      if (!self) return;
      if (!ready) return self->failed(request, ready.error());
      self->http_->send(std::move(*ready), [weak, request](Result<HttpResponse> response) {
        if (const auto again = weak.lock()) again->answered(request, std::move(response));
      });
    });
  }

  void answered(const HttpRequest& request, Result<HttpResponse> response) {
    if (!response) return failed(request, response.error());
    const std::string what = "listing " + std::string{slices_.front().type->name};
    if (response->status != 200) {
      const ApiError error = interpret_error(*response);
      Failure failure = to_failure(error, what);
      const Fate fate = error.row->fate;
      if (fate == Fate::throttled || fate == Fate::retry || fate == Fate::renew) {
        failure.verdict = Verdict::retry;
        failure.wait = std::chrono::duration_cast<milliseconds>(wait_of(*response, fate));
        if (fate == Fate::renew) authorizer_->invalidate();
        return failed(request, failure);
      }
      if (fate == Fate::start || fate == Fate::disabled) {
        // Without a subscription the vendor makes nothing available, so nothing can be missing.
        context_.note(what + ": no subscription, so nothing is offered");
        return slice_done();
      }
      return finish(fail(std::move(failure)));
    }
    const auto page = parse_content(*response, api_.manage_url);
    if (!page) return failed(request, page.error());
    attempts_ = 0;
    take(*page);
  }

  Duration wait_of(const HttpResponse& response, Fate fate) const {
    const auto header = response.header("Retry-After");
    const auto asked =
        header ? parse_retry_after(*header, context_.clock.now(), kLongestWait) : std::nullopt;
    return asked.value_or(fate == Fate::throttled ? kThrottled : Duration{seconds{2}});
  }

  void take(const ContentPage& page) {
    const ContentType& type = *slices_.front().type;
    if (page.foreign > 0) {
      return finish(fail(messages::foreign_link(type.name, page.foreign_host, api_.manage_url)));
    }
    if (page.unreadable > 0) {
      return finish(fail(messages::unreadable_items(type.name, page.unreadable)));
    }
    const SeenBlobs names{type.name};
    items_ += page.blobs.size();
    if (items_ > kMaxItems) {
      return finish(fail_stop("microsoft_365/too-many-items",
                              "the vendor lists more than 2,000,000 items in this window",
                              "ask for a shorter window, or for one stream"));
    }
    for (const BlobRef& ref : page.blobs) {
      const StateChange done = names.change(blob_key(ref.id), ref.created, ref.expires);
      context_.offered({.stream = std::string{type.stream},
                        .item = ref.id,
                        .available = ref.created,
                        .expires = ref.expires,
                        .done_key = done.key});
    }
    if (!page.next) return slice_done();
    const bool fresh = links_.insert(*page.next).second;
    if (!link_allowed(api_.manage_url, *page.next) || !fresh || ++pages_ >= kMaxPages) {
      return finish(fail(messages::paging_loop(type.name, slices_.front().window, links_.size())));
    }
    later(kPause, [link = *page.next](Relist& self) { self.ask(page_request(self.api_, link)); });
  }

  void slice_done() {
    slices_.pop_front();
    later(kPause, [](Relist& self) { self.next(); });
  }

  void failed(const HttpRequest& request, const Failure& failure) {
    const bool again = failure.verdict == Verdict::retry && ++attempts_ < kAttempts;
    if (!again) return finish(fail(failure));
    const Duration wait = std::max<Duration>(failure.wait, seconds{1});
    context_.note(failure.cause + "; again in " + format_duration(wait));
    later(wait, [request](Relist& self) { self.ask(request); });
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
  Api api_;
  std::unique_ptr<net::HttpClient> http_;  // Outlives the authorizer, which uses it.
  std::unique_ptr<net::Authorizer> authorizer_;
  std::deque<Slice> slices_;
  std::set<std::string> links_;
  std::size_t pages_ = 0;
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

}  // namespace cistern::connectors::microsoft_365
