// The certificates and keys of a TLS client in OpenSSL's terms.
#pragma once

#include "net/tls_client.hpp"

#include <memory>

#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace cistern::net {

struct FreeTls {
  void operator()(SSL_CTX* it) const { SSL_CTX_free(it); }
  void operator()(SSL* it) const { SSL_free(it); }
  void operator()(BIO_METHOD* it) const { BIO_meth_free(it); }
};

template <class T>
using TlsPointer = std::unique_ptr<T, FreeTls>;

/// Failures as TlsClient::make().
Result<TlsPointer<SSL_CTX>> make_tls_context(const TlsClientOptions& options, TimePoint now);

/// OpenSSL's own socket BIO raises SIGPIPE; this one does not. Its data is the descriptor.
TlsPointer<BIO_METHOD> make_socket_method();

}  // namespace cistern::net
