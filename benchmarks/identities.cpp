#include "base/files.hpp"
#include "base/random.hpp"
#include "journal/identity/identity_set.hpp"
#include "path.hpp"

#include <cstdio>
#include <cstdlib>

namespace cistern::bench {
namespace {

Identity random_identity(Random& random) {
  Identity identity;
  for (std::size_t i = 0; i < identity.bytes.size(); i += 8) {
    const auto word = random.next();
    for (std::size_t j = 0; j < 8; ++j)
      identity.bytes[i + j] = static_cast<std::uint8_t>(word >> (8 * j));
  }
  return identity;
}

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().sentence().c_str());
  std::exit(1);
}

/// As the journal's writer does between groups: at 50,000 events a second its upkeep, every two
/// seconds, merges a bounded step.
void tend(journal::IdentitySet& set, Sequence through, TimePoint arrival) {
  constexpr Sequence kBetweenSteps = 100'000;
  if (set.wants_seal() && !set.seal(through)) std::exit(1);
  if (through % kBetweenSteps == 0 && !set.maintain(arrival)) std::exit(1);
}

}  // namespace

Table measure_identities(std::uint64_t count, const std::string& folder) {
  const auto files = make_system_files();
  journal::IdentitySetOptions options;
  options.directory = folder + "/identities";
  auto set = must(journal::open_identity_set(options, *files));
  SeededRandom random(1);
  const TimePoint start = *parse_time("2026-03-01T00:00:00Z");
  const auto step = std::chrono::hours{24 * 8} / static_cast<std::int64_t>(count);
  TimePoint arrival = start;
  const Stopwatch filling;
  for (std::uint64_t i = 0; i < count; ++i) {
    arrival += step;
    const auto identity = random_identity(random);
    if (must(set->contains(identity))) std::exit(1);
    set->insert(identity, arrival);
    tend(*set, i + 1, arrival);
  }
  const double fill = filling.cpu();
  const Stopwatch probing;
  constexpr std::uint64_t kProbes = 500'000;
  for (std::uint64_t i = 0; i < kProbes; ++i) {
    const auto identity = random_identity(random);
    if (must(set->contains(identity))) std::exit(1);
    set->insert(identity, arrival);
    tend(*set, count + i + 1, arrival);
  }
  const double probe = probing.cpu();
  const auto memory = set->memory_bytes();
  if (!set->seal(count + kProbes)) std::exit(1);
  const auto filters = set->memory_bytes();
  set.reset();
  const Stopwatch opening;
  set = must(journal::open_identity_set(options, *files));
  const double open = opening.wall();

  char text[64];
  Table table{"Identities remembered: " + std::to_string(count), {}};
  std::snprintf(text, sizeof text, "%.2f us", probe / static_cast<double>(kProbes) * 1e6);
  table.rows.push_back({"check-and-insert of a new identity", text, "1.0 us at 80 million", ""});
  std::snprintf(text, sizeof text, "%.2f us", fill / static_cast<double>(count) * 1e6);
  table.rows.push_back({"the same while filling, with sealing and merging", text, "", ""});
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(memory) / 1e6);
  table.rows.push_back(
      {"memory with the active table of new identities", text, "", "bounded by a million"});
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(filters) / 1e6);
  table.rows.push_back({"memory of the filters", text, "155 MB at 80 million", "mapped files"});
  std::snprintf(text, sizeof text, "%.3f s", open);
  table.rows.push_back({"opening it again (wall)", text, "1 s with 100 GiB and 80 million", ""});
  return table;
}

}  // namespace cistern::bench
