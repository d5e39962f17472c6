// Time and memory of this process, and the rows of the table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cistern::bench {

/// CPU seconds of all threads of the process so far.
double cpu_seconds();
/// Of the calling thread alone.
double thread_cpu_seconds();
double wall_seconds();
/// Resident memory in bytes.
std::uint64_t resident_bytes();

/// CPU and wall seconds since construction.
class Stopwatch {
 public:
  Stopwatch() : cpu_(cpu_seconds()), wall_(wall_seconds()) {}
  [[nodiscard]] double cpu() const { return cpu_seconds() - cpu_; }
  [[nodiscard]] double wall() const { return wall_seconds() - wall_; }

 private:
  double cpu_;
  double wall_;
};

/// Adds the CPU time that the calling thread spends in a scope.
class StageTime {
 public:
  explicit StageTime(double& sum) : sum_(sum), from_(thread_cpu_seconds()) {}
  StageTime(const StageTime&) = delete;
  StageTime& operator=(const StageTime&) = delete;
  ~StageTime() { sum_ += thread_cpu_seconds() - from_; }

 private:
  double& sum_;
  double from_;
};

/// The middle one, which one disturbed turn does not move.
double median(std::vector<double> values);

struct Row {
  std::string what;
  std::string measured;
  std::string goal;  ///< Empty: for information.
  std::string remark;
};

struct Table {
  std::string title;
  std::vector<Row> rows;
};

std::string megabytes_per_second(double bytes, double seconds);
std::string ratio(double value);

}  // namespace cistern::bench
