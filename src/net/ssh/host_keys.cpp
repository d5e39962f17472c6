#include "net/ssh/host_keys.hpp"

#include "base/bytes.hpp"
#include "net/ssh/authorized_keys.hpp"

#include <array>
#include <filesystem>
#include <memory>

#include <libssh/libssh.h>

namespace cistern::net::ssh {
namespace {

struct FreeKey {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
using Key = std::unique_ptr<ssh_key_struct, FreeKey>;

struct FreeText {
  void operator()(char* text) const { ssh_string_free_char(text); }
};
using Text = std::unique_ptr<char, FreeText>;

struct Kind {
  std::string_view file;
  ssh_keytypes_e type;
  int bits;
};

constexpr std::array<Kind, 3> kKinds{{{"ssh_host_ed25519_key", SSH_KEYTYPE_ED25519, 0},
                                      {"ssh_host_ecdsa_key", SSH_KEYTYPE_ECDSA_P256, 256},
                                      {"ssh_host_rsa_key", SSH_KEYTYPE_RSA, 3072}}};
constexpr std::size_t kMaxKeyFile = 64U << 10;

std::string path_of(const std::string& folder, const Kind& kind) {
  return folder + "/" + std::string{kind.file};
}

tl::unexpected<Failure> unreadable(const std::string& path) {
  return fail_stop("ssh/host-key-unreadable",
                   path + " holds no private SSH host key, or one with a passphrase",
                   "put the host key there that the appliances know; or remove the file, let "
                   "cistern make a new one, and have each appliance scan the host key again");
}

tl::unexpected<Failure> exposed(const std::string& path) {
  return fail_stop("ssh/host-key-exposed",
                   path + " may be read by others than its owner, so the host key may be known",
                   "run `chmod 600 " + path + "`");
}

/// Of the real file system; files that stand elsewhere (tests) have no modes.
bool others_may_read(const std::string& path) {
  using std::filesystem::perms;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error || !std::filesystem::exists(status)) return false;
  return (status.permissions() & (perms::group_read | perms::others_read)) != perms::none;
}

Result<HostKey> host_key_of(const std::string& path, std::string text) {
  ssh_key raw = nullptr;
  if (ssh_pki_import_privkey_base64(text.c_str(), nullptr, nullptr, nullptr, &raw) != SSH_OK)
    return unreadable(path);
  const Key key{raw};
  char* exported = nullptr;
  if (ssh_pki_export_pubkey_base64(key.get(), &exported) != SSH_OK) return unreadable(path);
  const Text base64{exported};
  const char* const type = ssh_key_type_to_char(ssh_key_type(key.get()));
  const auto blob = base64_decode(base64.get());
  if (type == nullptr || !blob) return unreadable(path);
  HostKey out;
  out.type = type;
  out.path = path;
  out.public_line = out.type + " " + base64.get();
  out.fingerprint = key_fingerprint(*blob);
  out.private_text = Secret{std::move(text)};
  return out;
}

Result<HostKey> read_one(const std::string& path, Files& files) {
  auto file = files.open(path, OpenMode::read);
  if (!file) return fail(file.error());
  auto text = (*file)->read_at(0, kMaxKeyFile);
  if (!text) return fail(text.error());
  if (others_may_read(path)) return exposed(path);
  return host_key_of(path, std::move(*text));
}

Result<std::string> generate(const Kind& kind) {
  ssh_key raw = nullptr;
  const bool made = ssh_pki_generate(kind.type, kind.bits, &raw) == SSH_OK;
  const Key key{raw};
  char* exported = nullptr;
  if (!made ||
      ssh_pki_export_privkey_base64(key.get(), nullptr, nullptr, nullptr, &exported) != SSH_OK) {
    return fail_stop("ssh/host-key-not-made", "the SSH library could not make a host key",
                     "put host keys made by ssh-keygen into the folder");
  }
  const Text text{exported};
  return std::string{text.get()};
}

Status write_one(const std::string& folder, const Kind& kind, Files& files) {
  const auto text = generate(kind);
  if (!text) return fail(text.error());
  const std::string path = path_of(folder, kind);
  const std::string fresh = path + ".new";
  // Left over from a start that was cut off; nobody has seen it.
  if (const auto there = files.exists(fresh); there && *there) {
    if (auto removed = files.remove(fresh); !removed) return removed;
  }
  auto file = files.open(fresh, OpenMode::create_new);
  if (!file) return fail(file.error());
  if (auto written = (*file)->write_at(0, *text); !written) return written;
  if (auto synced = (*file)->sync(); !synced) return synced;
  if (auto named = files.rename(fresh, path); !named) return named;
  return files.sync_directory(folder);
}

}  // namespace

std::string host_key_folder(const std::string& store) {
  return store + "/ssh";
}

Result<std::vector<HostKey>> read_host_keys(const std::string& folder, Files& files) {
  std::vector<HostKey> out;
  for (const Kind& kind : kKinds) {
    const std::string path = path_of(folder, kind);
    const auto there = files.exists(path);
    if (!there) return fail(there.error());
    if (!*there) continue;
    auto key = read_one(path, files);
    if (!key) return fail(key.error());
    out.push_back(std::move(*key));
  }
  return out;
}

Result<std::vector<HostKey>> make_host_keys(const std::string& folder, Files& files) {
  if (auto made = files.make_directory(folder); !made) return fail(made.error());
  for (const Kind& kind : kKinds) {
    const auto there = files.exists(path_of(folder, kind));
    if (!there) return fail(there.error());
    if (*there) continue;
    if (auto written = write_one(folder, kind, files); !written) return fail(written.error());
  }
  return read_host_keys(folder, files);
}

}  // namespace cistern::net::ssh
