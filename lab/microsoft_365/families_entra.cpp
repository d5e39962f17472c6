#include "lab/microsoft_365/record_families.hpp"

#include <array>

namespace cistern::lab {

namespace {

constexpr std::array<Family, 4> kFamilies = {{
    {ContentType::entra, 40, R"J({"CreationTime":"@{time}","Id":"@{id}","Operation":"UserLoggedIn",
      "OrganizationId":"@{org}","RecordType":@{type:15},"ResultStatus":"@{=Success|Succeeded}",
      "UserKey":"@{guid}","UserType":0,"Version":1,"Workload":"AzureActiveDirectory","ClientIP":"@{ip}",
      "ObjectId":"00000003-0000-0000-c000-000000000000","UserId":"@{user}","AzureActiveDirectoryEventType":1,
      "ExtendedProperties":[{"Name":"ResultStatusDetail","Value":"@{=Success|Redirect}"},
        {"Name":"UserAgent","Value":"@{agent}"},{"Name":"UserAuthenticationMethod","Value":"@{=1|8|16457}"},
        {"Name":"RequestType","Value":"@{=OAuth2:Authorize|OAuth2:Token|SAS:ProcessAuth|Login:reprocess}"},
        {"Name":"KeepMeSignedIn","Value":"@{=True|False}"}],
      "ModifiedProperties":[],"Actor":[{"ID":"@{guid}","Type":0},{"ID":"@{user}","Type":5}],
      "ActorContextId":"@{org}","ActorIpAddress":"@{ip4}","InterSystemsId":"@{guid}","IntraSystemId":"@{guid}",
      "SupportTicketId":"","Target":[{"ID":"00000003-0000-0000-c000-000000000000","Type":0}],
      "TargetContextId":"@{org}","ApplicationId":"@{guid}","DeviceProperties":[{"Name":"Id","Value":"@{guid}"},
        {"Name":"DisplayName","Value":"@{device}"},{"Name":"OS","Value":"@{=Windows 10|Ios 18.3|MacOs}"},
        {"Name":"BrowserType","Value":"@{=Edge|Chrome}"},{"Name":"IsCompliant","Value":"@{=True|False}"},
        {"Name":"TrustType","Value":"@{=0|1|2}"},{"Name":"SessionId","Value":"@{guid}"}],"ErrorNumber":"0"})J"},
    {ContentType::entra, 24, R"J({"ErrorNumber":"@{=50126|50053|50076|500121|53003}",
      "LogonError":"@{=InvalidUserNameOrPassword|IdsLocked|UserStrongAuthClientAuthNRequired|BlockedByConditionalAccess}",
      "UserId":"@{user}","Workload":"AzureActiveDirectory","Version":1,"UserType":0,"UserKey":"@{guid}",
      "RecordType":@{type:15},"ResultStatus":"@{=Success|Failed}","OrganizationId":"@{org}",
      "Operation":"UserLoginFailed","ObjectId":"00000002-0000-0ff1-ce00-000000000000","Id":"@{id}",
      "CreationTime":"@{time}","ClientIP":"@{ip}","AzureActiveDirectoryEventType":1,
      "ExtendedProperties":[{"Name":"ResultStatusDetail","Value":"@{=Success|UserError}"},
        {"Name":"UserAgent","Value":"@{agent}"},{"Name":"RequestType","Value":"OAuth2:Token"}],
      "ModifiedProperties":[],"Actor":[{"ID":"@{guid}","Type":0},{"ID":"@{user}","Type":5}],
      "ActorContextId":"@{org}","ActorIpAddress":"@{ip4}","InterSystemsId":"@{guid}","IntraSystemId":"@{guid}",
      "SupportTicketId":"","Target":[{"ID":"00000002-0000-0ff1-ce00-000000000000","Type":0}],
      "TargetContextId":"@{org}","ApplicationId":"@{guid}",
      "DeviceProperties":[{"Name":"OS","Value":"@{=Windows|Linux|Android}"},{"Name":"BrowserType","Value":"Other"}]})J"},
    {ContentType::entra, 28, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=Add user.|Update user.|Add member to role.|Reset user password.|Add app role assignment grant to user.|Delete group.|Consent to application.}",
      "OrganizationId":"@{org}","RecordType":@{type:8},"ResultStatus":"@{=Success|Failure}",
      "UserKey":"@{puid}@@{host}.onmicrosoft.com","UserType":0,"Version":1,"Workload":"AzureActiveDirectory",
      "ObjectId":"@{other}","UserId":"@{user}","AzureActiveDirectoryEventType":1,
      "ExtendedProperties":[{"Name":"additionalDetails","Value":"{\"UserType\":\"Member\",\"Note\":\"@{=one|two}\"}"},
        {"Name":"extendedAuditEventCategory","Value":"@{=User|Group|Role|Application}"}],
      "ModifiedProperties":[{"Name":"AccountEnabled","NewValue":"[true]","OldValue":"[]"},
        {"Name":"DisplayName","NewValue":"[\"@{=Zoë|Jürgen|Łucja}\"]","OldValue":"[]"},
        {"Name":"Included Updated Properties","NewValue":"AccountEnabled, DisplayName","OldValue":""}],
      "Actor":[{"ID":"@{user}","Type":5},{"ID":"@{puid}","Type":3},{"ID":"User_@{guid}","Type":"2"}],
      "ActorContextId":"@{org}","InterSystemsId":"@{guid}","IntraSystemId":"@{guid}","SupportTicketId":"",
      "Target":[{"ID":"User_@{guid}","Type":2},{"ID":"@{other}","Type":5},{"ID":"@{name}","Type":1}],
      "TargetContextId":"@{org}"})J"},
    {ContentType::entra, 8, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=Update service principal.|Add service principal credentials.|Set domain authentication.}",
      "OrganizationId":"@{org}","RecordType":@{type:8},"ResultStatus":"Success",
      "UserKey":"Not Available","UserType":@{=4|5|6},"Version":1,"Workload":"AzureActiveDirectory","ClientIP":null,
      "ObjectId":"@{guid};https://app.example.com/@{number}","UserId":"ServicePrincipal_@{guid}",
      "AzureActiveDirectoryEventType":1,"ExtendedProperties":"@{text}","ModifiedProperties":"",
      "Actor":[{"ID":"@{name}","Type":1},{"ID":"@{guid}","Type":4}],"ActorContextId":"@{org}",
      "InterSystemsId":"@{guid}","IntraSystemId":"@{guid}","SupportTicketId":"",
      "Target":[{"ID":"@{guid}","Type":4}],"TargetContextId":"@{org}"})J"},
}};

}  // namespace

std::span<const Family> entra_families() {
  return kFamilies;
}

}  // namespace cistern::lab
