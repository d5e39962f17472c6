// Exactly once, wherever the process or the machine ends.
#include "base/random.hpp"
#include "file_harness.hpp"

#include <gtest/gtest.h>

namespace cistern::destinations {
namespace {

using namespace cistern::testing;

constexpr Sequence kEvents = 120;

struct Setting {
  Compression compression = Compression::none;
  std::uint64_t rotate_size = 0;
};

/// The reading side in small: builds batches of changing size, stores the state with the cursor as
/// soon as deliver() returns it. What it holds survives every crash.
struct Reader {
  Sequence next = 1;
  std::string state;
  SeededRandom sizes{1};
};

FileSettings settings_of(const Setting& setting) {
  FileSettings settings;
  settings.path = kPath;
  settings.compression = setting.compression;
  settings.rotate_size = setting.rotate_size;
  return settings;
}

/// Delivers all events from the reader's place on; false when a call failed.
bool run(const Setting& setting, CrashFiles& files, ManualClock& clock, Log& log, Reader& reader) {
  FileDestination destination(settings_of(setting),
                              {.name = "siem", .files = files, .clock = clock, .log = log},
                              std::make_unique<FreePlatform>());
  if (!destination.open(reader.state)) return false;
  while (reader.next <= kEvents) {
    const Sequence last = std::min(kEvents, reader.next + reader.sizes.next() % 20);
    clock.advance(std::chrono::seconds{1});
    auto state = destination.deliver(batch(reader.next, last));
    if (!state) return false;
    reader.state = std::move(*state);
    reader.next = last + 1;
  }
  destination.close();
  return true;
}

/// Empty, or what is wrong with the files at the end.
std::string fault_of(const Setting& setting, const CrashFiles& files) {
  if (read_all(files, setting.compression) != lines(1, kEvents)) {
    return "the files hold:\n" + read_all(files, setting.compression);
  }
  for (const auto& [path, content] : files.contents()) {
    if (path.find("aside") != std::string::npos) return "moved aside: " + path;
    if (path.ends_with(".starting")) return "left over: " + path;
  }
  return {};
}

std::string crash_once(const Setting& setting, CrashPlan plan, Aftermath aftermath, bool syncs_work,
                       bool directory_syncs_work) {
  CrashFiles files;
  files.syncs_work = syncs_work;
  files.directory_syncs_work = directory_syncs_work;
  files.plan = plan;
  ManualClock clock{kNoon};
  RecordingLog log;
  Reader reader;
  std::string crashed_at;
  try {
    run(setting, files, clock, log, reader);
  } catch (const Crashed&) {
    crashed_at = files.journal.back();
    files.restart(aftermath);
    reader.sizes = SeededRandom{99};
    if (!run(setting, files, clock, log, reader)) return "does not start after " + crashed_at;
  }
  const std::string fault = fault_of(setting, files);
  return fault.empty() ? fault : "crash at " + crashed_at + ": " + fault;
}

std::string first_fault(const Setting& setting, bool syncs_work, bool directory_syncs_work) {
  CrashFiles counting;
  ManualClock clock{kNoon};
  RecordingLog log;
  Reader reader;
  EXPECT_TRUE(run(setting, counting, clock, log, reader));
  EXPECT_EQ(fault_of(setting, counting), "");
  EXPECT_TRUE(log.warnings.empty());
  for (std::uint64_t at = 1; at <= counting.operations; ++at) {
    for (const auto moment :
         {CrashPlan::Moment::before, CrashPlan::Moment::within, CrashPlan::Moment::after}) {
      for (const auto aftermath : {Aftermath::killed, Aftermath::power_cut, Aftermath::torn}) {
        const std::string fault = crash_once(setting, {.at = at, .moment = moment}, aftermath,
                                             syncs_work, directory_syncs_work);
        if (!fault.empty()) return fault;
      }
    }
  }
  return {};
}

std::vector<Setting> all_settings() {
  std::vector<Setting> settings;
  for (const auto compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    for (const unsigned rotate_size : {0U, 1U, 600U}) {
      settings.push_back({.compression = compression, .rotate_size = rotate_size});
    }
  }
  return settings;
}

class FileCrash : public ::testing::TestWithParam<Setting> {};

TEST_P(FileCrash, EveryEventOnceAfterOneCrashAnywhere) {
  EXPECT_EQ(first_fault(GetParam(), true, true), "");
}

TEST_P(FileCrash, EveryEventOnceAfterManyCrashes) {
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    SeededRandom random{seed};
    CrashFiles files;
    ManualClock clock{kNoon};
    RecordingLog log;
    Reader reader;
    bool done = false;
    for (int life = 0; life < 30 && !done; ++life) {
      // The last lives are long enough to finish.
      files.plan = {.at = life < 25 ? files.operations + 1 + random.next() % 30 : 0,
                    .moment = static_cast<CrashPlan::Moment>(random.next() % 3)};
      reader.sizes = SeededRandom{random.next()};
      try {
        done = run(GetParam(), files, clock, log, reader);
      } catch (const Crashed&) {
        files.restart(static_cast<Aftermath>(random.next() % 3));
      }
    }
    ASSERT_TRUE(done) << "seed " << seed;
    ASSERT_EQ(fault_of(GetParam(), files), "") << "seed " << seed;
  }
}

TEST_P(FileCrash, TheTestNoticesMissingSyncs) {
  EXPECT_NE(first_fault(GetParam(), false, true), "");
  EXPECT_NE(first_fault(GetParam(), true, false), "");
}

std::string name_of(const ::testing::TestParamInfo<Setting>& info) {
  const std::string rotation = "_rotate_" + std::to_string(info.param.rotate_size);
  switch (info.param.compression) {
    case Compression::gzip:
      return "gzip" + rotation;
    case Compression::zstd:
      return "zstd" + rotation;
    case Compression::none:
      break;
  }
  return "none" + rotation;
}

INSTANTIATE_TEST_SUITE_P(All, FileCrash, ::testing::ValuesIn(all_settings()), name_of);

}  // namespace
}  // namespace cistern::destinations
