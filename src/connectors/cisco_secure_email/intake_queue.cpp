#include "connectors/cisco_secure_email/intake_queue.hpp"

#include "connectors/cisco_secure_email/file_name.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr int kMostSettles = 12;

}  // namespace

PendingFile pending_of(const journal::InboxEntry& entry) {
  PendingFile file;
  file.inbox_id = entry.id;
  file.problem = entry.problem;
  file.received = entry.received;
  boost::system::error_code error;
  const auto value = boost::json::parse(entry.description, error);
  const auto* const object = error ? nullptr : value.if_object();
  const auto text = [&](std::string_view name) {
    const auto* const member = object == nullptr ? nullptr : object->if_contains(name);
    const auto* const found = member == nullptr ? nullptr : member->if_string();
    return found == nullptr ? std::string{} : std::string{found->data(), found->size()};
  };
  file.facts.name = text("name");
  file.facts.source = text("source");
  file.facts.host = text("host");
  file.facts.zone_name = text("zone");
  file.facts.kind = log_kind_named(text("kind"));
  return file;
}

void IntakeQueue::add(PendingFile file, Duration now) {
  const auto name = read_file_name(file.facts.name);
  const std::string base{name ? name->base : std::string_view{}};
  const std::string begun{name ? name->begun : std::string_view{}};
  Log& log = logs_[file.facts.source + "/" + base];
  if (log.files.empty()) log.first = now;
  log.last = now;
  const std::string unique = file.facts.name + "/" + file.inbox_id;
  if (log.files.insert_or_assign({begun, unique}, std::move(file)).second) ++size_;
}

Duration IntakeQueue::due(const Log& log) const {
  return std::min(log.last + settle_, log.first + kMostSettles * settle_);
}

std::optional<PendingFile> IntakeQueue::next(Duration now) {
  const auto earliest = std::min_element(
      logs_.begin(), logs_.end(),
      [this](const auto& a, const auto& b) { return due(a.second) < due(b.second); });
  if (earliest == logs_.end() || due(earliest->second) > now) return std::nullopt;
  Log& log = earliest->second;
  PendingFile file = std::move(log.files.begin()->second);
  log.files.erase(log.files.begin());
  --size_;
  if (log.files.empty()) logs_.erase(earliest);
  return file;
}

std::optional<Duration> IntakeQueue::due_in(Duration now) const {
  std::optional<Duration> least;
  for (const auto& [name, log] : logs_) {
    const Duration wait = std::max(Duration{0}, due(log) - now);
    if (!least || wait < *least) least = wait;
  }
  return least;
}

}  // namespace cistern::connectors::cisco_secure_email
