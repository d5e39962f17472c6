#include "net/entra_errors.hpp"

#include <algorithm>
#include <iterator>

namespace cistern::net {
namespace {

constexpr EntraHelp kSecretWrong{"entra/secret-wrong", "the client secret is wrong",
                                 "in {portal} open Microsoft Entra ID > App registrations > "
                                 "{client} > Certificates & secrets, create a new client "
                                 "secret and configure its Value (not its Secret ID)"};
constexpr EntraHelp kSecretExpired{"entra/secret-expired", "the client secret has expired",
                                   "in {portal} open Microsoft Entra ID > App registrations > "
                                   "{client} > Certificates & secrets, create a new client "
                                   "secret and configure its Value, or use a certificate instead"};
constexpr EntraHelp kCredentialMissing{
    "entra/credential-missing", "neither a secret nor an assertion arrived",
    "configure a client secret or a certificate with its private key"};
constexpr EntraHelp kPublicClient{
    "entra/public-client",
    "the application is registered as a public client, which has no credentials",
    "in {portal} open Microsoft Entra ID > App registrations > {client} > Authentication and set "
    "\"Allow public client "
    "flows\" to No, or use an application registered for the platform Web"};
constexpr EntraHelp kApplicationUnknown{
    "entra/application-unknown", "the application is not known in this tenant",
    "compare client id {client} and tenant {tenant} with the Overview page of the app registration "
    "in {portal}; for "
    "another company's tenant, its administrator must give consent first"};
constexpr EntraHelp kApplicationDisabled{
    "entra/application-disabled", "the application is disabled in this tenant",
    "in {portal} open Microsoft Entra ID > Enterprise applications > {client} > Properties and set "
    "\"Enabled for users "
    "to sign in\" to Yes"};
constexpr EntraHelp kTenantUnknown{
    "entra/tenant-unknown", "the tenant was not found",
    "compare {tenant} with the Tenant ID on the Overview page of Microsoft Entra ID in {portal}, "
    "and check the cloud: "
    "tenants of GCC High, DoD and China have login hosts other than {login}"};
constexpr EntraHelp kTenantMissing{"entra/tenant-missing", "no tenant was named",
                                   "configure the tenant as its GUID or as a verified domain name"};
constexpr EntraHelp kWrongCloud{"entra/wrong-cloud", "the tenant lives in another national cloud",
                                "choose the cloud in which the tenant was created; {login} does "
                                "not serve it, and an application of one cloud is "
                                "unknown in every other"};
constexpr EntraHelp kCommonTenant{
    "entra/common-tenant", "an application cannot sign in to \"common\" or \"consumers\"",
    "configure the tenant's GUID from the Overview page of Microsoft Entra ID in {portal}"};
constexpr EntraHelp kAssertionRefused{"entra/assertion-refused",
                                      "the signature made with the certificate was refused",
                                      "in {portal} open Microsoft Entra ID > App registrations > "
                                      "{client} > Certificates & secrets > Certificates: the "
                                      "thumbprint {thumbprint} must be listed there and not be "
                                      "expired; if it is missing, upload the configured "
                                      "certificate; if it is there, the configured private key "
                                      "belongs to another certificate"};
constexpr EntraHelp kClock{"entra/clock", "the assertion is outside its time range or malformed",
                           "set this machine's clock right (time synchronisation by NTP); if it is "
                           "right, report this as a fault"};
constexpr EntraHelp kClientFault{
    "entra/request-malformed", "the token request is malformed",
    "check tenant {tenant} and client id {client} for stray characters; if they are right, "
    "report this as a fault of cistern with the correlation id"};
constexpr EntraHelp kCertificateSubject{
    "entra/certificate-subject", "the certificate's subject is not authorised",
    "use the certificate that is registered for {client} in {portal}"};
constexpr EntraHelp kScope{
    "entra/scope", "the requested scope or resource is not valid",
    "check the management host of the configured cloud: the scope asked for was "
    "{resource}/.default"};
constexpr EntraHelp kResourceUnknown{"entra/resource-unknown",
                                     "the tenant does not know the service {resource}",
                                     "check that the tenant has a Microsoft 365 subscription and "
                                     "that the configured cloud is the tenant's own"};
constexpr EntraHelp kNotSubscribed{
    "entra/not-subscribed", "the organisation is not subscribed to the service",
    "buy or enable a Microsoft 365 subscription that contains {resource}"};
constexpr EntraHelp kPermissionMissing{
    "entra/permission-missing", "the service is not among the application's registered permissions",
    "in {portal} open Microsoft Entra ID > App registrations > {client} > API permissions, add the "
    "service behind "
    "{resource} (for the audit log: Office 365 Management APIs > Application permissions) and "
    "press \"Grant admin "
    "consent\""};
constexpr EntraHelp kConsentMissing{"entra/consent-missing",
                                    "an administrator's consent is missing",
                                    "let an administrator open Microsoft Entra ID > App "
                                    "registrations > {client} > API permissions in {portal} and "
                                    "press \"Grant admin consent\""};
constexpr EntraHelp kConsentDeclined{"entra/consent-declined",
                                     "an administrator declined the consent",
                                     "repeat the consent and accept it"};
constexpr EntraHelp kBlockedByPolicy{
    "entra/blocked-by-policy",
    "a conditional access or security policy of the tenant blocked the sign-in",
    "in {portal} open Microsoft Entra ID > Security > Conditional Access, and exclude the workload "
    "identity {client} "
    "or allow this machine's public address"};
constexpr EntraHelp kUserUnknown{"entra/user-unknown",
                                 "the account is not in the tenant's directory",
                                 "sign in with an administrator's account of tenant {tenant}"};
constexpr EntraHelp kForeignAccount{"entra/foreign-account",
                                    "the account belongs to another tenant without access",
                                    "sign in with an account of tenant {tenant}"};
constexpr EntraHelp kAssignmentMissing{
    "entra/assignment-missing", "the application requires an assignment that is missing",
    "in {portal} open Microsoft Entra ID > Enterprise applications > {client} > Properties, and "
    "assign the application "
    "or set \"Assignment required\" to No"};
constexpr EntraHelp kRedirectUri{
    "entra/redirect-uri", "the redirect URI is not a registered one",
    "in {portal} open Microsoft Entra ID > App registrations > {client} > Authentication "
    "and register the redirect URI exactly as it is configured"};
constexpr EntraHelp kSingleTenant{"entra/single-tenant",
                                  "the application is not registered for several tenants",
                                  "configure the tenant's own GUID, or in {portal} set App "
                                  "registrations > {client} > Authentication > Supported "
                                  "account types to accounts in any organizational directory"};
constexpr EntraHelp kCodeUsed{
    "entra/code-used", "the consent's code was used before, has expired, or is for another tenant",
    "repeat the consent; its code works once and for minutes only"};
constexpr EntraHelp kRequestLoop{
    "entra/request-loop", "Entra saw too many equal token requests",
    "wait at least 5 minutes; check that not several programs use client id {client}"};
constexpr EntraHelp kUnavailable{"entra/unavailable",
                                 "Microsoft Entra is busy or out of order for the moment",
                                 "nothing; if it lasts, look at status.cloud.microsoft"};
constexpr EntraHelp kRefused{
    "entra/refused", "the sign-in was refused",
    "look up the AADSTS number at {login}/error, and compare tenant {tenant} and client id "
    "{client} with the app registration in {portal}"};

struct Numbered {
  std::uint32_t number;
  const EntraHelp* help;
};

constexpr Numbered kNumbers[] = {
    {7000215, &kSecretWrong},
    {7000222, &kSecretExpired},
    {7000218, &kCredentialMissing},
    {700025, &kPublicClient},
    {700016, &kApplicationUnknown},
    {700011, &kApplicationUnknown},
    {70001, &kApplicationDisabled},
    {7000112, &kApplicationDisabled},
    {90002, &kTenantUnknown},
    {50059, &kTenantMissing},
    {90019, &kTenantMissing},
    {50128, &kTenantMissing},
    {90038, &kWrongCloud},
    {900382, &kWrongCloud},
    {900432, &kWrongCloud},
    {90051, &kWrongCloud},
    {9001023, &kCommonTenant},
    {700027, &kAssertionRefused},
    {50012, &kAssertionRefused},
    {50013, &kClock},
    {500133, &kClock},
    {700024, &kClock},
    {50048, &kClientFault},
    {700030, &kCertificateSubject},
    {900144, &kClientFault},
    {90014, &kClientFault},
    {9002313, &kClientFault},
    {900561, &kClientFault},
    {70011, &kScope},
    {28002, &kScope},
    {700022, &kScope},
    {700023, &kScope},
    {500011, &kResourceUnknown},
    {50001, &kResourceUnknown},
    {650052, &kNotSubscribed},
    {650057, &kPermissionMissing},
    {65005, &kPermissionMissing},
    {650056, &kPermissionMissing},
    {65001, &kConsentMissing},
    {90094, &kConsentMissing},
    {90008, &kConsentMissing},
    {65004, &kConsentDeclined},
    {53003, &kBlockedByPolicy},
    {530032, &kBlockedByPolicy},
    {50131, &kBlockedByPolicy},
    {50034, &kUserUnknown},
    {50020, &kForeignAccount},
    {50105, &kAssignmentMissing},
    {50011, &kRedirectUri},
    {50194, &kSingleTenant},
    {54005, &kCodeUsed},
    {70008, &kCodeUsed},
    {700005, &kCodeUsed},
    {50196, &kRequestLoop},
    {50000, &kUnavailable},
    {50033, &kUnavailable},
    {90006, &kUnavailable},
    {90012, &kUnavailable},
    {90024, &kUnavailable},
    {90033, &kUnavailable},
    {90090, &kUnavailable},
    {90055, &kUnavailable},
};

constexpr EntraHelp kInvalidClient{"entra/credential-refused",
                                   "the client secret or certificate was refused",
                                   "in {portal} open Microsoft Entra ID > App registrations > "
                                   "{client} > Certificates & secrets and compare what is "
                                   "registered there with what is configured"};
constexpr EntraHelp kInvalidScope{
    "entra/scope", "the resource is wrong or not provisioned in the tenant",
    "check that the tenant has a subscription that contains {resource}, and that the "
    "configured cloud is the tenant's own"};
constexpr EntraHelp kInvalidGrant{
    "entra/consent-missing", "consent is missing or a policy of the tenant forbids the sign-in",
    "let an administrator grant consent under App registrations > {client} > API permissions in "
    "{portal}, and check "
    "the Conditional Access policies for workload identities"};

struct Named {
  std::string_view error;
  const EntraHelp* help;
};

constexpr Named kErrors[] = {
    {"invalid_client", &kInvalidClient},        {"unauthorized_client", &kApplicationUnknown},
    {"invalid_request", &kClientFault},         {"invalid_resource", &kInvalidScope},
    {"invalid_scope", &kInvalidScope},          {"invalid_grant", &kInvalidGrant},
    {"interaction_required", &kInvalidGrant},   {"access_denied", &kInvalidGrant},
    {"temporarily_unavailable", &kUnavailable}, {"server_error", &kUnavailable},
};

}  // namespace

const EntraHelp* entra_help(std::uint64_t number) {
  const auto found = std::find_if(std::begin(kNumbers), std::end(kNumbers),
                                  [&](const Numbered& row) { return row.number == number; });
  return found == std::end(kNumbers) ? nullptr : found->help;
}

const EntraHelp& entra_help_for_error(std::string_view error) {
  const auto found = std::find_if(std::begin(kErrors), std::end(kErrors),
                                  [&](const Named& row) { return row.error == error; });
  return found == std::end(kErrors) ? kRefused : *found->help;
}

bool entra_error_is_transient(std::string_view error) {
  return error == "temporarily_unavailable" || error == "server_error";
}

}  // namespace cistern::net
