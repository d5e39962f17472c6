#include "lab/cisco_umbrella/umbrella_vendor.hpp"

#include "base/bytes.hpp"
#include "lab/cisco_umbrella/umbrella_faults.hpp"
#include "lab/cisco_umbrella/umbrella_state.hpp"
#include "lab/truth/umbrella_truth.hpp"

#include <algorithm>
#include <cstdio>

namespace cistern::lab {

namespace {

std::string parameter(const Request& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return {};
}

double duplicates_of(FaultProfile profile) {
  if (profile == FaultProfile::calm) return 0;
  return profile == FaultProfile::ordinary ? 0.03 : 0.1;
}

UmbrellaBucketOptions managed_options(FaultProfile profile) {
  return {std::string(kLabUmbrellaBucket),
          std::string(kLabUmbrellaFolder) + "/",
          {},
          profile == FaultProfile::hostile};
}

UmbrellaBucketOptions own_options(FaultProfile profile) {
  return {std::string(kLabUmbrellaOwnBucket),
          "",
          {{"README_FROM_UMBRELLA.txt", "token: 4f2a9c\n"},
           {"dnslogs/", ""},
           {"reports/2026-01.csv.gz", "not of Umbrella"}},
          profile == FaultProfile::hostile};
}

bool is_aws(const Request& request) {
  return request.header("Authorization").value_or("").starts_with("AWS4-") ||
         request.header("x-amz-date") || request.header("x-amz-content-sha256") ||
         request.header("X-Amz-Target");
}

}  // namespace

std::string umbrella_key_id(unsigned rotations) {
  char text[24];
  std::snprintf(text, sizeof text, "AKIALABUMBRELLA%05u", (rotations + 1) % 100'000);
  return text;
}

std::string umbrella_key_secret(unsigned rotations) {
  if (rotations == 0) return std::string(kLabUmbrellaSecret);
  char text[48];
  std::snprintf(text, sizeof text, "lab/umbrella+rotated%05u/0123456789abcd", rotations % 100'000);
  return text;
}

UmbrellaVendor::UmbrellaVendor(const VendorContext& context)
    : clock_(context.clock),
      keep_(context.keep),
      visible_until_(context.visible_until),
      skew_(context.options.clock_skew),
      way_(notification_way_from(context.options.umbrella.notification)
               .value_or(NotificationWay::direct)),
      plan_(context.options.umbrella, context.options.seed, context.profile, context.started),
      index_(plan_, context.options.umbrella.retention),
      maker_(context.options.umbrella, context.profile, context.options.cache_bytes),
      managed_(managed_options(context.profile), index_, maker_, demand_, visible_until_),
      own_(own_options(context.profile), index_, maker_, demand_, visible_until_),
      queue_(key_of({context.options.seed, 0x505, context.starts}), duplicates_of(context.profile)),
      queued_until_(context.started) {
  rules_.sqs.region = rules_.region;
  rules_.sqs.path = std::string(kLabUmbrellaQueue);
  rotate(0);
}

void UmbrellaVendor::rotate(unsigned rotations) {
  rotations_ = rotations;
  rules_.credentials.key_id = umbrella_key_id(rotations);
  rules_.credentials.secret = umbrella_key_secret(rotations);
}

UmbrellaVendor::Rules UmbrellaVendor::rules() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

std::vector<S3BucketRules> UmbrellaVendor::buckets(const Rules& rules) const {
  return {{std::string(kLabUmbrellaBucket), rules.region, managed_.folder(), &managed_},
          {std::string(kLabUmbrellaOwnBucket), rules.region, "", &own_}};
}

bool UmbrellaVendor::serves(const Request& request) const {
  if (is_aws(request)) return true;
  const auto place = s3_place_of(request);
  return place.virtual_hosted || place.bucket == kLabUmbrellaOwnBucket ||
         place.bucket.starts_with("cisco-managed-");
}

RequestFacts UmbrellaVendor::facts_of(const Request& request) const {
  RequestFacts facts;
  facts.vendor = kUmbrellaVendor;
  facts.operation = sqs_operation_of(request);
  if (!facts.operation.empty()) {
    facts.tenant = kLabUmbrellaQueue;
    return facts;
  }
  facts.operation = s3_operation_of(request);
  const auto place = s3_place_of(request);
  facts.tenant = place.bucket;
  auto name = place.key.empty() ? parameter(request, "prefix") : place.key;
  if (place.bucket == kLabUmbrellaBucket && name.starts_with(managed_.folder()))
    name = name.substr(managed_.folder().size());
  if (const auto slash = name.find('/'); slash != std::string::npos)
    facts.content_type = name.substr(0, slash);
  return facts;
}

bool UmbrellaVendor::note_listing(const Request& request) {
  const auto place = s3_place_of(request);
  // Of folders, not of what is in them.
  if (!parameter(request, "delimiter").empty()) return false;
  if (!parameter(request, "continuation-token").empty()) return false;
  // A page of a few keys is a look, as doctor takes one, and no reading.
  if (const auto most = parameter(request, "max-keys"); most.size() == 1) return false;
  const auto& folder = place.bucket == kLabUmbrellaBucket ? managed_.folder() : own_.folder();
  auto prefix = parameter(request, "prefix");
  auto after = parameter(request, "start-after");
  if (!prefix.starts_with(folder)) return false;
  prefix.erase(0, folder.size());
  after.erase(0, after.starts_with(folder) ? folder.size() : 0);
  const auto slash = prefix.find('/');
  if (slash != std::string::npos) {
    return demand_.listed(place.bucket, prefix.substr(0, slash), std::max(prefix, after));
  }
  bool changed = false;
  for (const auto* const one : plan_.folders()) {
    if (one->folder.starts_with(prefix))
      changed = demand_.listed(place.bucket, std::string(one->folder), after) || changed;
  }
  return changed;
}

Response UmbrellaVendor::answer(const Request& request, const RequestFacts& facts) {
  const auto current = rules();
  const bool is_queue = facts.tenant == kLabUmbrellaQueue;
  Response response;
  bool changed = false;
  if (is_queue) {
    const auto ahead = current.clock_ahead;
    response = queue_.answer(
        request, current.credentials, current.sqs, [this, ahead] { return clock_.now() + ahead; },
        [this](SqsQueue& queue) { fill_queue(queue); });
    changed = facts.operation == "receive" && response.status == 200 && demand_.queue_read();
  } else {
    const auto all = buckets(current);
    response = s3_answer(request, {all, current.credentials, current.s3, now(current)});
    changed = facts.operation == "list" && response.status == 200 && note_listing(request);
  }
  // Before the answer: what the caller was shown must be owed after a restart as well.
  if (changed && !keep_()) return s3_error(request, "InternalError");
  if (!response.later) response.headers.push_back({"Date", http_date(now(current))});
  return response;
}

void UmbrellaVendor::fill_queue(SqsQueue& queue) {
  const auto current = rules();
  const auto all = buckets(current);
  const auto& bucket = all[1];
  const auto until = visible_until_();
  if (!queue_begun_) queue.send(test_event_body(way_, bucket, until), until);
  queue_begun_ = true;
  std::vector<NotifiedObject> pending;
  const auto flush = [&] {
    if (pending.empty()) return;
    queue.send(notification_body(way_, bucket, pending, "ObjectCreated:Put"), until);
    pending.clear();
  };
  for (const auto& object : index_.uploaded(queued_until_, until)) {
    const auto made = maker_.describe(object);
    pending.push_back({object.name, made.size, made.etag, object.visible});
    // Now and then one message tells of several objects.
    if (object.number % 7 != 0 || way_ == NotificationWay::eventbridge) flush();
    if (object.number % 97 == 0) queue.send(R"({"hello":"somebody else"})", until);
  }
  flush();
  queued_until_ = until;
}

Response UmbrellaVendor::refusal(const Request& request, const RequestFacts& facts,
                                 const Fault& fault) const {
  auto response = facts.tenant == kLabUmbrellaQueue
                      ? sqs_error(fault.status, fault.code, "Planted by the lab.")
                      : s3_error(request, fault.code, {}, fault.status);
  if (fault.retry_after)
    response.headers.push_back({"Retry-After", std::to_string(*fault.retry_after)});
  response.delivery.delay = fault.delay;
  return response;
}

std::optional<Fault> UmbrellaVendor::draw_fault(FaultProfile profile, const RequestFacts& facts,
                                                Dice& dice) const {
  return draw_umbrella_fault(profile, facts.operation, dice);
}

// ---- switches ----

Status UmbrellaVendor::change(std::string_view json) {
  const auto change = read_umbrella_change(json);
  if (!change) return tl::unexpected(change.error());
  if (auto done = change_objects(*change); !done) return done;
  apply(*change);
  return keep_();
}

void UmbrellaVendor::apply(const UmbrellaChange& change) {
  const std::lock_guard lock(mutex_);
  auto& key = rules_.credentials;
  if (change.rotate_key) rotate(rotations_ + 1);
  if (change.key_refusal) key.refusal = *change.key_refusal;
  if (change.session_token) {
    key.session_token = *change.session_token;
    key.token_expired = false;
  }
  if (change.token_expired) key.token_expired = *change.token_expired;
  if (change.region) rules_.region = rules_.sqs.region = *change.region;
  if (change.region_malformed) rules_.s3.wrong_region_malformed = *change.region_malformed;
  if (change.max_keys) rules_.s3.max_keys = *change.max_keys;
  if (change.clock_ahead) rules_.clock_ahead = *change.clock_ahead;
  if (change.visibility) rules_.sqs.visibility = *change.visibility;
  if (change.queue_there) rules_.sqs.queue_there = *change.queue_there;
}

Status UmbrellaVendor::plant(const UmbrellaChange& change) {
  const auto& wanted = *change.add;
  const bool known =
      std::any_of(plan_.folders().begin(), plan_.folders().end(),
                  [&](const FolderPlan* folder) { return folder->folder == wanted.folder; });
  if (!known) {
    return fail_stop("lab/bad-setting", "the export has no folder " + excerpt(wanted.folder, 40),
                     "name one that the lab was started with");
  }
  ExportObject object;
  object.folder = wanted.folder;
  object.visible = visible_until_();
  object.slot = object.visible - wanted.age;
  object.length = std::chrono::seconds{10};
  object.rows = wanted.rows;
  object.name = object_name(object.folder, object.slot, wanted.suffix);
  object.number = fingerprint_of(object.name);
  index_.plant(std::move(object));
  return {};
}

Status UmbrellaVendor::change_objects(const UmbrellaChange& change) {
  const auto now = visible_until_();
  if (change.retention) index_.set_retention(*change.retention);
  if (change.add) {
    if (auto planted = plant(change); !planted) return planted;
  }
  const bool replaced = !change.replace || index_.replace(*change.replace, 5, now);
  const bool purged = !change.purge || index_.purge(*change.purge, now);
  if (replaced && purged) return {};
  return fail_stop("lab/bad-setting", "there is no object of that name",
                   "take one from the list of GET /lab/umbrella");
}

std::string UmbrellaVendor::status_json() const {
  const auto current = rules();
  const auto rows = index_.all(visible_until_());
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("access_key_id").string(current.credentials.key_id);
  writer.key("secret_access_key").string(current.credentials.secret);
  writer.key("region").string(current.region).key("bytes_made").number(maker_.bytes_made());
  queue_.with_queue([&](SqsQueue& queue) {
    const auto depth = queue.depth(now(current));
    writer.key("queue").begin_object().key("sent").number(queue.sent());
    writer.key("deleted").number(queue.deleted()).key("visible").number(depth.visible);
    writer.key("in_flight").number(depth.in_flight).end_object();
  });
  std::uint64_t there = 0;
  for (const auto& row : rows)
    there += row.purged ? 0 : 1;
  writer.key("objects").number(there).key("purged").number(rows.size() - there);
  // The oldest and the newest of each folder would do; a test wants names to ask about.
  constexpr std::size_t most = 2000;
  writer.key("names").begin_array();
  for (std::size_t at = 0; at < rows.size() && at < most; ++at) {
    if (rows[at].purged) continue;
    writer.begin_object().key("name").string(rows[at].object.name);
    writer.key("rows").number(rows[at].object.rows).end_object();
  }
  writer.end_array().end_object();
  return body;
}

// ---- what outlives the lab ----

void UmbrellaVendor::save(LabState& state) const {
  unsigned rotations = 0;
  {
    const std::lock_guard lock(mutex_);
    rotations = rotations_;
  }
  state.vendors[std::string(kUmbrellaVendor)] = umbrella_state_text(rotations, index_, demand_);
}

Status UmbrellaVendor::restore(const LabState& state) {
  const auto found = state.vendors.find(std::string(kUmbrellaVendor));
  if (found == state.vendors.end()) return {};
  const auto rotations = read_umbrella_state(found->second, index_, demand_);
  if (!rotations) return tl::unexpected(rotations.error());
  const std::lock_guard lock(mutex_);
  rotate(*rotations);
  return {};
}

TruthStream UmbrellaVendor::truth() const {
  const std::vector<UmbrellaTruthBucket> sources = {
      {std::string(kLabUmbrellaBucket), managed_.folder()},
      {std::string(kLabUmbrellaOwnBucket), own_.folder()}};
  return umbrella_truth({sources, index_.all(visible_until_()), plan_.start(), skew_, maker_,
                         demand_, std::string(kLabUmbrellaOwnBucket)});
}

}  // namespace cistern::lab
