#include "config/findings.hpp"

#include <algorithm>
#include <tuple>

namespace cistern::config {

Place Findings::place(Mark mark) const {
  return {file_, static_cast<int>(mark.line) + 1, source_.column(mark)};
}

void Findings::record(Problem problem) {
  if (problem.severity == Problem::Severity::error) ++errors_;
  if (!full()) problems_.push_back(std::move(problem));
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
  const bool were_more = full();
  for (Problem& problem : problems_) {
    const bool has_line = problem.place.line > 0 && problem.place.file == file_;
    if (has_line && problem.source_line.empty())
      problem.source_line = source_.line(static_cast<std::size_t>(problem.place.line) - 1);
  }
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  // Warnings alone may have filled the list; whoever asks for errors must still find them.
  if (were_more)
    problems_.push_back({errors_ > 0 ? Problem::Severity::error : Problem::Severity::warning,
                         {file_, 0, 0},
                         "the list ends here, after " + std::to_string(kMaxProblems) +
                             " problems; there may be more",
                         "correct these, then check the file again",
                         {}});
  return std::move(problems_);
}

}  // namespace cistern::config
