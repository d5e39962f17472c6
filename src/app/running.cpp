#include "app/running.hpp"

#include "runtime/assembly.hpp"
#include "runtime/control/control.hpp"
#include "runtime/reload/store_change.hpp"

#include <future>
#include <iostream>
#include <memory>

#include <boost/json.hpp>
#include <unistd.h>

namespace cistern::app {
namespace {

// A destination may take its time to end, and the running process waits for it.
constexpr std::chrono::seconds kPatience{60};

std::string text_in(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

Result<boost::json::object> read_answer(const std::string& line) {
  boost::system::error_code error;
  const auto value = boost::json::parse(line, error);
  const auto* object = value.if_object();
  const auto* result = object != nullptr ? object->if_contains("result") : nullptr;
  if (!error && result != nullptr && result->is_object()) return result->get_object();
  const auto* failure = object != nullptr ? object->if_contains("failure") : nullptr;
  if (error || failure == nullptr || !failure->is_object()) {
    return fail_stop("control/broken", "the running cistern answered something else",
                     "use the command line of the version that is running");
  }
  const auto& told = failure->get_object();
  return fail_stop(text_in(told, "code"), text_in(told, "cause"), text_in(told, "next_step"));
}

}  // namespace

Result<boost::json::object> ask_running(const config::Configuration& configuration,
                                        const boost::json::object& request) {
  auto whole = request;
  whole["version"] = runtime::kControlVersion;
  std::string answer;
  const auto asked = runtime::ask_control(
      runtime::control_socket_path(configuration.store.text("path")), boost::json::serialize(whole),
      [&](std::string_view line) {
        answer = line;
        return false;
      },
      kPatience);
  if (!asked) return fail(asked.error());
  return read_answer(answer);
}

Status change_stopped_store(const config::Configuration& configuration,
                            const journal::StoreEdit& edit) {
  const auto files = make_system_files();
  const SystemClock clock;
  SystemRandom random;
  const auto log = make_null_log();
  const auto options = journal_options(configuration.store);
  // Opening for writing would make a store where there is none.
  if (const auto known = journal::open_journal_read_only(options, *files, clock, *log); !known)
    return fail(known.error());
  auto journal = journal::open_journal(options, *files, clock, random, *log);
  if (!journal) return fail(journal.error());
  if (auto allowed = runtime::permitted(edit, configuration, **journal); !allowed) return allowed;
  const auto done = std::make_shared<std::promise<Status>>();
  auto outcome = done->get_future();
  (*journal)->edit(edit, [done](const Status& status) { done->set_value(status); });
  if (outcome.wait_for(kPatience) != std::future_status::ready) {
    return fail_retry("store/busy", "the store did not take the change in time",
                      "check that its disk has room and answers, then repeat the command");
  }
  return outcome.get();
}

Result<bool> confirmed(bool yes, const std::string& question, const Output& output) {
  if (yes) return true;
  if (isatty(STDIN_FILENO) != 1) {
    return fail_stop("cistern/not-confirmed", question,
                     "repeat the command with --yes if you agree");
  }
  output.note(question + "\nType yes to go on:");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes";
}

}  // namespace cistern::app
