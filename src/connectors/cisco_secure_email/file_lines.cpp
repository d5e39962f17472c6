#include "connectors/cisco_secure_email/file_lines.hpp"

#include "connectors/cisco_secure_email/mail_line_header.hpp"

#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::string_view kGoesOn = "continues an entry beyond its bound of 32 lines or 64 KiB";
constexpr std::string_view kCut = "a line of more than 1 MiB was cut";

}  // namespace

void FileLines::add(std::string_view bytes, const Each& each) {
  buffer_ += bytes;
  while (true) {
    const auto end = buffer_.find('\n', searched_);
    if (end == std::string::npos) {
      searched_ = buffer_.size();
      if (buffer_.size() - line_ < kLongestLine) break;
      cut(each);
      continue;
    }
    line(end + 1, each);
  }
  buffer_.erase(0, begin_);
  offset_ += begin_;
  line_ -= begin_;
  searched_ -= begin_;
  begin_ = 0;
}

/// A line ends at `end` of the buffer: it begins an entry, or goes on with the open one.
void FileLines::line(std::size_t end, const Each& each) {
  const bool first = line_ == begin_;
  const std::string_view text = std::string_view{buffer_}.substr(line_, end - line_);
  const bool begins = !joins_ || (!cut_line_ && begins_entry(text));
  const bool beyond = lines_ >= kMostJoinedLines || end - begin_ > kMostJoinedBytes;
  if (!first && (begins || beyond)) {
    emit(line_, each);
    if (!begins) problem_ = kGoesOn;
  }
  ++lines_;
  line_ = searched_ = end;
  cut_line_ = false;
}

/// The line has no end within the bound: what is there becomes an entry.
void FileLines::cut(const Each& each) {
  if (line_ != begin_) emit(line_, each);
  problem_ = kCut;
  line_ = searched_ = begin_ + kLongestLine;
  emit(line_, each);
  problem_ = kCut;
  cut_line_ = true;
}

void FileLines::emit(std::size_t end, const Each& each) {
  FileLine entry;
  entry.from = offset_ + begin_;
  entry.number = number_;
  entry.lines = lines_;
  entry.bytes = std::string_view{buffer_}.substr(begin_, end - begin_);
  entry.text = entry.bytes;
  if (entry.text.ends_with('\n')) entry.text.remove_suffix(1);
  entry.problem = std::exchange(problem_, {});
  each(entry);
  number_ += lines_;
  lines_ = 0;
  begin_ = end;
}

void FileLines::finish(const Each& each) {
  if (line_ < buffer_.size()) line(buffer_.size(), each);
  if (begin_ < buffer_.size()) emit(buffer_.size(), each);
  buffer_.clear();
  offset_ += begin_;
  begin_ = line_ = searched_ = 0;
}

}  // namespace cistern::connectors::cisco_secure_email
