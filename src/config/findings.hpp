// Collects what is wrong with a file.
#pragma once

#include "config/options.hpp"
#include "config/source_text.hpp"

#include <string>
#include <vector>

namespace cistern::config {

/// At most this many errors are kept, and as many warnings: whoever has more is helped by the first
/// ones.
inline constexpr std::size_t kMaxProblems = 100;

class Findings {
 public:
  Findings(std::string file, SourceText& source) : file_(std::move(file)), source_(source) {}

  void error(Mark mark, std::string what, std::string next_step);
  void warning(Mark mark, std::string what, std::string next_step);
  /// About the file as a whole.
  void file_error(std::string what, std::string next_step);
  /// Found by a component's own check.
  void add(Problem problem);

  /// So many errors that reading on helps nobody. Warnings never end the reading: a component that
  /// is not read would not run.
  [[nodiscard]] bool full() const { return errors_ >= kMaxProblems; }
  /// Grows with each error; compare before and after to see whether a part was sound.
  [[nodiscard]] std::size_t errors() const { return errors_; }
  [[nodiscard]] Place place(Mark mark) const;

  /// All findings in the order of the file, with their lines. To be called when everything that may
  /// be shown has been shown.
  std::vector<Problem> take();

 private:
  void record(Problem problem);

  std::string file_;
  SourceText& source_;
  std::vector<Problem> problems_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace cistern::config
