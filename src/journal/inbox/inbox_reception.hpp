// A file on its way into the inbox.
#pragma once

#include "base/digest.hpp"
#include "journal/inbox/inbox_parts.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cistern::journal {

/// The order of things: bytes into `<id>.tmp`, sync, rename to `<id>`, sync of the folder, then the
/// commit that creates the key, and then the news. Everything but the commit happens on the inbox's
/// thread; a step that fails takes the file away.
class InboxReception : public std::enable_shared_from_this<InboxReception> {
 public:
  struct Plan {
    std::string id;
    std::string connector;
    std::string description;
    std::optional<std::uint64_t> size;  ///< As the sender named it.
  };
  InboxReception(const InboxParts& parts, Plan plan)
      : parts_(parts), plan_(std::move(plan)), room_(plan_.size.value_or(0)) {}

  void describe(std::string description);

  // ---- on the inbox's thread, one after the other ----
  Status append(const std::string& bytes);
  void finish(std::function<void(Result<InboxEntry>)> stored);
  void abandon();

 private:
  Status open();
  Status take(std::string_view bytes);
  Status make_durable();
  Status checked(Status status);
  void commit_key(std::function<void(Result<InboxEntry>)> stored);
  void give_up(bool refused);
  [[nodiscard]] std::string path() const;
  [[nodiscard]] std::string final_path() const;

  const InboxParts& parts_;
  Plan plan_;
  std::mutex description_mutex_;
  std::unique_ptr<File> file_;
  Digest block_;
  std::vector<Identity> sums_;
  std::uint64_t size_ = 0;
  std::uint64_t room_;  ///< In the book.
  bool ended_ = false;  ///< The book has its room back.
  std::optional<Failure> failure_;
};

/// The handle that the receiver holds.
std::unique_ptr<InboxFile> make_inbox_file(const InboxParts& parts,
                                           std::shared_ptr<InboxReception> reception);

}  // namespace cistern::journal
