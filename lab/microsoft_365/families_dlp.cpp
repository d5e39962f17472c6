#include "lab/microsoft_365/record_families.hpp"

#include <array>

namespace cistern::lab {

namespace {

constexpr std::array<Family, 3> kFamilies = {{
    {ContentType::dlp, 5,
     R"J({"CreationTime":"@{time}","Id":"@{id}","Operation":"@{=DlpRuleMatch|DlpRuleUndo}",
      "OrganizationId":"@{org}","RecordType":@{type:13},"UserKey":"DlpAgent","UserType":4,"Version":1,
      "Workload":"Exchange","ObjectId":"<@{guid}@@{host}.onmicrosoft.com>","UserId":"DlpAgent","IncidentId":"@{guid}",
      "SensitiveInfoDetectionIsIncluded":@{=false|true},"ExchangeMetaData":{"MessageID":"<@{guid}@@{host}.onmicrosoft.com>",
        "From":"@{user}","To":["partner@example.com","@{other}"],"CC":[],"BCC":[],"Subject":"@{subject}",
        "Sent":"@{seconds}","RecipientCount":2,"FileSize":@{size},"UniqueID":"@{guid}"},
      "PolicyDetails":[{"PolicyId":"@{guid}","PolicyName":"@{=Cards|Kreditkarten|Ausweisnummern}","Rules":[{"RuleId":"@{guid}",
        "RuleName":"High volume of content detected","RuleMode":"@{=Enable|AuditAndNotify}","Severity":"@{=Low|Medium|High}",
        "Actions":["BlockAccess","NotifyUser"],"ActionParameters":["GenerateIncidentReport:SiteAdmin"],
        "ConditionsMatched":{"SensitiveInformation":[{"Confidence":85,"Count":@{number},"UniqueCount":3,"Location":"Message Body",
          "SensitiveInformationTypeName":"Credit Card Number","SensitiveType":"50842eb7-edc8-4019-85dd-5a5c1f2bb085",
          "SensitiveInformationDetections":{"DetectedValues":[{"Name":"4111-XXXX-@{number}","Value":"@{text}"}],"ResultsTruncated":false}}],
          "OtherConditions":[{"Name":"AccessScope","Value":"IncludeExternalUsers"}]}}]}]})J"},
    {ContentType::dlp, 4,
     R"J({"CreationTime":"@{time}","Id":"@{id}","Operation":"@{=DLPRuleMatch|DLPRuleUndo}",
      "OrganizationId":"@{org}","RecordType":@{type:11},"UserKey":"DlpAgent","UserType":4,"Version":1,
      "Workload":"@{=OneDrive|SharePoint}","ObjectId":"https://@{host}-my.sharepoint.com/personal/@{puid}/@{folder}/@{file}",
      "UserId":"@{user}","IncidentId":"@{guid}","SensitiveInfoDetectionIsIncluded":false,
      "SharePointMetaData":{"From":"@{user}","FileName":"@{file}","FileOwner":"@{name}","FilePathUrl":"https://@{host}-my.sharepoint.com/@{folder}/@{file}",
        "SiteCollectionGuid":"@{guid}","SiteCollectionUrl":"https://@{host}-my.sharepoint.com/","DocumentLastModifier":"@{name}",
        "DocumentSharer":"","UniqueID":"@{guid}","LastModifiedTime":"@{seconds}","IsViewableByExternalUsers":@{=true|false},"itemCreationTime":"@{seconds}"},
      "PolicyDetails":[{"PolicyId":"@{guid}","PolicyName":"Default policy","Rules":[{"RuleId":"@{guid}","RuleName":"Low volume",
        "RuleMode":"Enable","Severity":"Low","Actions":["NotifyUser"],"ConditionsMatched":{"SensitiveInformation":[
        {"Confidence":65,"Count":1,"Location":"@{file}","SensitiveType":"cb353f78-2b72-4c3c-8827-92ebe4f69fdf"}]}}]}],
      "ExceptionInfo":{"Reason":"None","FalsePositive":false,"Justification":"@{text}","Rules":[]}})J"},
    {ContentType::dlp, 3, R"J({"CreationTime":"@{time}","Id":"@{id}",
      "Operation":"@{=FileCopiedToRemovableMedia|FileUploadedToCloud|FilePrinted|DLPRuleMatch}","OrganizationId":"@{org}",
      "RecordType":@{type:63},"UserKey":"@{puid}","UserType":0,"Version":1,"Workload":"Endpoint","Scope":1,
      "ClientIP":"@{ip4}","ObjectId":"C:\\Users\\@{puid}\\@{file}","UserId":"@{user}","Application":"@{=explorer.exe|msedge.exe}",
      "DeviceName":"@{device}","DlpAuditEventMetadata":{"DlpPolicyMatchId":"@{guid}","EvaluationTime":"@{when}"},
      "EnforcementMode":@{=1|2|3|4},"FileExtension":"docx","FileSize":@{size},"FileType":"Word","Hidden":false,"Justification":"@{text}",
      "MDATPDeviceId":"@{guid}@{guid}","Platform":@{=1|"1"},"RemovableMediaDeviceAttributes":{"Manufacturer":"Generic",
        "Model":"Flash Disk","SerialNumber":"@{hash}"},"Sha256":"@{hash}","SourceLocationType":1,"DestinationLocationType":2,
      "TargetFilePath":"E:\\@{file}","PolicyMatchInfo":{"PolicyId":"@{guid}","PolicyName":"Endpoint","RuleId":"@{guid}","RuleName":"USB"}})J"},
}};

}  // namespace

std::span<const Family> dlp_families() {
  return kFamilies;
}

}  // namespace cistern::lab
