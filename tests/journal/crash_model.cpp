#include "crash_model.hpp"

#include "inbox_fixture.hpp"

#include <algorithm>

namespace cistern::test {
namespace {

const std::string kStore = "/machine/store";
constexpr const char* kConnectors[] = {"a", "b", "c"};

TimePoint hour(std::uint64_t h) {
  return TimePoint{std::chrono::hours{24 * 20'000 + h}};
}

/// Events up to `to`, of which `fresh` are new and the one before them is repeated. The ledger row
/// counts events in hours, so that all rows together are one from the first hour to the last.
Commit step_of(const std::string& connector, std::uint64_t to, std::uint64_t fresh) {
  const std::uint64_t from = to - fresh;
  const std::uint64_t first = from > 0 ? from : 1;
  Commit commit = numbered(connector, first, to - first + 1, std::string(to * 37 % 200, 'x'));
  commit.coverage.push_back({.stream = "audit",
                             .kind = "window",
                             .item = {},
                             .from = hour(from),
                             .to = hour(to),
                             .reason = {},
                             .offered = to - first + 1});
  return commit;
}

std::string file_bytes(std::uint64_t number) {
  return std::string(number * 53 % 700, static_cast<char>('a' + number % 26));
}

std::string file_description(std::uint64_t number) {
  return R"({"n":")" + std::to_string(number) + "\"}";
}

std::optional<journal::InboxEntry> file_entry(journal::Journal& journal, std::uint64_t number) {
  for (const journal::InboxEntry& entry : journal.inbox()->list("box")) {
    if (entry.description == file_description(number)) return entry;
  }
  return std::nullopt;
}

std::string number_text(const char* what, std::uint64_t number) {
  return std::string{" "} + what + " " + std::to_string(number);
}

}  // namespace

CrashModel::CrashModel(ScriptOptions options)
    : options_(std::move(options)), random_(options_.seed), inbox_random_(options_.seed + 77) {
  facts_.now = clock_.now();
}

journal::JournalOptions CrashModel::journal_options() const {
  journal::JournalOptions options;
  options.path = kStore;
  options.group_delay = options.idle_delay = Duration{0};
  options.segment_size = 3'000 + options_.seed % 5 * 700;
  options.keep = std::chrono::minutes{30};
  options.identities_in_memory = 25;
  options.retry_delay = std::chrono::milliseconds{1};
  return options;
}

std::string CrashModel::run() {
  FaultyFiles files;
  files.set_sabotage(options_.sabotage);
  for (unsigned life = 0; life < options_.lives; ++life) {
    if (std::string wrong = live(files); !wrong.empty()) return wrong;
    const std::set<std::string> passed = files.sites();
    sites_.insert(passed.begin(), passed.end());
    // The next life continues one of the crashes, or an orderly end.
    std::optional<CrashPoint> next;
    if (!pending_.empty() && random_.next() % 4 != 0) {
      next = pending_[random_.next() % pending_.size()];
    }
    if (std::string wrong = examine_all(); !wrong.empty()) return wrong;
    if (next) {
      facts_ = next->facts;
      files.set_state(crashed(next->disk));
    } else {
      files.set_state(crashed(files.state()));
    }
    clock_.advance(std::chrono::minutes{1});
  }
  return {};
}

std::string CrashModel::live(FaultyFiles& files) {
  files.set_observer([this](const DiskState& disk) {
    const std::uint64_t number = ++moments_;
    if (options_.choose && !options_.choose(disk, number)) return;
    const std::lock_guard lock{mutex_};
    pending_.push_back({disk, facts_, "moment" + number_text("", number)});
    pending_.back().facts.now = clock_.now();
  });
  auto journal = journal::open_journal(journal_options(), files, clock_, random_, *log_);
  if (!journal) return "does not open: " + journal.error().sentence();
  if (std::string wrong = compare(**journal, facts_); !wrong.empty()) return wrong;
  for (const char* name : kConnectors) {
    const std::uint64_t n = std::stoull("0" + (*(*journal)->position(name))["n"]);
    facts_.events[name] = {n, n};
  }
  const auto cursor = (*journal)->cursor("siem");
  const std::uint64_t moves = *cursor ? (*cursor)->delivered : 0;
  facts_.cursor = {moves, moves};
  const auto items = (*journal)->set_aside_list();
  facts_.aside = {items->size(), items->size()};
  for (auto& [number, fate] : facts_.files) {
    const bool there = file_entry(**journal, number).has_value();
    fate = there ? Facts::File::acknowledged : Facts::File::consumed;
  }
  make_trouble(files);
  for (unsigned step = 0; step < options_.steps; ++step)
    act(**journal);
  files.set_fault({});
  (*journal)->close();
  journal->reset();
  files.set_observer({});
  return {};
}

/// The disk refuses, is full, or takes a part: at any call, again and again, for a moment each.
void CrashModel::make_trouble(FaultyFiles& files) {
  if (options_.fault_every == 0) return;
  auto random = std::make_shared<SeededRandom>(random_.next());
  files.set_fault([this, random](FileCall call, const std::string&) -> std::optional<Failure> {
    if (call == FileCall::open || call == FileCall::other) return std::nullopt;
    if (random->next() % options_.fault_every != 0) return std::nullopt;
    ++faults_;
    static constexpr const char* kCodes[] = {"file/io", "file/no-space", "file/short-write"};
    return Failure{.verdict = Verdict::retry,
                   .code = kCodes[random->next() % 3],
                   .cause = "made to fail",
                   .consequence = {},
                   .next_step = "none"};
  });
}

/// Pushed in two pieces, as a sender does that is told of nothing before the end.
void CrashModel::push_some(journal::Journal& journal) {
  const std::uint64_t number = ++last_file_;
  const std::string bytes = file_bytes(number);
  {
    const std::lock_guard lock{mutex_};
    facts_.files[number] = Facts::File::submitted;
  }
  auto file = journal.inbox()->create("box", file_description(number), bytes.size());
  const auto told = std::make_shared<std::promise<void>>();
  auto future = told->get_future();
  (*file)->append(bytes.substr(0, bytes.size() / 2), [](const Status&) {});
  (*file)->append(bytes.substr(bytes.size() / 2), [](const Status&) {});
  (*file)->finish([this, told, number](const Result<journal::InboxEntry>& stored) {
    const std::lock_guard lock{mutex_};
    facts_.files[number] = stored ? Facts::File::acknowledged : Facts::File::refused;
    told->set_value();
  });
  future.wait();
}

void CrashModel::consume_some(journal::Journal& journal) {
  const auto entries = journal.inbox()->list("box");
  if (entries.empty()) return;
  const auto& entry = entries[inbox_random_.next() % entries.size()];
  std::uint64_t number = 0;
  for (const auto& [each, fate] : facts_.files) {
    if (entry.description == file_description(each)) number = each;
  }
  {
    const std::lock_guard lock{mutex_};
    facts_.files[number] = Facts::File::consuming;
  }
  const auto told = std::make_shared<std::promise<void>>();
  auto future = told->get_future();
  Commit commit = consuming(entry, Commit{});
  commit.state.push_back({"taken/" + std::to_string(number), "1"});
  journal.commit(std::move(commit), [this, told, number](const auto& result) {
    const std::lock_guard lock{mutex_};
    facts_.files[number] = result ? Facts::File::consumed : Facts::File::acknowledged;
    told->set_value();
  });
  future.wait();
}

/// An acknowledged file is there with its bytes until the commit that takes it, and never both.
std::string CrashModel::compare_inbox(journal::Journal& journal, const Facts& facts) {
  const Position position = *journal.position("box");
  std::size_t known = 0;
  for (const auto& [number, fate] : facts.files) {
    const auto entry = file_entry(journal, number);
    const bool taken = position.contains("taken/" + std::to_string(number));
    known += entry ? 1U : 0U;
    if (entry && taken) return "a file that was taken is there again";
    if (entry && fate == Facts::File::consumed) return "a consumed file is there again";
    if (entry && fate == Facts::File::refused) return "a refused file is there";
    const bool must =
        fate == Facts::File::acknowledged || (fate == Facts::File::consuming && !taken);
    if (!entry && must) return "an acknowledged file is gone";
    if (!entry) continue;
    const auto bytes = journal.inbox()->read(entry->id, 0, 1'000);
    if (!bytes) return "an acknowledged file cannot be read: " + bytes.error().cause;
    if (*bytes != file_bytes(number)) return "a file has other bytes";
  }
  const bool strangers = journal.inbox()->list("box").size() != known;
  return strangers ? "a file from nowhere" : std::string{};
}

void CrashModel::act(journal::Journal& journal) {
  if (inbox_random_.next() % 4 == 0) push_some(journal);
  if (inbox_random_.next() % 6 == 0) consume_some(journal);
  const std::uint64_t choice = random_.next() % 10;
  if (choice < 7) return commit_some(journal);
  if (choice == 7) {
    clock_.advance(std::chrono::minutes{random_.next() % 20});
    return commit_some(journal);
  }
  if (choice == 8) return move_cursor(journal);
  set_aside(journal);
}

void CrashModel::move_cursor(journal::Journal& journal) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    number = ++facts_.cursor.submitted;
  }
  journal::Cursor cursor;
  cursor.next = journal.health().last + 1;
  cursor.state = "move " + std::to_string(number);
  cursor.delivered = number;
  std::promise<void> told;
  journal.move_cursor("siem", cursor, true, [&](const Status& status) {
    const std::lock_guard lock{mutex_};
    if (status) facts_.cursor.acknowledged = number;
    told.set_value();
  });
  told.get_future().wait();
}

void CrashModel::set_aside(journal::Journal& journal) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    number = ++facts_.aside.submitted;
  }
  journal::SetAside item;
  item.owner = "connector/a";
  item.item = std::to_string(number);
  item.reason = "made up";
  std::promise<void> told;
  journal.set_aside(item, [&](const Status& status) {
    const std::lock_guard lock{mutex_};
    if (status) facts_.aside.acknowledged = number;
    told.set_value();
  });
  told.get_future().wait();
}

