// Decisions of the doctor about the way to Microsoft and about the login: an answer becomes a
// conclusion. Pure, but for what they note in the facts.
#pragma once

#include "connectors/microsoft_365/doctor_facts.hpp"

namespace cistern::connectors::microsoft_365::doctor {

/// The certificate's end is worth a warning when so little of its life remains.
inline constexpr Duration kCertificateWarning = std::chrono::hours{24 * 30};

/// Of a configuration with which a token request could be made.
runtime::ProbeResult configuration(const Examination& at);

/// The login service's public description of the tenant. Notes tenant and clock.
runtime::ProbeResult login_host(Examination& at, const Answer& answer);
/// The management host, asked without a token: any refusal in its own words proves the way.
runtime::ProbeResult management_host(Examination& at, const Answer& answer);
runtime::ProbeResult clock(const Examination& at);
/// Notes the token.
runtime::ProbeResult token(Examination& at, const Answer& answer);
runtime::ProbeResult tenant(const Examination& at);
runtime::ProbeResult cloud(const Examination& at);
runtime::ProbeResult role_read(const Examination& at);
runtime::ProbeResult role_read_dlp(const Examination& at);

}  // namespace cistern::connectors::microsoft_365::doctor
