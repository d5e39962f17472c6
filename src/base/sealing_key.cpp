#include "base/sealing_key.hpp"

#include "base/bytes.hpp"
#include "base/file_errors.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cistern {
namespace {

constexpr std::size_t kMostKeyText = 4096;
constexpr std::size_t kKeyRandomness = 32;

/// A file descriptor that is closed.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

Result<Secret> read_text(const std::string& path, const Descriptor& file) {
  std::string text(kMostKeyText, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(file_failure("read", path, errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return Secret{std::move(text)};
}

/// Nothing when there is no such file.
Result<std::optional<SealingKey>> read_key(const std::string& path, bool must_be_private) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return fail(file_failure("read the sealing key", path, errno));
  }
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return fail(file_failure("read", path, errno));
  if (must_be_private && (found.st_mode & 077) != 0) {
    return fail_stop("sealed/key-exposed",
                     path + " may be read by others than its owner, so the key may be known",
                     "run `chmod 600 " + path +
                         "`; if others had the time to read it, remove it and set the sealed "
                         "secrets again");
  }
  auto text = read_text(path, file);
  if (!text) return fail(text.error());
  auto key = SealingKey::from_text(*text, path);
  if (!key) return fail(key.error());
  return std::optional<SealingKey>{std::move(*key)};
}

Status write_whole(const std::string& path, const Descriptor& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(file.get(), text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail(file_failure("write", path, errno));
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fsync(file.get()) != 0) return fail(file_failure("sync", path, errno));
  return {};
}

Result<std::string> random_text() {
  std::string bytes(kKeyRandomness, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) !=
      1) {
    return fail_stop("sealed/no-randomness", "the system gives no random numbers for a key",
                     "check the system's random number generator");
  }
  return hex_encode(bytes) + "\n";
}

void sync_folder(const std::string& folder) {
  const Descriptor opened{::open(folder.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY)};
  if (opened.get() >= 0) ::fsync(opened.get());
}

/// Whole under another name first, then linked: two that begin at once agree on one key.
Status make_key_file(const std::string& path, const std::string& owner_like) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  std::error_code error;
  const bool made = std::filesystem::create_directory(folder, error);
  if (error) return fail(file_failure("make the folder of the sealing key", folder, error.value()));
  if (made) {
    ::chmod(folder.c_str(), 0700);
    give_to_owner_of(folder, owner_like);
  }
  auto text = random_text();
  if (!text) return fail(text.error());
  // A name that nobody else who begins now has.
  const auto digits = random_text();
  if (!digits) return fail(digits.error());
  const std::string beside = path + "." + digits->substr(0, 16) + ".new";
  {
    const Descriptor file{
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.get() < 0) return fail(file_failure("make the sealing key", beside, errno));
    if (auto written = write_whole(beside, file, *text); !written) {
      ::unlink(beside.c_str());
      return written;
    }
  }
  give_to_owner_of(beside, owner_like);
  const int linked = ::link(beside.c_str(), path.c_str());
  const int why = errno;
  ::unlink(beside.c_str());
  if (linked != 0 && why != EEXIST) return fail(file_failure("make the sealing key", path, why));
  sync_folder(folder);
  sync_folder(std::filesystem::path(folder).parent_path().string());
  return {};
}

}  // namespace

SealingKeyPlaces sealing_key_places(const std::string& store) {
  SealingKeyPlaces out;
  std::string folder = store;
  while (folder.size() > 1 && folder.ends_with('/'))
    folder.pop_back();
  out.file = folder + "-keys/sealing.key";
  const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (credentials != nullptr && *credentials != '\0')
    out.credential = std::string{credentials} + "/" + std::string{kSealingCredential};
  return out;
}

Result<std::vector<SealingKey>> read_sealing_keys(const SealingKeyPlaces& places,
                                                  const std::string& owner_like) {
  std::vector<SealingKey> keys;
  if (!places.credential.empty()) {
    auto key = read_key(places.credential, false);
    if (!key) return fail(key.error());
    if (*key) keys.push_back(std::move(**key));
  }
  auto key = read_key(places.file, true);
  if (key && !*key && keys.empty()) {
    if (auto made = make_key_file(places.file, owner_like); !made) return fail(made.error());
    key = read_key(places.file, true);
  }
  // A key file beside a credential only opens what was sealed before there was a credential.
  if (!key && keys.empty()) return fail(key.error());
  if (key && *key) keys.push_back(std::move(**key));
  if (keys.empty()) return fail(file_failure("read the sealing key", places.file, ENOENT));
  return keys;
}

namespace {

/// A key is made to seal with, and never to find that it opens nothing.
class StoreSealer final : public Sealer {
 public:
  explicit StoreSealer(const std::string& store)
      : places_(sealing_key_places(store)),
        keys_(make_sealer([places = places_, store] { return read_sealing_keys(places, store); })) {
  }
  [[nodiscard]] Result<std::string> seal(std::string_view name,
                                         const Secret& plain) const override {
    return keys_->seal(name, plain);
  }
  [[nodiscard]] Result<Secret> unseal(std::string_view name,
                                      std::string_view sealed) const override {
    const bool none = (places_.credential.empty() || ::access(places_.credential.c_str(), F_OK)) &&
                      ::access(places_.file.c_str(), F_OK) != 0;
    if (!none || key_id_of(sealed).empty()) return keys_->unseal(name, sealed);
    return fail_stop("sealed/other-key",
                     "a value was sealed under the key " + excerpt(key_id_of(sealed), 8) +
                         ", and there is no key at " + places_.file,
                     "bring the sealing key back that was in use when the value was sealed, or "
                     "seal the secret again with `cistern secret set`");
  }

 private:
  SealingKeyPlaces places_;
  std::unique_ptr<Sealer> keys_;
};

}  // namespace

std::unique_ptr<Sealer> make_store_sealer(const std::string& store) {
  return std::make_unique<StoreSealer>(store);
}

void give_to_owner_of(const std::string& path, const std::string& other) {
  if (::geteuid() != 0) return;
  struct stat found {};
  if (::stat(other.c_str(), &found) != 0) return;
  // What cannot be given stays with root, and whoever reads it says so with its path.
  [[maybe_unused]] const int given = ::lchown(path.c_str(), found.st_uid, found.st_gid);
}

}  // namespace cistern
