// The content types of the Management Activity API.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cistern::lab {

enum class ContentType : std::uint8_t { entra, exchange, sharepoint, general, dlp };

inline constexpr std::array kContentTypes = {ContentType::entra, ContentType::exchange,
                                             ContentType::sharepoint, ContentType::general,
                                             ContentType::dlp};

/// "Audit.AzureActiveDirectory"
std::string_view to_string(ContentType type);
/// Without case, as the vendor compares.
std::optional<ContentType> content_type_from(std::string_view name);
/// The words in the middle of a content id: "audit_exchange$Audit_Exchange".
std::string_view content_id_words(ContentType type);
/// Part of a tenant's records that are of this type; the parts sum to 1.
double share_of(ContentType type);

}  // namespace cistern::lab
