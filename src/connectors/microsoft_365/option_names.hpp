// Choices that the option table and its meaning share.
#pragma once

#include <array>
#include <string_view>

namespace cistern::connectors::microsoft_365 {

inline constexpr std::array<std::string_view, 5> kContentTypeNames{
    "Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All"};
inline constexpr std::array<std::string_view, 5> kCloudNames{"commercial", "gcc", "gcc_high", "dod",
                                                             "china"};

}  // namespace cistern::connectors::microsoft_365
