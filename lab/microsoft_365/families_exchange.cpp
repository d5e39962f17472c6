#include "lab/microsoft_365/record_families.hpp"

#include <array>

namespace cistern::lab {

namespace {

constexpr std::array<Family, 6> kFamilies = {{
    {ContentType::exchange, 12, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=Set-Mailbox|New-InboxRule|Add-MailboxPermission|Set-TransportRule|Remove-MailContact}",
      "OrganizationId":"@{org}","RecordType":@{type:1},"ResultStatus":"@{=True|False}",
      "UserKey":"@{puid}","UserType":@{=2|3},"Version":1,"Workload":"Exchange","ClientIP":"@{ip}",
      "ObjectId":"@{host}.onmicrosoft.com/@{other}","UserId":"@{user}",
      "AppId":"","ClientAppId":"@{=|00000002-0000-0ff1-ce00-000000000000}","ExternalAccess":@{=false|true},
      "OrganizationName":"@{host}.onmicrosoft.com",
      "OriginatingServer":"AM0PR01MB@{number} (15.20.8@{number}.021)\r\n",
      "Parameters":[{"Name":"Identity","Value":"@{other}"},
        {"Name":"ForwardingSmtpAddress","Value":"smtp:@{=carol|dan|eva}@example.com"},
        {"Name":"Comment","Value":"@{name}: @{text}"},{"Name":"Force","Value":"@{=True|False}"}],
      "SessionId":"@{guid}","RequestId":"@{guid}"})J"},
    {ContentType::exchange, 22, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=Create|Send|SendAs|Update|MailboxLogin}","OrganizationId":"@{org}",
      "RecordType":@{type:2},"ResultStatus":"@{=Succeeded|PartiallySucceeded|Failed}",
      "UserKey":"@{puid}","UserType":0,"Version":1,"Workload":"Exchange","ClientIP":"@{ip}",
      "UserId":"@{user}","AppId":"00000002-0000-0ff1-ce00-000000000000","ClientIPAddress":"@{ip}",
      "ClientInfoString":"Client=@{=OWA|REST|MSExchangeRPC|ActiveSync};@{agent};",
      "ClientRequestId":"{@{guid}}","ExternalAccess":false,"InternalLogonType":0,
      "LogonType":@{=0|1|2},"LogonUserSid":"@{sid}","MailboxGuid":"@{guid}","MailboxOwnerSid":"@{sid}",
      "MailboxOwnerUPN":"@{user}","OrganizationName":"@{host}.onmicrosoft.com",
      "OriginatingServer":"AM0PR01MB@{number} (15.20.8@{number}.014)\n","SessionId":"@{guid}",
      "Item":{"Id":"RgAAAAB@{hash}","InternetMessageId":"<@{guid}@@{host}.onmicrosoft.com>","IsRecord":false,
        "ParentFolder":{"Id":"LgAAAAB@{guid}","MemberRights":"ReadAny, Create, EditAny","MemberSid":"@{sid}",
          "MemberUpn":"Member@local","Name":"@{=Drafts|Posteingang|Kalender|下書き}","Path":"\\@{=Drafts|Posteingang|Kalender|下書き}"},
        "Attachments":"image001.png (@{number}b); @{file} (@{number}b)","SizeInBytes":@{size},"Subject":"@{subject}"},
      "ModifiedProperties":["RecipientsTo","ItemClass"],"SaveToSentItems":true})J"},
    {ContentType::exchange, 20, R"J({"AppId":"","ClientIPAddress":"@{ip4}","CreationTime":"@{time}",
      "Id":"@{id}","Operation":"@{=SoftDelete|HardDelete|MoveToDeletedItems|Move|Copy}",
      "OrganizationId":"@{org}","RecordType":@{type:3},"ResultStatus":"Succeeded","UserKey":"@{puid}",
      "UserType":@{=0|2},"Version":1,"Workload":"Exchange","ClientIP":"@{ip}","UserId":"@{user}",
      "ClientInfoString":"Client=OWA;Action=ViaProxy;@{agent}","ClientProcessName":"OUTLOOK.EXE",
      "ClientVersion":"16.0.@{number}.0","ExternalAccess":false,"InternalLogonType":0,"LogonType":@{=0|2},
      "LogonUserSid":"@{sid}","MailboxGuid":"@{guid}","MailboxOwnerSid":"@{sid}","MailboxOwnerUPN":"@{other}",
      "OrganizationName":"@{host}.onmicrosoft.com",
      "OriginatingServer":"AM6PR01MB@{number} (15.20.8@{number}.@{number})\r\n",
      "Folder":{"Id":"LgAAAAB@{guid}","Path":"\\@{=Inbox|Posteingang|Boîte de réception}"},
      "DestFolder":{"Id":"LgAAAAB@{guid}","Path":"\\@{=Deleted Items|Gelöschte Elemente}"},
      "AffectedItems":[{"Id":"RgAAAAB@{hash}","InternetMessageId":"<@{guid}@example.com>",
        "ParentFolder":{"Id":"LgAAAAB@{guid}","Path":"\\Inbox"},"Subject":"@{subject}"},
        {"Attachments":"@{file} (@{size}b)","Id":"RgAAAAB@{hash}","InternetMessageId":"<@{guid}@example.org>",
        "ParentFolder":{"Id":"LgAAAAB@{guid}","Path":"\\Inbox"},"Subject":"@{subject}"}],
      "CrossMailboxOperations":@{=false|true}})J"},
    {ContentType::exchange, 34,
     R"J({"CreationTime":"@{time}","Id":"@{id}","Operation":"MailItemsAccessed",
      "OrganizationId":"@{org}","RecordType":@{type:50},"ResultStatus":"Succeeded","UserKey":"@{puid}",
      "UserType":0,"Version":1,"Workload":"Exchange","ClientIP":"@{ip}","UserId":"@{user}",
      "AppAccessContext":{"AADSessionId":"@{guid}","APIId":"00000002-0000-0ff1-ce00-000000000000",
        "ClientAppId":"@{guid}","IssuedAtTime":"@{=1601-01-01T00:00:00|2026-01-05T07:11:12}","UniqueTokenId":"@{guid}"},
      "ClientAppId":"@{guid}","ClientIPAddress":"@{ip}","ClientInfoString":"Client=REST;Client=RESTSystem;;",
      "ExternalAccess":false,"InternalLogonType":0,"LogonType":0,"LogonUserSid":"@{sid}","MailboxGuid":"@{guid}",
      "MailboxOwnerSid":"@{sid}","MailboxOwnerUPN":"@{user}","OperationProperties":[
        {"Name":"MailAccessType","Value":"@{=Bind|Sync}"},{"Name":"IsThrottled","Value":"@{=False|True}"}],
      "OrganizationName":"@{host}.onmicrosoft.com","OriginatingServer":"AM0PR01MB@{number} (15.20.4200.000)\r\n",
      "Folders":[{"FolderItems":[
        {"Id":"RgAAAAB@{guid}","ImmutableId":"LgAAAAB@{guid}","InternetMessageId":"<@{guid}@example.com>","SizeInBytes":@{size}},
        {"Id":"RgAAAAB@{guid}","ImmutableId":"LgAAAAB@{guid}","InternetMessageId":"<@{guid}@example.net>","SizeInBytes":@{size},"Subject":"@{subject}"}],
        "Id":"LgAAAAB@{guid}","Path":"\\Inbox\\@{=Projekte|Kunden|2026}"}],"OperationCount":2})J"},
    {ContentType::exchange, 2, R"J({"CreationTime":"@{time}","Id":"@{id}","Operation":"Set-User",
      "OrganizationId":"@{org}","RecordType":1,"ResultStatus":"True",
      "UserKey":"NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)","UserType":3,"Version":1,
      "Workload":"Exchange","ClientIP":"","ObjectId":"@{other}",
      "UserId":"NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)","ExternalAccess":true,
      "OrganizationName":"@{host}.onmicrosoft.com","OriginatingServer":"NAME (10.900.0.1)",
      "Parameters":[],"ModifiedProperties":[{"Name":"City","NewValue":"@{=Köln|Kraków|札幌}","OldValue":""}]})J"},
    {ContentType::exchange, 1, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"AggregatedOperation@{number}","OrganizationId":"@{org}","RecordType":19,
      "UserKey":"@{puid}","UserType":0,"Version":1,"Workload":"Exchange","ClientIP":null,
      "UserId":"@{user}","OperationCount":@{number},"Note":"@{text}"})J"},
}};

}  // namespace

std::span<const Family> exchange_families() {
  return kFamilies;
}

std::string_view record_without_id() {
  return R"J({"CreationTime":"@{time}","Operation":"Set-Mailbox","OrganizationId":"@{org}",
    "RecordType":1,"ResultStatus":"True","UserKey":"@{puid}","UserType":2,"Version":1,
    "Workload":"Exchange","ClientIP":"@{ip4}","ObjectId":"unnamed-@{guid}","UserId":"@{user}",
    "Parameters":[{"Name":"Identity","Value":"@{other}"}]})J";
}

}  // namespace cistern::lab
