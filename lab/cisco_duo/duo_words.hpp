// The words that Duo's rows are made of.
#pragma once

#include "lab/harness/random.hpp"

#include <array>
#include <string_view>

namespace cistern::lab {

struct DuoPlace {
  std::string_view city;
  std::string_view country;
  std::string_view state;
};

inline constexpr auto kDuoUsers = std::to_array<std::string_view>(
    {"arivera", "bchen", "cdupont", "djohansson", "efarouk", "goran", "hnakamura", "ines.sousa",
     "j.kowalski", "kpetrova", "lfernandez", "mwei", "nadia", "omar", "pbauer", "zoë.müller"});

inline constexpr auto kDuoPlaces =
    std::to_array<DuoPlace>({{"Paris", "France", "Ile-de-France"},
                             {"Tokyo", "Japan", "Tokyo"},
                             {"São Paulo", "Brazil", "São Paulo"},
                             {"Ann Arbor", "United States", "Michigan"},
                             {"Łódź", "Poland", "Łódź Voivodeship"},
                             {"", "Germany", ""}});

inline constexpr auto kDuoApplications = std::to_array<std::string_view>(
    {"Contoso VPN", "Microsoft Entra ID", "Windows Logon", "SSH on bastion", "Wiki \"intern\""});

inline constexpr auto kDuoFactors = std::to_array<std::string_view>(
    {"duo_push", "verified_duo_push", "phone_call", "sms_passcode", "duo_mobile_passcode",
     "hardware_token", "yubikey_code", "bypass_code", "remembered_device", "not_available",
     "WebAuthn Security Key", "platform_authenticator"});

/// Result, and the reason that goes with it.
inline constexpr auto kDuoOutcomes =
    std::to_array<std::array<std::string_view, 2>>({{"success", "user_approved"},
                                                    {"success", "valid_passcode"},
                                                    {"success", "remembered_device"},
                                                    {"success", "trusted_network"},
                                                    {"success", "bypass_user"},
                                                    {"denied", "user_mistake"},
                                                    {"denied", "no_response"},
                                                    {"denied", "location_restricted"},
                                                    {"denied", "anonymous_ip"},
                                                    {"denied", "out_of_date"},
                                                    {"failure", "invalid_passcode"},
                                                    {"fraud", "user_marked_fraud"},
                                                    {"error", "error"}});

inline constexpr auto kDuoBrowsers =
    std::to_array<std::string_view>({"Chrome", "Firefox", "Edge", "Safari", "Unknown"});

inline constexpr auto kDuoSystems =
    std::to_array<std::string_view>({"Windows", "Mac OS X", "iOS", "Android", "Linux"});

inline constexpr auto kDuoActions = std::to_array<std::string_view>(
    {"phone_create", "phone_update", "webauthncredential_create", "user_update", "bypass_create",
     "admin_login", "policy_update", "group_create"});

inline constexpr auto kDuoAdminActions = std::to_array<std::string_view>(
    {"admin_login", "user_update", "user_create", "user_delete", "group_update",
     "integration_create", "phone_delete", "customer_update", "admin_self_activate"});

inline constexpr auto kDuoTrustKinds =
    std::to_array<std::string_view>({"auth", "bypass_status_enabled", "device_registration"});

template <class Word, std::size_t Size>
const Word& duo_word(const std::array<Word, Size>& words, Dice& dice) {
  return words[dice.below(Size)];
}

}  // namespace cistern::lab
