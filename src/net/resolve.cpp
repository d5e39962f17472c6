#include "net/resolve.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cistern::net {
namespace {

constexpr std::size_t kMostAddresses = 8;

struct Answer {
  int error = 0;
  std::vector<ResolvedAddress> addresses;
};

Answer ask(const PeerAddress& peer, int type, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = type;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  Answer answer;
  answer.error = ::getaddrinfo(peer.host.c_str(), std::to_string(peer.port).c_str(), &hints, &list);
  if (answer.error != 0) return answer;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    if (answer.addresses.size() == kMostAddresses) break;
    ResolvedAddress address;
    if (one->ai_addrlen > sizeof address.storage) continue;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
    answer.addresses.push_back(address);
  }
  ::freeaddrinfo(list);
  if (answer.addresses.empty()) answer.error = EAI_NONAME;
  return answer;
}

/// Shared with the thread that asks, which may outlive the question.
struct Question {
  Descriptor answered{::eventfd(0, EFD_CLOEXEC)};
  std::mutex mutex;
  Answer answer;
};

Failure unknown_name(const PeerAddress& peer, int error) {
  return {
      .verdict = Verdict::retry,
      .code = "net/name",
      .cause = "the name " + peer.host + " has no address: " + ::gai_strerror(error),
      .consequence = {},
      .next_step = "check the spelling, /etc/resolv.conf, and `getent hosts " + peer.host + "`"};
}

Result<Answer> ask_beside(const PeerAddress& peer, int type, Duration limit,
                          const Cancellation& cancellation) {
  const auto question = std::make_shared<Question>();
  if (question->answered.get() < 0) return fail(socket_failure(peer, errno));
  try {
    std::thread([question, peer, type] {
      Answer answer = ask(peer, type, AI_ADDRCONFIG);
      const std::lock_guard lock{question->mutex};
      question->answer = std::move(answer);
      const std::uint64_t one = 1;
      static_cast<void>(::write(question->answered.get(), &one, sizeof one) != sizeof one);
    }).detach();
  } catch (const std::system_error& error) {
    return fail(socket_failure(peer, error.code().value()));
  }
  switch (cancellation.wait(question->answered.get(), POLLIN, limit)) {
    case Cancellation::Waited::cancelled:
      return fail(cancelled_failure());
    case Cancellation::Waited::timed_out:
      return fail(timeout_failure(peer, "the look-up of the name that leads", limit,
                                  "no name server answered: check /etc/resolv.conf"));
    case Cancellation::Waited::ready:
      break;
  }
  const std::lock_guard lock{question->mutex};
  return std::move(question->answer);
}

}  // namespace

Result<std::vector<ResolvedAddress>> resolve(const PeerAddress& peer, int type, Duration limit,
                                             const Cancellation& cancellation) {
  Answer numeric = ask(peer, type, AI_NUMERICHOST);
  if (numeric.error == 0) return std::move(numeric.addresses);
  auto answer = ask_beside(peer, type, limit, cancellation);
  if (!answer) return fail(std::move(answer.error()));
  if (answer->error != 0) return fail(unknown_name(peer, answer->error));
  return std::move(answer->addresses);
}

}  // namespace cistern::net
