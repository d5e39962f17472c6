// The tenants' records: the same for the same seed, varied, and whole.
#include "lab/microsoft_365/generator.hpp"

#include "base/bytes.hpp"
#include "lab/lab.hpp"
#include "lab/microsoft_365/blob_store.hpp"
#include "lab/microsoft_365/timeline.hpp"

#include <map>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace cistern::lab {

namespace {

TimelineOptions timeline_options(FaultProfile profile, std::uint64_t seed = 7) {
  TimelineOptions options;
  options.seed = seed;
  options.start = *parse_time("2026-03-04T05:06:07.890Z");
  options.history = std::chrono::hours{24 * 7};
  options.history_per_hour = 400;
  options.live_per_second = 20;
  options.profile = profile;
  return options;
}

std::string record(const Generator& generator, ContentType type, std::uint32_t index,
                   RecordForm* form = nullptr) {
  std::string text;
  std::string id;
  const auto got =
      generator.append(text, {1, type, -3, 0, index, *parse_time("2026-03-04T05:00:00Z")}, id);
  if (form != nullptr) *form = got;
  return text;
}

TEST(GeneratorTest, SoundRecordsAreCompactJsonWithTheCommonFields) {
  const Generator generator(7, FaultProfile::hostile);
  std::set<std::string> record_types;
  for (const auto type : kContentTypes) {
    for (std::uint32_t index = 0; index < 400; ++index) {
      RecordForm form{};
      const auto text = record(generator, type, index, &form);
      if (form == RecordForm::odd) continue;
      boost::json::error_code error;
      const auto value = boost::json::parse(text, error);
      ASSERT_FALSE(error) << text;
      const auto& object = value.as_object();
      EXPECT_EQ(object.contains("Id"), form == RecordForm::sound) << text;
      for (const auto* name : {"CreationTime", "Operation", "OrganizationId", "UserType", "UserKey",
                               "Workload", "UserId", "RecordType"}) {
        EXPECT_TRUE(object.contains(name)) << name << " in " << text;
      }
      EXPECT_TRUE(is_utf8(text));
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
      EXPECT_EQ(text.find("@{"), std::string::npos) << text;
      record_types.insert(boost::json::serialize(object.at("RecordType")));
    }
  }
  EXPECT_GT(record_types.size(), 25U);
}

TEST(GeneratorTest, SameSeedSameRecordsOtherSeedOthers) {
  const Generator one(7, FaultProfile::ordinary);
  const Generator two(7, FaultProfile::ordinary);
  const Generator three(8, FaultProfile::ordinary);
  EXPECT_EQ(record(one, ContentType::general, 5), record(two, ContentType::general, 5));
  EXPECT_NE(record(one, ContentType::general, 5), record(three, ContentType::general, 5));
}

TEST(GeneratorTest, HostileRecordsAreSometimesBroken) {
  const Generator generator(7, FaultProfile::hostile);
  int odd = 0;
  int without_id = 0;
  for (std::uint32_t index = 0; index < 5000; ++index) {
    RecordForm form{};
    record(generator, ContentType::exchange, index, &form);
    odd += form == RecordForm::odd ? 1 : 0;
    without_id += form == RecordForm::without_id ? 1 : 0;
  }
  EXPECT_GT(odd, 5);
  EXPECT_GT(without_id, 3);
}

TEST(GeneratorTest, SpacedTextIsTheSameJson) {
  const Generator generator(7, FaultProfile::calm);
  for (std::uint32_t index = 0; index < 50; ++index) {
    const auto text = record(generator, ContentType::general, index);
    std::string spaced;
    append_spaced(spaced, text);
    EXPECT_GT(spaced.size(), text.size());
    EXPECT_EQ(boost::json::serialize(boost::json::parse(spaced)),
              boost::json::serialize(boost::json::parse(text)));
  }
}

TEST(TimelineTest, EveryBlobIsFoundAgainByItsId) {
  for (const auto profile : {FaultProfile::calm, FaultProfile::hostile}) {
    const Timeline timeline(timeline_options(profile));
    std::set<std::string> ids;
    std::size_t blobs = 0;
    for (auto bucket = timeline.first_bucket(); bucket < 60; ++bucket) {
      for (const auto& blob : timeline.blobs(1, ContentType::exchange, bucket)) {
        ++blobs;
        ids.insert(blob.content_id);
        EXPECT_EQ(timeline.bucket_at(blob.created), bucket);
        const auto found = timeline.find(1, blob.content_id);
        ASSERT_TRUE(found) << blob.content_id;
        EXPECT_EQ(found->created, blob.created);
        EXPECT_GE(blob.visible, blob.created);
      }
    }
    EXPECT_EQ(ids.size(), blobs);
    EXPECT_GT(blobs, 168U);
  }
}

TEST(TimelineTest, RatesAreRoughlyAsAsked) {
  const Timeline timeline(timeline_options(FaultProfile::calm));
  std::uint64_t history = 0;
  std::uint64_t live = 0;
  for (const auto type : kContentTypes) {
    for (auto bucket = timeline.first_bucket(); bucket < 720; ++bucket) {
      for (const auto& blob : timeline.own(1, type, bucket)) {
        (bucket < 0 ? history : live) += blob.count;
      }
    }
  }
  EXPECT_NEAR(static_cast<double>(history), 400.0 * 168, 400.0 * 168 * 0.15);
  EXPECT_NEAR(static_cast<double>(live), 20.0 * 3600, 20.0 * 3600 * 0.15);
}

TEST(TimelineTest, OrdinaryHistoryHasLateBlobsCopiesAndEqualTimes) {
  const Timeline timeline(timeline_options(FaultProfile::ordinary));
  std::map<TimePoint, int> times;
  int late = 0;
  int copies = 0;
  int days_later = 0;
  for (const auto type : kContentTypes) {
    for (auto bucket = timeline.first_bucket(); bucket < 720; ++bucket) {
      for (const auto& blob : timeline.blobs(1, type, bucket)) {
        late += blob.visible > blob.created ? 1 : 0;
        const auto& range = blob.ranges.front();
        if (range.bucket != bucket || range.created != blob.created) {
          ++copies;
          days_later += bucket - range.bucket > 100 ? 1 : 0;
        }
        ++times[blob.created];
      }
    }
  }
  EXPECT_GT(late, 10);
  EXPECT_GT(copies, 10);
  EXPECT_GT(days_later, 0);
}

TEST(BlobStoreTest, KeepsNoMoreThanItsRoom) {
  const Timeline timeline(timeline_options(FaultProfile::calm));
  const Generator generator(7, FaultProfile::calm);
  const auto blobs = timeline.blobs(1, ContentType::exchange, -2);
  ASSERT_FALSE(blobs.empty());
  BlobStore nothing(generator, 0);
  const auto first = nothing.gzipped(1, blobs[0]);
  EXPECT_NE(nothing.gzipped(1, blobs[0]), first);
  BlobStore roomy(generator, 10'000'000);
  const auto kept = roomy.gzipped(1, blobs[0]);
  EXPECT_EQ(roomy.gzipped(1, blobs[0]), kept);
  EXPECT_EQ(*kept, *first);
}

}  // namespace

}  // namespace cistern::lab
