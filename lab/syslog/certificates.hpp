// Certificates for syslog over TLS: an authority of the lab's own, one certificate for the
// collector, one for the lab's firewalls.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "lab/syslog/link.hpp"

#include <string>

namespace cistern::lab {

/// Files in a folder.
struct SyslogCertificates {
  explicit SyslogCertificates(const std::string& folder);
  std::string authority;              ///< lab-ca.pem
  std::string collector_certificate;  ///< collector.pem, for localhost and the loopback addresses
  std::string collector_key;          ///< collector.key
  TlsFiles firewall;                  ///< firewall.pem, firewall.key: "lab-firewall.contoso.com"
};

/// Makes the files that are missing; when the authority is, all of them.
Status make_syslog_certificates(const SyslogCertificates& files, TimePoint now);

}  // namespace cistern::lab
