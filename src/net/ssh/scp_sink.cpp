#include "net/ssh/scp_sink.hpp"

#include "base/bytes.hpp"
#include "net/ssh/push_names.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cistern::net::ssh {
namespace {

constexpr std::size_t kMaxLine = 2048;

/// Reads decimal digits up to the next blank or the end, and moves over both.
std::optional<std::uint64_t> next_number(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + end, value);
  if (end == 0 || error != std::errc{} || stop != text.data() + end) return std::nullopt;
  text.remove_prefix(std::min(end + 1, text.size()));
  return value;
}

/// The time of the file in `<mtime> <usec> <atime> <usec>`.
std::optional<std::int64_t> read_times(std::string_view text) {
  if (std::count(text.begin(), text.end(), ' ') != 3) return std::nullopt;
  const auto modified = next_number(text);
  const auto modified_part = next_number(text);
  const auto accessed = next_number(text);
  const auto accessed_part = next_number(text);
  if (!modified || !modified_part || !accessed || !accessed_part) return std::nullopt;
  if (*modified_part > 999'999 || *accessed_part > 999'999) return std::nullopt;
  if (*modified > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<std::int64_t>(*modified);
}

struct FileRecord {
  std::uint64_t size = 0;
  std::string_view name;
};

/// `<mode4> <size> <name>`.
std::optional<FileRecord> read_file_record(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  if (text.size() < 5 || !std::all_of(text.begin(), text.begin() + 4, octal)) return std::nullopt;
  if (text[4] != ' ') return std::nullopt;
  text.remove_prefix(5);
  if (text.find(' ') == std::string_view::npos) return std::nullopt;
  const auto size = next_number(text);
  if (!size) return std::nullopt;
  return FileRecord{*size, text};
}

}  // namespace

void ScpSink::start(PushStep& step) {
  step.reply += '\0';
}

std::size_t ScpSink::take(std::string_view bytes, PushStep& step) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const std::string_view rest = bytes.substr(taken);
    switch (state_) {
      case State::record:
      case State::verdict_message:
        taken += take_line(rest, step);
        break;
      case State::data:
        taken += take_data(rest, step);
        break;
      case State::verdict:
        take_verdict(rest.front(), step);
        ++taken;
        break;
      case State::opening:
      case State::storing:
        return taken;
      case State::over:
        return bytes.size();
    }
  }
  return taken;
}

std::size_t ScpSink::take_line(std::string_view bytes, PushStep& step) {
  const auto end = bytes.find('\n');
  const std::size_t part = std::min(end, bytes.size());
  if (line_.size() + part > kMaxLine) {
    protocol_error("a line is longer than 2,048 bytes", step);
    return bytes.size();
  }
  line_ += bytes.substr(0, part);
  if (end == std::string_view::npos) return part;
  const std::string line = std::exchange(line_, {});
  if (state_ == State::verdict_message) {
    failed_ = true;
    refuse_file("ssh/source-failed", "its source could not read it: " + excerpt(line, 200), step);
  } else {
    record(line, step);
  }
  return part + 1;
}

void ScpSink::record(std::string_view line, PushStep& step) {
  if (line.empty()) return protocol_error("an empty record", step);
  const std::string_view text = line.substr(1);
  switch (line.front()) {
    case 'C':
      return file_record(text, step);
    case 'T':
      modified_ = read_times(text);
      if (!modified_) return protocol_error("times that cannot be read", step);
      step.reply += '\0';
      return;
    case 'D':
      failed_ = true;
      step.reply += "\1scp: directories not accepted\n";
      step.remarks.push_back({"ssh/directory-refused", "a directory was pushed (scp -r)"});
      return;
    case '\1':
    case '\2':
      return message_of_source(line, step);
    default:
      return protocol_error("a record of an unknown kind", step);
  }
}

void ScpSink::message_of_source(std::string_view line, PushStep& step) {
  failed_ = true;
  step.remarks.push_back({"ssh/source-failed", "the sender says: " + excerpt(line.substr(1), 200)});
  if (line.front() == '\2') state_ = State::over;
}

