#include "lab/crowdstrike_falcon/event_families.hpp"

#include <array>

namespace cistern::lab {

namespace {

constexpr std::array<EventFamily, 2> kFamilies = {{
    {"DataProtectionDetectionSummaryEvent", 3,
     R"J({"AgentId":"@{aid}","CompositeId":"@{cid}:dp:@{uuid}","Name":"@{odd}","Description":"@{text}","Tactic":"Exfiltration",
      "Technique":"Exfiltration Over Web Service","Severity":@{=30|50|70},"SeverityName":"@{=Low|Medium|High}","UserName":"@{user}","UserTitle":"@{odd}",
      "UserDepartment":"Research \u0026 Development","UserSid":"@{sid}","Hostname":"@{host}","PatternId":@{n:90000},"DataVolume":@{n:99999999},
      "DetectionType":"egress","Platform":"@{=Windows|Mac}","EgressSessionId":"@{uuid}","EgressEventId":"@{uuid}","EventTimestamp":@{ms},
      "SessionStartTimestamp":@{ms-},"SessionEndTimestamp":@{ms},"ResponseAction":"@{=allow|block|simulate}","RuleId":"@{md5}","IsClipboard":@{=true|false},
      "ContentSha":"@{sha2}","FilesEgressedCount":@{n:20},"UserNotified":@{=true|false},
      "Destination":{"Channel":"web","Web":{"Domain":"@{domain}","Host":"@{domain}","ID":"@{md5}","LocalApplicationID":"chrome.exe","LocationName":"@{odd}",
        "NormalizedURL":"@{domain}/up","Type":"1","URL":"@{url}","Username":"@{email}"}},
      "Policy":{"ID":"@{md5}","Name":"@{odd}"},"MatchedClassification":{"ID":"@{md5}","Name":"Secret \u003cEU\u003e"},
      "RelatedClassifications":[{"ID":"@{md5}","Name":"Internal"}],"Labels":[{"ID":"@{md5}","Name":"@{odd}"}],"ContentPatterns":[{"ID":"@{md5}","Name":"IBAN"}],
      "OriginWebLocations":[{"ID":"@{md5}","Name":"Intranet","URL":"@{url}","Hostname":"intranet.contoso.com","NormalizedURL":"intranet.contoso.com","Username":"@{user}"}],
      "FileType":{"Type":{"ID":"@{n:99}","Name":"pdf","Desc":"PDF document"},"CategoryID":"@{n:9}","CategoryName":"Documents"},
      "FileCategoryCounts":[{"ID":"@{n:9}","Name":"Documents","Count":@{n:50}}],"ContentPatternCounts":[{"Name":"IBAN","Count":@{n:50}}],
      "AnodeIndicators":[{"Name":"volume","Destination":"web","Entity":"@{user}","Score":@{n:100},"Explanation":"@{text}","Type":"user",
        "FileCountIncreasePercentage":@{n:900},"DataVolumeIncreasePercentage":@{n:900},"FileCategoryDistributions":[{"ID":"1","Name":"Documents",
        "ExpectedPercentage":@{n:100},"CurrentPercentage":@{n:100},"IncreasePercentage":@{n:100}}],"NewContentPatternCounts":[{"ID":"2","Name":"IBAN","Count":@{n:9}}]}],
      "DeviceGeoLocation":{"CityName":"Köln","CountryName":"Germany","ContinentName":"Europe","InternetServiceProvider":"Contoso \u0026 Sons"},
      "MitreAttack":[{"Tactic":"Exfiltration","TacticID":"TA0010","Technique":"Exfiltration Over Web Service","TechniqueID":"T1567","PatternID":@{n:90000}}]})J"},
    {"DataProtectionDetectionSummaryEvent", 2,
     R"J({"AgentId":"@{aid}","CompositeId":"@{cid}:dp:@{uuid}","Name":"Copy to a drive","Description":"@{text}","Severity":50,
      "SeverityName":"Medium","UserName":"@{user}","Hostname":"@{host}","DataVolume":@{n:99999999},"DetectionType":"egress","Platform":"Windows","EventTimestamp":@{ms},
      "ResponseAction":"@{=allow|block}","RuleId":"@{md5}","IsClipboard":false,
      "Destination":{"Channel":"usb","USB":{"CombinedID":"0781_5581_@{n:9999}","VendorID":"0781","ProductID":"5581","SerialNumber":"@{odd}","VendorName":"Contoso","ProductName":"Stick 32"},
        "Printer":{"Name":"\\\\print\\floor1","ID":"@{n:99}"},
        "RemovableMedia":{"StorageKind":@{n:4},"StorageKindName":"@{=USB|SDCard|DiskImage}","USB":{"CombinedID":"0781_5581","VendorID":"0781","ProductID":"5581","SerialNumber":"@{n:99999}",
        "VendorName":"Contoso","ProductName":"Stick","DeviceInstanceID":"USB\\VID_0781","USBDeviceKey":"@{md5}"},"SDCard":{"CardType":"SDXC","ManufacturerID":"@{n:99}",
        "OriginalEquipmentManufacturerID":"@{n:99}","ProductName":"SD64","ProductRevision":"1.0","SerialNumber":"@{n:99999}","ManufactureDateCode":"2025-03"},
        "DiskImage":{"ImageFilePath":"@{path}","BSDDevice":"disk@{n:9}"}}},
      "Policy":{"ID":"@{md5}","Name":"Removable media"},"FilesEgressedCount":@{n:20}})J"},
}};

}  // namespace

std::span<const EventFamily> data_families() {
  return kFamilies;
}

}  // namespace cistern::lab
