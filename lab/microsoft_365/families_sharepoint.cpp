#include "lab/microsoft_365/record_families.hpp"

#include <array>

namespace cistern::lab {

namespace {

constexpr std::array<Family, 6> kFamilies = {{
    {ContentType::sharepoint, 40,
     R"J({"AppAccessContext":{"AADSessionId":"@{guid}","CorrelationId":"@{guid}","UniqueTokenId":"@{guid}"},
      "CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=FileAccessed|FileDownloaded|FileModified|FileUploaded|FileDeleted|FileRenamed|FileSyncDownloadedFull}",
      "OrganizationId":"@{org}","RecordType":@{type:6},
      "UserKey":"i:0h.f|membership|@{puid}@live.com","UserType":0,"Version":1,"Workload":"OneDrive",
      "ClientIP":"@{ip4}","ObjectId":"https://@{host}-my.sharepoint.com/personal/@{puid}/@{folder}/@{file}",
      "UserId":"@{user}","ApplicationId":"@{guid}","AuthenticationType":"OAuth","BrowserName":"@{=Edge|Chrome|Safari}",
      "CorrelationId":"@{guid}","DeviceDisplayName":"@{ip4}","EventSource":"SharePoint","GeoLocation":"EUR",
      "IsManagedDevice":@{=true|false},"ItemType":"File","ListBaseType":@{=1|"1"},"ListId":"@{guid}",
      "ListItemUniqueId":"@{guid}","ListServerTemplate":700,"Platform":"@{=WinDesktop|iOS|MacOS}","Site":"@{guid}",
      "UserAgent":"@{agent}","WebId":"@{guid}","FileSizeBytes":@{size},
      "HighPriorityMediaProcessing":false,"SourceFileExtension":"docx",
      "SiteUrl":"https://@{host}-my.sharepoint.com/personal/@{puid}/","SourceRelativeUrl":"@{folder}",
      "SourceFileName":"@{file}","ApplicationDisplayName":"OneDrive SyncEngine"})J"},
    {ContentType::sharepoint, 22, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=FileAccessed|FileModified|FileCheckedOut|FileMoved|FileRecycled}",
      "OrganizationId":"@{org}","RecordType":@{type:6},"UserKey":"i:0h.f|membership|@{puid}@live.com",
      "UserType":0,"Version":1,"Workload":"SharePoint","ClientIP":"@{ip}",
      "ObjectId":"https://@{host}.sharepoint.com/sites/projekt/@{folder}/@{file}","UserId":"@{user}",
      "CorrelationId":"@{guid}","EventSource":"SharePoint","ItemType":"File","ListId":"@{guid}",
      "ListItemUniqueId":"@{guid}","Site":"@{guid}","UserAgent":"@{agent}","WebId":"@{guid}",
      "SourceFileExtension":"xlsx","SiteUrl":"https://@{host}.sharepoint.com/sites/projekt/",
      "SourceFileName":"@{file}","SourceRelativeUrl":"@{folder}","DestinationFileName":"@{file}",
      "DestinationFileExtension":"xlsx","DestinationRelativeUrl":"@{folder}/alt",
      "SensitivityLabelId":"@{guid}","Comment":"@{text}"})J"},
    {ContentType::sharepoint, 14, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=SharingSet|SharingInvitationCreated|AnonymousLinkCreated|SecureLinkUsed|AddedToGroup}",
      "OrganizationId":"@{org}","RecordType":@{type:14},"UserKey":"i:0h.f|membership|@{puid}@live.com",
      "UserType":0,"Version":1,"Workload":"@{=SharePoint|OneDrive}","ClientIP":"@{ip}",
      "ObjectId":"https://@{host}.sharepoint.com/sites/projekt/@{folder}/@{file}","UserId":"@{user}",
      "CorrelationId":"@{guid}","EventSource":"SharePoint","ItemType":"@{=File|Folder|Web}","ListId":"@{guid}",
      "ListItemUniqueId":"@{guid}","Site":"@{guid}","UserAgent":"@{agent}","WebId":"@{guid}",
      "EventData":"<Type>@{=Edit|View}</Type><MembersCanShareApplied>False</MembersCanShareApplied><Note>@{text}</Note>",
      "TargetUserOrGroupName":"guest_example.com#EXT#@@{host}.onmicrosoft.com",
      "TargetUserOrGroupType":"@{=Guest|Member|SecurityGroup|Partner}","UniqueSharingId":"@{guid}",
      "SiteUrl":"https://@{host}.sharepoint.com/sites/projekt/","SourceFileName":"@{file}","SourceRelativeUrl":"@{folder}"})J"},
    {ContentType::sharepoint, 12, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=ListCreated|ListViewed|ListItemUpdated|ListColumnCreated}","OrganizationId":"@{org}",
      "RecordType":@{type:36},"UserKey":"i:0h.f|membership|@{puid}@live.com","UserType":0,"Version":1,
      "Workload":"SharePoint","ClientIP":"@{ip}","ObjectId":"https://@{host}.sharepoint.com/sites/projekt/Lists/Aufgaben",
      "UserId":"@{user}","CorrelationId":"@{guid}","CustomUniqueId":false,"EventSource":"SharePoint","ItemType":"List",
      "ListBaseTemplateType":"@{=101|107|171}","ListBaseType":"@{=GenericList|DocumentLibrary}","ListId":"@{guid}",
      "ListName":"@{guid}","ListTitle":"@{=Aufgaben|Kontakte|設備}","ListUrl":"Lists/Aufgaben","IsDocLib":@{=true|false},
      "IsHiddenList":false,"Site":"@{guid}","UserAgent":"@{agent}","WebId":"@{guid}","Note":"@{text}"})J"},
    {ContentType::sharepoint, 8, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=PageViewed|SearchQueryPerformed|SiteCollectionCreated|SiteAdminChangeRequest}",
      "OrganizationId":"@{org}","RecordType":@{type:4},"UserKey":"@{=S-1-0-0|app@sharepoint|SHAREPOINT\\system}",
      "UserType":@{=0|4},"Version":1,"Workload":"SharePoint","ClientIP":"@{=|::1|127.0.0.1}",
      "ObjectId":"https://@{host}.sharepoint.com/sites/projekt","UserId":"@{=app@sharepoint|SHAREPOINT\\system}",
      "CorrelationId":"@{guid}","CustomUniqueId":true,"EventSource":"@{=SharePoint|ObjectModel}","ItemType":"@{=Page|Site|Web}",
      "Site":"@{guid}","UserAgent":"@{agent}","WebId":"@{guid}","SourceName":"ObjectModel","IsWorkflow":false,
      "ModifiedProperties":[{"Name":"AllowGuests","NewValue":"@{=True|False}","OldValue":""}],"Note":"@{text}"})J"},
    {ContentType::sharepoint, 4, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=ManagedSyncClientAllowed|UnmanagedSyncClientBlocked}","OrganizationId":"@{org}",
      "RecordType":@{type:7},"UserKey":"i:0h.f|membership|@{puid}@live.com","UserType":0,"Version":1,
      "Workload":"OneDrive","ClientIP":"@{ip}","ObjectId":"Unknown","UserId":"@{user}",
      "CorrelationId":"@{guid}","EventSource":"SharePoint","ItemType":"Tenant","MachineDomainInfo":"@{guid}",
      "MachineId":"@{device}","Site":"@{guid}","UserAgent":"@{agent}","WebId":"@{guid}"})J"},
}};

}  // namespace

std::span<const Family> sharepoint_families() {
  return kFamilies;
}

}  // namespace cistern::lab
