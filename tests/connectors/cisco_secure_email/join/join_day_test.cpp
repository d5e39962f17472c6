// A whole day of traffic against what is known of it, in whatever order and however often its files
// come, and through crashes.
#include "join_harness.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>

namespace cistern::test {
namespace {

std::map<std::string, std::string> results_of(const boost::json::object& event) {
  std::map<std::string, std::string> results;
  const auto* recipients = event.if_contains("recipients");
  if (recipients == nullptr) return results;
  for (const auto& one : recipients->as_array())
    results[text_at(one.as_object(), {"address"})] = text_at(one.as_object(), {"result"});
  return results;
}

std::string number_or_none(std::uint64_t number) {
  return number == 0 ? std::string{} : std::to_string(number);
}

/// Empty when the event says what is true.
std::string difference(const TrueMessage& one, const boost::json::object& event) {
  std::string found;
  const auto compare = [&](const char* what, const std::string& truth, const std::string& said) {
    if (truth != said) found += std::string{what} + ": '" + truth + "' became '" + said + "'; ";
  };
  compare("action", one.action, text_at(event, {"action"}));
  compare("sender", one.sender, text_at(event, {"sender"}));
  compare("subject", one.subject, text_at(event, {"subject"}));
  compare("message_id", one.message_id, text_at(event, {"message_id"}));
  compare("size", number_or_none(one.size), text_at(event, {"size"}));
  compare("icid", number_or_none(one.icid), text_at(event, {"icid"}));
  compare("client", one.client_ip, text_at(event, {"client", "ip"}));
  compare("antispam", one.antispam, text_at(event, {"verdicts", "antispam"}));
  compare("antivirus", one.antivirus, text_at(event, {"verdicts", "antivirus"}));
  compare("finished", one.finished, text_at(event, {"finished"}));
  compare("root", one.root == one.mid ? "" : std::to_string(one.root),
          text_at(event, {"root_mid"}));
  compare("incomplete", "", text_at(event, {"incomplete"}));
  if (results_of(event) != one.recipients) found += "recipients differ; ";
  return found;
}

using Key = std::pair<std::uint64_t, int>;

/// The last word on each message: its event of the highest revision that is not partial.
std::map<Key, boost::json::object> last_words(const MailDay& day,
                                              const std::vector<boost::json::object>& events) {
  std::map<Key, boost::json::object> last;
  const auto reset = day.reset_at == 0 ? std::string{"9999"}
                                       : format_time(TimePoint{std::chrono::seconds{day.reset_at}});
  for (const auto& event : events) {
    if (event.contains("partial")) continue;
    const Key key{event.at("mid").to_number<std::uint64_t>(),
                  text_at(event, {"start"}) >= reset ? 1 : 0};
    auto& known = last[key];
    if (known.empty() ||
        known.at("revision").to_number<int>() < event.at("revision").to_number<int>()) {
      known = event;
    }
  }
  return last;
}

struct Score {
  std::size_t right = 0;
  std::size_t wrong = 0;
  std::size_t invented = 0;
  std::string first;  ///< What was wrong first.
};

Score score(const MailDay& day, const std::vector<boost::json::object>& events) {
  Score score;
  auto last = last_words(day, events);
  for (const TrueMessage& one : day.messages) {
    const auto found = last.find({one.mid, one.life});
    std::string what = found == last.end() ? "missing" : difference(one, found->second);
    if (what.empty()) {
      ++score.right;
    } else {
      ++score.wrong;
      if (score.first.empty()) {
        score.first =
            "MID " + std::to_string(one.mid) + " life " + std::to_string(one.life) + ": " + what;
        if (found != last.end()) score.first += boost::json::serialize(found->second);
      }
    }
    if (found != last.end()) last.erase(found);
  }
  score.invented = last.size();
  if (!last.empty() && score.first.empty())
    score.first = "invented: " + boost::json::serialize(last.begin()->second);
  return score;
}

void expect_right(const MailDay& day, const std::vector<boost::json::object>& events) {
  const Score result = score(day, events);
  EXPECT_GE(static_cast<double>(result.right), 0.999 * static_cast<double>(day.messages.size()))
      << result.wrong << " wrong; " << result.first;
  EXPECT_LE(result.invented, day.messages.size() / 1000) << result.first;
}

MailDayOptions day_options(std::uint32_t seed) {
  MailDayOptions options;
  options.seed = seed;
  const bool all = std::getenv("CISTERN_LONG_TESTS") != nullptr;
  options.connections = all ? 20'000 : 1'500;
  options.files = all ? 300 : 40;
  return options;
}

TEST(MailDay, JoinsFilesInOrder) {
  const MailDay day = make_mail_day(day_options(1));
  ASSERT_GT(day.messages.size(), 1000U);
  JoinHarness harness;
  for (const auto& file : day.files)
    harness.push(file);
  harness.pause(std::chrono::seconds{61});
  expect_right(day, harness.events());
}

// A number that was given twice on one day can be told apart only while its lines come in order.
TEST(MailDay, JoinsFilesInAnyOrderSomeTwice) {
  auto options = day_options(2);
  options.first_number = 1'000'000;
  const MailDay day = make_mail_day(options);
  std::mt19937 random{7};
  auto files = day.files;
  std::shuffle(files.begin(), files.end(), random);
  JoinHarness harness;
  for (std::size_t i = 0; i < files.size(); ++i) {
    // A transfer that broke off in the middle and is repeated, and files that come once more.
    if (i % 5 == 0) harness.push(files[i], files[i].records.size() / 2);
    harness.push(files[i]);
    if (i % 7 == 0) harness.push(files[i / 2]);
  }
  harness.pause(std::chrono::seconds{61});
  expect_right(day, harness.events());
}

TEST(MailDay, JoinsTheNewestFileFirstAfterAnOutage) {
  const MailDay day = make_mail_day(day_options(3));
  JoinHarness harness;
  const std::size_t third = day.files.size() / 3;
  for (std::size_t i = 0; i < third; ++i)
    harness.push(day.files[i]);
  harness.pause(std::chrono::seconds{61});
  harness.push(day.files[2 * third]);
  for (std::size_t i = third; i < day.files.size(); ++i)
    harness.push(day.files[i]);
  harness.pause(std::chrono::seconds{61});
  expect_right(day, harness.events());
}

// The same set of events, none twice, whenever the process dies.
TEST(MailDay, CrashesChangeNothing) {
  const MailDay day = make_mail_day(day_options(4));
  const auto play = [&](bool crashes) {
    std::mt19937 random{11};
    JoinHarness harness;
    for (std::size_t i = 0; i < day.files.size(); ++i) {
      const auto& file = day.files[i];
      const std::size_t middle = file.records.size() / 2;
      harness.push(file, middle);
      if (crashes && random() % 3 == 0) harness.commit();
      harness.push(file);
      if (crashes && random() % 2 == 0) harness.crash();
      if (crashes && random() % 3 == 0) harness.restart();
    }
    harness.pause(std::chrono::seconds{61});
    std::multiset<std::string> events;
    for (const auto& event : harness.events())
      events.insert(boost::json::serialize(event));
    return events;
  };
  const auto calm = play(false);
  const auto crashed = play(true);
  EXPECT_GT(calm.size(), day.messages.size() / 2);
  std::vector<std::string> differing;
  std::set_symmetric_difference(calm.begin(), calm.end(), crashed.begin(), crashed.end(),
                                std::back_inserter(differing));
  EXPECT_TRUE(differing.empty()) << differing.size() << ": " << differing.front();
}

// A file that never comes costs what stood in it, says so, and stops nothing.
TEST(MailDay, AMissingFileIsSaid) {
  auto options = day_options(5);
  options.reset = false;
  const MailDay day = make_mail_day(options);
  JoinHarness harness;
  for (std::size_t i = 0; i < day.files.size(); ++i) {
    if (i == 10) {
      harness.push(day.files[i + 1]);
      harness.pause(std::chrono::seconds{61});
    } else if (i != 11) {
      harness.push(day.files[i]);
    }
  }
  harness.pause(std::chrono::seconds{61});
  const Score result = score(day, harness.events());
  EXPECT_GT(result.right, day.messages.size() * 8 / 10) << result.first;
  // Every message that came out otherwise says that it may not be whole, or is not there at all.
  const auto last = last_words(day, harness.events());
  for (const TrueMessage& one : day.messages) {
    const auto found = last.find({one.mid, one.life});
    if (found == last.end() || difference(one, found->second).empty()) continue;
    EXPECT_TRUE(found->second.contains("incomplete")) << difference(one, found->second);
  }
}

}  // namespace
}  // namespace cistern::test
