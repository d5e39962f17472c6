// The library's settings: nothing of them comes from files of the system, everything is said here.
#include "net/ssh/algorithms.hpp"
#include "net/ssh/libssh_session.hpp"

namespace cistern::net::ssh {
namespace {

struct FreeBind {
  void operator()(ssh_bind bind) const { ssh_bind_free(bind); }
};
using Bind = std::unique_ptr<ssh_bind_struct, FreeBind>;

tl::unexpected<Failure> setup_failure(std::string_view what, ssh_bind bind) {
  return fail_stop("ssh/setup",
                   "the SSH library refuses " + std::string{what} + ": " + ssh_get_error(bind),
                   "install libssh 0.10.6 or newer; with `legacy_algorithms` try without it");
}

Status set_algorithms(ssh_bind bind, const Algorithms& wanted) {
  struct Setting {
    ssh_bind_options_e option;
    const std::string& list;
    std::string_view name;
  };
  const Setting settings[] = {
      {SSH_BIND_OPTIONS_KEY_EXCHANGE, wanted.key_exchange, "the key exchange methods"},
      {SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, wanted.host_keys, "the host key algorithms"},
      {SSH_BIND_OPTIONS_CIPHERS_C_S, wanted.ciphers, "the ciphers"},
      {SSH_BIND_OPTIONS_CIPHERS_S_C, wanted.ciphers, "the ciphers"},
      {SSH_BIND_OPTIONS_HMAC_C_S, wanted.macs, "the MACs"},
      {SSH_BIND_OPTIONS_HMAC_S_C, wanted.macs, "the MACs"},
      {SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, wanted.user_keys, "the user key types"},
  };
  for (const Setting& setting : settings) {
    if (ssh_bind_options_set(bind, setting.option, setting.list.c_str()) != SSH_OK)
      return setup_failure(setting.name, bind);
  }
  // A key below the library's own limit gets no answer at all, and its client waits for one. The
  // login refuses short keys in words.
  const int least_rsa_bits = 1024;
  if (ssh_bind_options_set(bind, SSH_BIND_OPTIONS_RSA_MIN_SIZE, &least_rsa_bits) != SSH_OK)
    return setup_failure("the least size of RSA keys", bind);
  return {};
}

Status set_host_keys(ssh_bind bind, const std::vector<HostKey>& keys) {
  for (const HostKey& key : keys) {
    ssh_key imported = nullptr;
    const int read = key.private_text.use([&](std::string_view text) {
      // The text ends with a NUL: it lies in a std::string.
      return ssh_pki_import_privkey_base64(text.data(), nullptr, nullptr, nullptr, &imported);
    });
    // From here on the key belongs to the library.
    if (read != SSH_OK ||
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, imported) != SSH_OK) {
      return setup_failure("the host key " + key.path, bind);
    }
  }
  return {};
}

Result<Bind> make_bind(const SshServerOptions& options) {
  ssh_init();
  ssh_set_log_level(SSH_LOG_NOLOG);
  Bind bind{ssh_bind_new()};
  const bool read_system_files = false;
  if (!bind || ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG,
                                    &read_system_files) != SSH_OK) {
    return fail_stop("ssh/setup", "the SSH library cannot be set up", "restart cistern");
  }
  if (ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_BANNER, "cistern") != SSH_OK)
    return setup_failure("its name", bind.get());
  const Algorithms wanted = algorithms(options.legacy_algorithms);
  if (auto set = set_algorithms(bind.get(), wanted); !set) return fail(set.error());
  if (auto set = set_host_keys(bind.get(), options.host_keys); !set) return fail(set.error());
  return bind;
}

class Factory final : public SessionFactory {
 public:
  Factory(Bind bind, SessionContext& context) : bind_(std::move(bind)), context_(context) {}

  std::unique_ptr<ServerSession> make(Descriptor socket, std::string host) override {
    auto session = std::make_unique<LibsshSession>(context_, std::move(host));
    if (!session->open(bind_.get(), std::move(socket))) return nullptr;
    return session;
  }

 private:
  Bind bind_;
  SessionContext& context_;
};

}  // namespace

Result<std::unique_ptr<SessionFactory>> make_session_factory(SessionContext& context) {
  auto bind = make_bind(context.options);
  if (!bind) return fail(bind.error());
  return std::make_unique<Factory>(std::move(*bind), context);
}

}  // namespace cistern::net::ssh
