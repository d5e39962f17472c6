#include "connectors/cisco_secure_email/pushed_files.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_secure_email/file_name.hpp"
#include "connectors/cisco_secure_email/ssh_reception.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

using net::ssh::FileFacts;
using net::ssh::PushPeer;

/// JSON has no place for other bytes; the name tells nothing but how a person finds the file.
std::string as_text(const std::string& bytes) {
  return is_utf8(bytes) ? bytes : excerpt(bytes, bytes.size());
}

template <class T>
const T* named(const std::vector<T>& all, std::string T::*member, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const T& one) { return one.*member == name; });
  return found == all.end() ? nullptr : &*found;
}

/// The directory's word goes before the user's.
std::string first_given(const std::string* folders, const std::string* users) {
  if (folders != nullptr && !folders->empty()) return *folders;
  return users != nullptr ? *users : std::string{};
}

class InboxIncoming final : public net::ssh::IncomingFile {
 public:
  InboxIncoming(std::unique_ptr<journal::InboxFile> file, PushPeer peer, FileFacts facts,
                const SshSettings& settings)
      : file_(std::move(file)),
        peer_(std::move(peer)),
        facts_(std::move(facts)),
        settings_(settings) {}

  void append(std::string bytes, std::function<void(Status)> written) override {
    file_->append(std::move(bytes), std::move(written));
  }

  void finish(std::optional<std::int64_t> modified, std::function<void(Status)> stored) override {
    if (modified) {
      facts_.modified = modified;
      file_->describe(describe_file(peer_, facts_, settings_));
    }
    file_->finish([stored = std::move(stored)](Result<journal::InboxEntry> entry) {
      if (!entry) return stored(fail(entry.error()));
      stored({});
    });
  }

 private:
  std::unique_ptr<journal::InboxFile> file_;
  PushPeer peer_;
  FileFacts facts_;
  const SshSettings& settings_;
};

}  // namespace

std::string describe_file(const PushPeer& peer, const FileFacts& facts,
                          const SshSettings& settings) {
  const PushUser* const user = named(settings.users, &PushUser::name, peer.user);
  const PushFolder* const folder = named(settings.folders, &PushFolder::path, facts.directory);
  const std::string kind =
      first_given(folder ? &folder->kind : nullptr, user ? &user->kind : nullptr);
  const std::string zone =
      first_given(folder ? &folder->zone : nullptr, user ? &user->zone : nullptr);
  std::string out = "{\"name\":";
  const auto add = [&](std::string_view key, const std::string& text) {
    if (text.empty()) return;
    out.append(",\"").append(key).append("\":");
    codec::append_json_string(out, text);
  };
  codec::append_json_string(out, as_text(facts.name));
  add("source", user ? user->appliance : peer.user);
  add("host", peer.host);
  add("user", peer.user);
  add("method", std::string{peer.method});
  add("directory", as_text(facts.directory));
  if (facts.modified) out.append(",\"mtime\":").append(std::to_string(*facts.modified));
  add("kind", kind);
  add("zone", zone);
  return out + "}";
}

PushedFiles::PushedFiles(std::string connector, SshSettings settings, journal::Inbox& inbox,
                         const Clock& clock)
    : connector_(std::move(connector)),
      settings_(std::move(settings)),
      inbox_(inbox),
      clock_(clock) {}

bool PushedFiles::within_rate(const std::string& user) {
  const Duration now = clock_.steady();
  Hour& hour = hours_.try_emplace(user, Hour{now, 0}).first->second;
  if (now - hour.began >= std::chrono::hours{1}) hour = {now, 0};
  if (hour.files >= settings_.files_per_hour) return false;
  ++hour.files;
  return true;
}

Result<std::unique_ptr<net::ssh::IncomingFile>> PushedFiles::begin(const PushPeer& peer,
                                                                   const FileFacts& facts) {
  // Refused now, it stays with its appliance; stored and refused later, nobody would look for it.
  if (std::string why = why_name_refused(facts.name); !why.empty()) {
    return fail({.verdict = Verdict::set_aside,
                 .code = "ssh/name-refused",
                 .cause = std::move(why),
                 .consequence = {},
                 .next_step = "push rolled-over text logs only"});
  }
  if (!within_rate(peer.user)) {
    return fail_retry("ssh/too-many-files",
                      "more than " + std::to_string(settings_.files_per_hour) + " files in an hour",
                      "raise `files_per_hour`, or let the appliance roll over less often");
  }
  auto file = inbox_.create(connector_, describe_file(peer, facts, settings_), facts.size);
  if (!file) return fail(file.error());
  return std::make_unique<InboxIncoming>(std::move(*file), peer, facts, settings_);
}

}  // namespace cistern::connectors::cisco_secure_email
