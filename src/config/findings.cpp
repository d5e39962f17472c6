#include "config/findings.hpp"

#include <algorithm>
#include <tuple>

namespace cistern::config {

Place Findings::place(Mark mark) const {
  return {file_, static_cast<int>(mark.line) + 1, source_.column(mark)};
}

void Findings::record(Problem problem) {
  auto& count = problem.severity == Problem::Severity::error ? errors_ : warnings_;
  if (++count <= kMaxProblems) problems_.push_back(std::move(problem));
}

void Findings::error(Mark mark, std::string what, std::string next_step) {
  record({Problem::Severity::error, place(mark), std::move(what), std::move(next_step), {}});
}

void Findings::warning(Mark mark, std::string what, std::string next_step) {
  record({Problem::Severity::warning, place(mark), std::move(what), std::move(next_step), {}});
}

void Findings::file_error(std::string what, std::string next_step) {
  record({Problem::Severity::error, {file_, 0, 0}, std::move(what), std::move(next_step), {}});
}

void Findings::add(Problem problem) {
  record(std::move(problem));
}

std::vector<Problem> Findings::take() {
  for (Problem& problem : problems_) {
    const bool has_line = problem.place.line > 0 && problem.place.file == file_;
    if (has_line && problem.source_line.empty())
      problem.source_line = source_.line(static_cast<std::size_t>(problem.place.line) - 1);
  }
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  if (errors_ >= kMaxProblems)
    problems_.push_back({Problem::Severity::error,
                         {file_, 0, 0},
                         "the list ends here, after " + std::to_string(kMaxProblems) +
                             " problems; there may be more",
                         "correct these, then check the file again",
                         {}});
  if (warnings_ > kMaxProblems)
    problems_.push_back({Problem::Severity::warning,
                         {file_, 0, 0},
                         std::to_string(warnings_ - kMaxProblems) + " more warnings are left out",
                         "correct these, then check the file again",
                         {}});
  return std::move(problems_);
}

}  // namespace cistern::config
