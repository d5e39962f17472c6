#include "lab/microsoft_365/content_type.hpp"

#include "base/bytes.hpp"

namespace cistern::lab {

namespace {

struct Row {
  std::string_view name;
  std::string_view words;
  double share;
};

constexpr std::array<Row, 5> kRows = {{
    {"Audit.AzureActiveDirectory", "audit_azureactivedirectory$Audit_AzureActiveDirectory", 0.26},
    {"Audit.Exchange", "audit_exchange$Audit_Exchange", 0.30},
    {"Audit.SharePoint", "audit_sharepoint$Audit_SharePoint", 0.24},
    {"Audit.General", "audit_general$Audit_General", 0.15},
    {"DLP.All", "dlp_all$DLP_All", 0.05},
}};

const Row& row_of(ContentType type) {
  return kRows[static_cast<std::size_t>(type)];
}

}  // namespace

std::string_view to_string(ContentType type) {
  return row_of(type).name;
}
std::string_view content_id_words(ContentType type) {
  return row_of(type).words;
}
double share_of(ContentType type) {
  return row_of(type).share;
}

std::optional<ContentType> content_type_from(std::string_view name) {
  for (const auto type : kContentTypes) {
    if (equal_ignoring_case(to_string(type), name)) return type;
  }
  return std::nullopt;
}

}  // namespace cistern::lab