/// One to three connectors at once, so that they share a group or not.
void CrashModel::commit_some(journal::Journal& journal) {
  std::vector<std::future<void>> waiting;
  const std::uint64_t first = random_.next() % 3;
  for (std::uint64_t i = 0; i <= random_.next() % 3; ++i) {
    const std::string name = kConnectors[(first + i) % 3];
    const std::uint64_t fresh = 1 + random_.next() % 6;
    auto told = std::make_shared<std::promise<void>>();
    waiting.push_back(told->get_future());
    std::uint64_t to = 0;
    {
      const std::lock_guard lock{mutex_};
      to = facts_.events[name].submitted += fresh;
    }
    journal.commit(step_of(name, to, fresh), [this, told, name, to](const auto& result) {
      const std::lock_guard lock{mutex_};
      Facts::Range& range = facts_.events[name];
      // What is refused must not be there, so the next commit continues behind the one before.
      (result ? range.acknowledged : range.submitted) = result ? to : range.acknowledged;
      told->set_value();
    });
  }
  for (auto& future : waiting)
    future.wait();
}

DiskState CrashModel::crashed(const DiskState& disk) {
  switch (random_.next() % 5) {
    case 0:
    case 1:
      return disk.killed();
    case 2:
      return disk.after_power_cut(Survival::nothing, random_);
    case 3:
      return disk.after_power_cut(Survival::everything, random_);
    default:
      return disk.after_power_cut(Survival::some, random_);
  }
}

