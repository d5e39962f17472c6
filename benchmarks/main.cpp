// Prints each figure beside its goal and what limits it, all measured in this run.
#include "path.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace {

using cistern::bench::Table;

void print(const Table& table) {
  std::printf("\n%s\n", table.title.c_str());
  std::printf("  %-52s %14s  %-26s %s\n", "what", "measured", "goal", "remark");
  for (const auto& row : table.rows) {
    std::printf("  %-52s %14s  %-26s %s\n", row.what.c_str(), row.measured.c_str(),
                row.goal.c_str(), row.remark.c_str());
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t megabytes = 192;
  std::uint64_t identities = 8'000'000;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--full") == 0) {
      megabytes = 1024;
      identities = 80'000'000;
    } else if (std::strcmp(argv[i], "--quick") == 0) {
      megabytes = 32;
      identities = 1'000'000;
    } else {
      std::fprintf(stderr, "usage: cistern_bench [--quick | --full]\n");
      return 2;
    }
  }
  char folder[] = "/tmp/cistern-bench-XXXXXX";
  if (mkdtemp(folder) == nullptr) return 1;
  const auto blobs = cistern::bench::make_blobs(megabytes * 1'000'000);
  print(cistern::bench::measure_path(blobs, folder));
  print(cistern::bench::measure_mapping(blobs));
  print(cistern::bench::measure_identities(identities, folder));
  std::filesystem::remove_all(folder);
  return 0;
}
