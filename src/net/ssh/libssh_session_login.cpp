// The login: public keys only, compared whole.
#include "base/bytes.hpp"
#include "net/ssh/algorithms.hpp"
#include "net/ssh/libssh_session.hpp"

#include <algorithm>

namespace cistern::net::ssh {
namespace {

std::string blob_of(ssh_key key) {
  char* exported = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &exported) != SSH_OK) return {};
  const auto blob = base64_decode(exported);
  ssh_string_free_char(exported);
  return blob.value_or(std::string{});
}

std::string text_or(const char* text, const char* otherwise) {
  return text == nullptr ? otherwise : excerpt(text, 100);
}

}  // namespace

void LibsshSession::set_server_callbacks() {
  auto& calls = server_callbacks_;
  calls.userdata = this;
  calls.auth_pubkey_function = [](ssh_session, const char* user, ssh_key_struct* key, char state,
                                  void* self) {
    return static_cast<LibsshSession*>(self)->on_public_key(user == nullptr ? "" : user, key,
                                                            state);
  };
  calls.service_request_function = [](ssh_session, const char*, void* self) {
    auto& session = *static_cast<LibsshSession*>(self);
    // The first service is asked for when keys have been exchanged.
    if (session.phase_ == Phase::key_exchange) session.phase_ = Phase::login;
    return 0;
  };
  calls.channel_open_request_session_function = [](ssh_session, void* self) {
    return static_cast<LibsshSession*>(self)->on_open_channel();
  };
  ssh_callbacks_init(&calls);
  ssh_set_server_callbacks(session_, &calls);
}

int LibsshSession::on_public_key(std::string_view user, ssh_key key, int state) {
  const bool probe = state == SSH_PUBLICKEY_STATE_NONE;
  if (!probe && state != SSH_PUBLICKEY_STATE_VALID)
    return refuse_login(user, "ssh/signature-refused", "the signature of the login is wrong");
  const std::string blob = blob_of(key);
  const auto keys = context_.keys_of(user);
  if (blob.empty() || !is_authorized(keys, blob)) {
    const std::string why = keys.empty() ? "no such user, or none of its keys can be used; "
                                         : "the key is none of the user's; ";
    return refuse_login(user, "ssh/key-refused",
                        why + "offered: " + text_or(ssh_key_type_to_char(ssh_key_type(key)), "?") +
                            " " + key_fingerprint(blob));
  }
  const auto known = std::find_if(keys.begin(), keys.end(),
                                  [&](const AuthorizedKey& one) { return one.blob == blob; });
  const auto least =
      static_cast<std::size_t>(algorithms(context_.options.legacy_algorithms).least_rsa_bits);
  if (known->bits != 0 && known->bits < least) {
    return refuse_login(
        user, "ssh/key-too-short",
        describe_key(*known) + ": at least " + std::to_string(least) + " bits are asked for");
  }
  // A probe asks only whether this key would do; the signature comes next.
  if (!probe) log_in(user, *known);
  return SSH_AUTH_SUCCESS;
}

int LibsshSession::refuse_login(std::string_view user, const std::string& code,
                                const std::string& text) {
  user_ = excerpt(user, 64);
  incident(code, text);
  if (++login_failures_ >= context_.options.max_login_failures) {
    end_told_ = true;
    doomed_ = true;
  }
  return SSH_AUTH_DENIED;
}

void LibsshSession::log_in(std::string_view user, const AuthorizedKey& key) {
  if (phase_ == Phase::logged_in) return;
  phase_ = Phase::logged_in;
  user_ = user;
  context_.listener.login(
      {.user = user_, .host = host_, .key = describe_key(key), .algorithms = agreed()});
}

std::string LibsshSession::agreed() const {
  return text_or(ssh_get_kex_algo(session_), "?") + ", " +
         text_or(ssh_get_cipher_in(session_), "?") + ", " +
         text_or(ssh_get_hmac_in(session_), "?") + "; client " +
         text_or(ssh_get_clientbanner(session_), "?");
}

}  // namespace cistern::net::ssh