void ScpSink::file_record(std::string_view text, PushStep& step) {
  const auto found = read_file_record(text);
  if (!found) return protocol_error("a file record that cannot be read", step);
  facts_ = {.name = std::string{found->name},
            .directory = directory_,
            .size = found->size,
            .modified = std::exchange(modified_, std::nullopt)};
  if (const auto fault = name_fault(found->name); !fault.empty()) {
    return refuse_file("ssh/name-refused", "the name is refused: " + std::string{fault}, step);
  }
  if (found->size > limits_.max_file_size) {
    return refuse_file("ssh/file-too-large",
                       "File too large: " + std::to_string(found->size) + " bytes, at most " +
                           std::to_string(limits_.max_file_size) + " are taken",
                       step);
  }
  left_ = found->size;
  write_error_.clear();
  ++file_;
  state_ = State::opening;
  PushOrder order;
  order.kind = PushOrder::Kind::open;
  order.file = file_;
  order.facts = facts_;
  step.orders.push_back(std::move(order));
}

void ScpSink::opened(std::uint32_t file, const Status& status, PushStep& step) {
  if (file != file_ || state_ != State::opening) return;
  if (!status) return refuse_file(status.error().code, peer_words(status.error()), step);
  step.reply += '\0';
  state_ = left_ == 0 ? State::verdict : State::data;
}

std::size_t ScpSink::take_data(std::string_view bytes, PushStep& step) {
  const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  left_ -= part;
  if (left_ == 0) state_ = State::verdict;
  if (!write_error_.empty()) return part;  // Read on and drop it: the peer sends all of it anyway.
  PushOrder order;
  order.kind = PushOrder::Kind::append;
  order.file = file_;
  order.bytes = std::string{bytes.substr(0, part)};
  step.orders.push_back(std::move(order));
  return part;
}

void ScpSink::take_verdict(char verdict, PushStep& step) {
  if (verdict == '\0') return after_verdict(step);
  PushOrder order;
  order.kind = PushOrder::Kind::discard;
  order.file = file_;
  step.orders.push_back(std::move(order));
  if (verdict != '\1' && verdict != '\2') {
    return protocol_error("a file is longer than it was said to be", step);
  }
  state_ = State::verdict_message;
}

void ScpSink::after_verdict(PushStep& step) {
  PushOrder order;
  order.file = file_;
  order.kind = write_error_.empty() ? PushOrder::Kind::finish : PushOrder::Kind::discard;
  step.orders.push_back(std::move(order));
  if (write_error_.empty()) {
    state_ = State::storing;
  } else {
    refuse_file(write_code_, write_error_, step);
  }
}

void ScpSink::write_failed(std::uint32_t file, const Failure& failure) {
  if (file != file_) return;
  write_error_ = peer_words(failure);
  write_code_ = failure.code;
}

void ScpSink::stored(std::uint32_t file, const Status& status, PushStep& step) {
  if (file != file_ || state_ != State::storing) return;
  if (!status) return refuse_file(status.error().code, peer_words(status.error()), step);
  step.reply += '\0';
  await_record();
}

void ScpSink::await_record() {
  left_ = 0;
  state_ = peer_ended_ ? State::over : State::record;
}

void ScpSink::refuse_file(const std::string& code, const std::string& why, PushStep& step) {
  failed_ = true;
  const std::string text = excerpt(facts_.name, 100) + ": " + why;
  step.reply += "\1scp: " + text + "\n";
  step.remarks.push_back({code, text});
  await_record();
}

void ScpSink::protocol_error(std::string_view why, PushStep& step) {
  failed_ = true;
  step.reply += "\2scp: protocol error: " + std::string{why} + "\n";
  step.remarks.push_back({"ssh/scp-protocol", "protocol error: " + std::string{why}});
  state_ = State::over;
}

void ScpSink::ended(PushStep& step) {
  if (state_ == State::over) return;
  if (state_ == State::storing) {  // All of the file is here; its answer is still owed.
    peer_ended_ = true;
    return;
  }
  if (state_ != State::record || !line_.empty()) {
    failed_ = true;
    const std::string missing =
        left_ == 0 ? "" : ", " + std::to_string(left_) + " bytes before its end";
    step.remarks.push_back(
        {"ssh/transfer-broken", excerpt(facts_.name, 100) + ": the transfer broke off" + missing});
  }
  if (state_ == State::data || state_ == State::verdict || state_ == State::opening) {
    PushOrder order;
    order.kind = PushOrder::Kind::discard;
    order.file = file_;
    step.orders.push_back(std::move(order));
  }
  state_ = State::over;
}

void ScpRefusal::start(PushStep& step) {
  step.reply += "\2scp: " + excerpt(why_, 400) + "\n";
  step.remarks.push_back({"ssh/target-refused", excerpt(why_, 400)});
}

}  // namespace cistern::net::ssh
