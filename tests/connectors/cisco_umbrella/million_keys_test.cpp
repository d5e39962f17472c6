// A bucket with a million objects in a day: listing them takes bounded memory and a bounded number
// of pages, and none of them is fetched twice.
#include "connectors/cisco_umbrella/bucket_machine.hpp"
#include "connectors/cisco_umbrella/fake_bucket.hpp"
#include "sanitizer.hpp"

#include <deque>

#include <gtest/gtest.h>
#include <malloc.h>

namespace cistern::connectors::cisco_umbrella::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Memory is measured without a sanitizer, which only looks at what the code does.
constexpr std::uint32_t kObjects = cistern::test::kSparser > 1 ? 50'000 : 1'000'000;
constexpr std::uint32_t kMinutes = 24 * 60;
constexpr std::uint32_t kEach = kObjects / kMinutes + 1;
const TimePoint kFirst = parse_time("2026-03-09T12:00:00Z").value();

/// Object number i, in the order of the keys.
ObjectKey object(std::uint32_t i) {
  const TimePoint slot = kFirst + minutes{i / kEach};
  return {.log = "dnslogs",
          .minute = std::chrono::floor<minutes>(slot.time_since_epoch()).count(),
          .suffix = suffix_text(1000 + i % kEach)};
}

std::size_t allocated() {
  return mallinfo2().uordblks;
}

/// A page of the endless listing, made as it is asked for.
class Generator {
 public:
  std::size_t pages = 0;
  std::size_t keys = 0;

  HttpResponse page(const HttpRequest& request, TimePoint now) {
    ++pages;
    std::uint32_t from = first_of(request.url);
    std::string body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult>";
    const std::uint32_t to = std::min(from + 1000, kObjects);
    const bool more = to < kObjects;
    body += std::string{"<IsTruncated>"} + (more ? "true" : "false") + "</IsTruncated>";
    if (more) body += "<NextContinuationToken>t" + std::to_string(to) + "</NextContinuationToken>";
    for (; from < to; ++from, ++keys) {
      const ObjectKey key = object(from);
      body += "<Contents><Key>" + format_object_key("", key) + "</Key><LastModified>" +
              format_time_seconds(key.slot()) + ".000Z</LastModified><ETag>&quot;e" +
              std::to_string(from) + "&quot;</ETag><Size>100</Size></Contents>";
    }
    return answer(200, body + "</ListBucketResult>", now);
  }

 private:
  static std::uint32_t first_of(const std::string& url) {
    const std::string token = "continuation-token=t";
    if (const std::size_t at = url.find(token); at != std::string::npos)
      return static_cast<std::uint32_t>(std::stoul(url.substr(at + token.size())));
    const std::string start = "start-after=dnslogs%2F";
    const std::size_t at = url.find(start);
    if (at == std::string::npos) return 0;
    std::string slot = url.substr(at + start.size() + 13, 16);
    slot[10] = 'T';
    slot[13] = ':';
    const auto time = parse_time(slot);
    if (!time || *time <= kFirst) return 0;
    return std::min(kObjects, static_cast<std::uint32_t>((*time - kFirst) / minutes{1}) * kEach);
  }
};

TEST(UmbrellaMillionKeys, AreRememberedInLittleMemory) {
  const std::size_t before = allocated();
  Ledger ledger("dnslogs");
  std::size_t largest = 0;
  for (std::uint32_t i = 0; i < kObjects; ++i) {
    const StateChange change =
        ledger.add(object(i), {.version = i, .records = 100, .digest = i * 31});
    largest = std::max(largest, change.value->size());
  }
  EXPECT_EQ(ledger.size(), kObjects);
  EXPECT_LE(largest, 1200U) << "a commit rewrites one small value";
  const std::size_t used = allocated() - before;
  EXPECT_LE(used, 64U << 20);
  RecordProperty("ledger_bytes", std::to_string(used));
}

TEST(UmbrellaMillionKeys, AreListedInBoundedMemory) {
  Position position{{std::string{kSourceKey}, "contoso-umbrella"},
                    {std::string{kBeganKey}, format_time(kFirst)},
                    {"through/dnslogs", format_time(kFirst + hours{23})}};
  {
    Ledger ledger("dnslogs");
    for (std::uint32_t i = 0; i < kObjects; ++i) {
      StateChange change = ledger.add(object(i), {.version = version_of("e" + std::to_string(i))});
      position[change.key] = std::move(*change.value);
    }
  }
  MachineOptions options;
  options.endpoint =
      codec::aws::compatible_bucket("contoso-umbrella", "http://127.0.0.1:9000", "eu-west-1")
          .value();
  options.logs = {"dnslogs"};
  options.listings_per_minute = 6000;
  auto terms = std::make_shared<codec::aws::SigningTerms>(std::vector<codec::aws::SigningScope>{});
  SeededRandom random{1};
  TimePoint now = kFirst + hours{24};
  const std::size_t before = allocated();
  BucketMachine machine(options, terms, random);
  Generator generator;
  std::size_t peak = 0;
  std::optional<TimePoint> wake;
  std::deque<PollRequest> requests;
  std::deque<CommitOrder> orders;
  const auto take = [&](Step step) {
    for (auto& request : step.requests)
      requests.push_back(std::move(request));
    for (auto& order : step.commits)
      orders.push_back(std::move(order));
    if (step.wake) wake = step.wake;
    peak = std::max(peak, allocated());
  };
  take(machine.start(position, now));
  const TimePoint end = now + minutes{30};
  while (now < end && generator.pages < 2500) {
    if (!orders.empty()) {
      const std::uint64_t id = orders.front().id;
      EXPECT_TRUE(orders.front().commit.records.empty());
      orders.pop_front();
      take(machine.on_committed(id, CommitResult{}, now));
    } else if (!requests.empty()) {
      const PollRequest request = std::move(requests.front());
      requests.pop_front();
      ASSERT_EQ(request.http.url.find(".csv.gz"), std::string::npos) << "fetched again";
      take(machine.on_reply(
          {.id = request.id, .response = generator.page(request.http, now), .records = nullptr},
          now));
    } else {
      now = std::max(now, *wake);
      take(machine.on_wake(now));
    }
  }
  EXPECT_GE(generator.keys, kObjects) << "the whole day was listed";
  // A sweep or the day once, and the newest hour six times.
  EXPECT_LE(generator.pages, 1001U + 8U * 44U);
  EXPECT_LE(peak - before, 64U << 20);
  RecordProperty("peak_bytes", std::to_string(peak - before));
}

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella::test