std::string CrashModel::examine_all() {
  std::vector<CrashPoint> points;
  points.swap(pending_);
  for (const CrashPoint& point : points) {
    ++points_;
    std::string wrong = examine(point, crashed(point.disk), random_.next() % 3 == 0);
    if (!wrong.empty()) {
      return wrong + " (seed" + number_text("", options_.seed) + ", " + point.during + ")";
    }
  }
  return {};
}

std::string CrashModel::examine(const CrashPoint& point, DiskState disk, bool again) {
  FaultyFiles files{std::move(disk)};
  files.set_sabotage(options_.sabotage);
  ManualClock clock{point.facts.now + std::chrono::minutes{1}};
  std::vector<CrashPoint> during_recovery;
  std::uint64_t seen = 0;
  const bool spoilt = options_.sabotage.kind != Sabotage::Kind::none;
  if (again) {
    files.set_observer([&](const DiskState& state) {
      // One moment of a recovery, of a spoilt one those behind the spoilt call.
      const bool behind = state.since_sabotage > 0 && state.since_sabotage < 8;
      if (spoilt ? !behind : random_.next() % ++seen != 0) return;
      if (!spoilt) during_recovery.clear();
      during_recovery.push_back({state, point.facts, point.during + ", then its recovery"});
    });
  }
  auto journal = journal::open_journal(journal_options(), files, clock, random_, *log_);
  files.set_observer({});
  if (!journal) return "does not open: " + journal.error().sentence();
  if (std::string wrong = compare(**journal, point.facts); !wrong.empty()) {
    return wrong;
  }
  if (std::string wrong = go_on(**journal); !wrong.empty()) return wrong;
  journal->reset();
  if (!files.list(kStore + "/damaged")->empty()) return "something was taken for damaged";
  for (const CrashPoint& second : during_recovery) {
    if (std::string wrong = examine(second, crashed(second.disk), false); !wrong.empty()) {
      return wrong;
    }
  }
  if (random_.next() % 8 != 0) return {};
  const auto report = journal::verify_store(kStore, files, {});
  if (!report) return report.error().sentence();
  if (report->repeated_identities != 0) return "verify finds repeated events";
  return report->problems.empty() ? std::string{} : "verify: " + report->problems.front();
}

