#include "lab/crowdstrike_falcon/event_families.hpp"

#include <array>

namespace cistern::lab {

namespace {

constexpr std::array<EventFamily, 10> kFamilies = {{
    {"FcsIoaDetectionSummaryEvent", 3,
     R"J({"Tactic":"@{=Initial Access|Defense Evasion}","Technique":"Valid Accounts","Objective":"Gain Access",
      "Description":"@{text}","Severity":@{=30|50|70|90},"PatternId":@{n:90000},"IoaEventId":"@{uuid}","IoaEventCategory":"Management",
      "IoaEventType":"AwsApiCall","AttackTypes":"@{=Credential Access|}","CloudProvider":"@{=aws|azure|gcp}","CloudRegion":"@{=eu-central-1|us-east-1}",
      "Service":"IAM","AwsAccountId":"@{n:999999999}","AwsRecipientAccountId":"@{n:999999999}","AwsAccessKeyId":"AKIAEXAMPLE@{n:9999}","AzureTenantId":"@{uuid}",
      "UserPrincipalId":"AIDA@{n:99999}","UserName":"@{user}","UserAgent":"@{ua}","SourceIPAddress":"@{ip4}","PolicyId":@{n:900},
      "ResourceId":["arn:aws:iam::123456789012:user/@{user}"],"EventCreatedTimestamp":@{s},"FalconHostLink":"https://falcon.crowdstrike.com/cloud?_cid=@{cid}",
      "CompositeId":"@{cid}:fcs:@{uuid}","SourceVendors":"CrowdStrike","SourceProducts":"Falcon Cloud Security","DataDomains":"Cloud"})J"},
    {"CSPMSearchStreamingEvent", 3,
     R"J({"AccountId":"@{n:999999999}","Region":"@{=eu-west-1|westeurope}","ResourceId":"sg-@{md5}",
      "ResourceIdType":"SecurityGroup","ResourceName":"@{odd}","ResourceCreateTime":@{=0|1784000000},"PolicyStatement":"Port 22 is open to \u003cany\u003e",
      "SeverityName":"@{=High|Medium|Informational}","CloudPlatform":"@{=AWS|Azure}","CloudService":"EC2","Disposition":"Failed",
      "ResourceUrl":"@{url}","Finding":"{\"port\":22}","ResourceAttributes":"{\"a\":[1,2]}","Tags":"env=prod|team=a","Timestamp":@{ms}})J"},
    {"CSPMIOAStreamingEvent", 3,
     R"J({"AccountId":"@{n:999999999}","PolicyStatement":"@{text}","CloudProvider":"AWS","CloudService":"@{=S3|IAM}",
      "SeverityName":"@{=high|LOW}","EventAction":"@{=PutBucketAcl|CreateAccessKey}","EventSource":"s3.amazonaws.com","EventCreatedTimestamp":@{s},
      "UserId":"@{uuid}","UserName":"@{user}","UserSourceIp":"@{ip4}","Tactic":"Exfiltration","Technique":"Transfer Data to Cloud Account"})J"},
    {"CustomerIOCEvent", 4,
     R"J({"AgentIdString":"@{aid}","DeviceId":"@{aid}","ComputerName":"@{host}","ProcessId":"@{pid}","ParentProcessId":"@{=|206158879910}",
      "ProcessStartTime":@{s-},"FileName":"@{file}","FilePath":"@{path}","CommandLine":"@{cmd}","SHA256String":"@{sha2}"})J"},
    {"CustomerIOCEvent", 2,
     R"J({"AgentIdString":"@{aid}","DeviceId":"@{aid}","ComputerName":"@{host}","ProcessId":"@{pid}","ParentProcessId":"",
      "ProcessStartTime":@{s-},"FileName":"@{file}","FilePath":"@{path}","CommandLine":"@{cmd}","DomainName":"@{domain}"})J"},
    {"CustomerIOCEvent", 2,
     R"J({"AgentIdString":"@{aid}","DeviceId":"@{aid}","ComputerName":"@{host}","ProcessId":"@{pid}","ParentProcessId":"",
      "ProcessStartTime":@{s-},"FileName":"","FilePath":"","CommandLine":"","IPv@{=4|6}":"@{=192.0.2.7|2001:db8::7}"})J"},
    {"HashSpreadingEvent", 2,
     R"J({"ExecutionType":"@{=new|known}","AlertTime":@{s},"FileName":"@{file}","SHA256String":"@{sha2}",
      "Sensors":[{"Filename":"@{file}","HostnameField":"@{host}","LastWriteTime":@{s-}},{"Filename":"@{file}","HostnameField":"WS-1","LastWriteTime":@{s-}}]})J"},
    {"ReconNotificationSummaryEvent", 2,
     R"J({"NotificationId":"@{md5}","Highlights":["\u003ccs-highlight\u003econtoso.com\u003c/cs-highlight\u003e @{odd}"],
      "MatchedTimestamp":@{ms},"RuleId":"@{uuid}","RuleName":"@{odd}","RuleTopic":"SA_DOMAIN","RulePriority":"@{=low|high}","ItemId":"@{sha2}",
      "ItemType":"forum_post","ItemPostedTimestamp":@{ms-}})J"},
    {"XdrDetectionSummaryEvent", 3,
     R"J({"DetectId":"@{cid}:xdr:@{uuid}","CompositeId":"@{cid}:xdr:@{uuid}","Name":"@{odd}","Description":"@{text}","PatternId":@{n:90000},
      "TacticIds":"TA0001,TA0002","Tactics":"Initial Access,Execution","TechniqueIds":"T1566,T1204","Techniques":"Phishing,User Execution",
      "StartTimeEpoch":@{ms-},"EndTimeEpoch":@{ms},"Severity":@{=30|50|70|90},"Author":"@{email}","XdrType":"@{=xdr|third-party}","SHA256Hashes":"@{sha2},@{sha2}",
      "MD5Hashes":"@{md5}","IPv4Addresses":"@{ip4},@{ip4}","IPv6Addresses":"@{ip6}","HostNames":"@{host},SRV-1","DomainNames":"@{domain}",
      "EmailAddresses":"@{email}","Users":"@{user},bruno","SensorIds":"@{aid}","ScheduledSearchId":"@{md5}","ScheduledSearchExecutionId":"@{md5}",
      "ScheduledSearchUserId":"@{email}","ScheduledSearchUserUUID":"@{uuid}","SourceVendors":"CrowdStrike,Contoso","SourceProducts":"Falcon XDR","DataDomains":"Endpoint,Email",
      "FalconHostLink":"https://falcon.crowdstrike.com/xdr/detections/x?_cid=@{cid}"})J"},
    // No list of types is complete: what nobody knows has to come through untouched.
    {"QuantumDriveSummaryEvent", 2,
     R"J({"Name":"@{odd}","Score":-0.0,"Big":@{pid},"Small":1e-7,"Nested":{"Deeper":[[1,2],{"a":null,"b":[]}],"Empty":{}},
      "Hostname":"@{host}","Text":"@{text}","Flag":@{=true|false|null}})J"},
}};

}  // namespace

std::span<const EventFamily> cloud_families() {
  return kFamilies;
}

}  // namespace cistern::lab
