// The TLS context of a server that shows a certificate.
#pragma once

#include "net/http_server.hpp"

#include <memory>

#include <boost/asio/ssl/context.hpp>

namespace cistern::net {

/// TLS 1.2 or later. Failures, all Verdict::stop: "net/certificate-unreadable",
/// "net/key-unreadable", "net/key-mismatch".
Result<std::shared_ptr<boost::asio::ssl::context>> make_server_context(
    const ServerCertificate& certificate);

}  // namespace cistern::net