std::string CrashModel::compare(journal::Journal& journal, const Facts& facts) {
  // Retention takes its turn behind a group; the second one is answered when it is done.
  for (int i = 0; i < 2; ++i) {
    if (!commit_and_wait(journal, CommitMaker{"z"}.state("k", "v").take())) return "no commit";
  }
  if (std::string wrong = compare_inbox(journal, facts); !wrong.empty()) return wrong;
  const Seen seen = read_all(journal);
  const journal::Health health = journal.health();
  if (!health.holes.empty()) return "a hole: " + health.holes.front().reason;
  Sequence expected = std::max<Sequence>(health.oldest, 1);
  if (seen.sequences.empty()) expected = health.last + 1;
  for (const Sequence sequence : seen.sequences) {
    if (sequence != expected++)
      return "after" + number_text("", expected - 2) + " comes" + number_text("", sequence);
  }
  if (expected != health.last + 1) {
    return "events end before" + number_text("", expected) + " and not with" +
           number_text("", health.last);
  }
  for (const auto& [name, range] : facts.events) {
    const std::uint64_t position = std::stoull("0" + (*journal.position(name))["n"]);
    if (position < range.acknowledged) return "acknowledged events of " + name + " are gone";
    if (position > range.submitted) return "events of " + name + " from nowhere";
    const std::string start = R"({"connector":")" + name + R"(","n":)";
    std::uint64_t last = 0;
    for (const std::string& raw : seen.raws) {
      if (!raw.starts_with(start)) continue;
      const std::uint64_t n = std::stoull(raw.substr(start.size(), 20));
      if (last != 0 && n != last + 1) return "events of " + name + " do not follow";
      if (last == 0 && n != 1 && health.oldest <= 1) return "the first events are gone";
      last = n;
    }
    if (last != position && (last != 0 || health.oldest <= 1)) {
      return "position" + number_text("", position) + " of " + name + ", events up to" +
             number_text("", last);
    }
    const auto rows = *journal.ledger(name);
    const bool covered = position == 0 ? rows.empty()
                                       : rows.size() == 1 && rows[0].stored == position &&
                                             rows[0].coverage.to == hour(position);
    if (!covered) return "the ledger of " + name + " does not fit its events";
  }
  const auto all_totals = *journal.totals();
  for (const auto& totals : all_totals) {
    if (std::to_string(totals.events) != (*journal.position(totals.connector))["n"]) {
      return "the totals of " + totals.connector + " do not fit its events";
    }
  }
  const auto cursor = *journal.cursor("siem");
  const std::uint64_t moved = cursor ? cursor->delivered : 0;
  if (moved < facts.cursor.acknowledged || moved > facts.cursor.submitted) return "a cursor moved";
  if (cursor && cursor->state != "move " + std::to_string(moved)) return "a cursor is mixed up";
  if (cursor && health.oldest > cursor->next) return "unread events were removed";
  const std::uint64_t items = journal.set_aside_list()->size();
  if (items < facts.aside.acknowledged || items > facts.aside.submitted) return "set-aside items";
  return {};
}

/// The vendors repeat what they gave, and give more.
std::string CrashModel::go_on(journal::Journal& journal) {
  for (const char* name : kConnectors) {
    const std::uint64_t position = std::stoull("0" + (*journal.position(name))["n"]);
    const std::uint64_t repeated = std::min<std::uint64_t>(position, 40);
    const auto result =
        commit_and_wait(journal, numbered(name, position - repeated + 1, repeated + 2));
    if (!result) return "does not go on: " + result.error().sentence();
    if (result->stored != 2) return std::string{"events of "} + name + " are stored twice";
  }
  return {};
}

}  // namespace cistern::test
