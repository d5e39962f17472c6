#include "net/ssh/push_protocol.hpp"

#include "base/bytes.hpp"

namespace cistern::net::ssh {

std::string peer_words(const Failure& failure) {
  if (failure.code == "file/no-space" || failure.code == "journal/inbox-full" ||
      failure.code == "journal/reserve-full") {
    return "No space left on device";
  }
  // Failures of files name paths of this machine.
  if (failure.code.starts_with("file/")) return "it cannot be stored now";
  return excerpt(failure.cause, 200);
}

}  // namespace cistern::net::ssh
