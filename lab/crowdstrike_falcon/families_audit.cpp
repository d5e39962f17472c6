#include "lab/crowdstrike_falcon/event_families.hpp"

#include <array>

namespace cistern::lab {

namespace {

constexpr std::array<EventFamily, 9> kFamilies = {{
    {"AuthActivityAuditEvent", 24,
     R"J({"UserId":"@{email}","UserIp":"@{=203.0.113.15|2001:db8::15|}",
      "OperationName":"@{=userAuthenticate|twoFactorAuthenticate|saml2Assert|changePassword|requestResetPassword|selfAcceptEula}",
      "ServiceName":"@{=CrowdStrike Authentication|Crowdstrike Authentication}","Success":@{=true|true|false},"UTCTimestamp":@{utc},
      "AuditKeyValues":[{"Key":"trace_id","ValueString":"@{uuid}"},{"Key":"target_user","ValueString":"@{email}"}],
      "Attributes":{"trace_id":"@{uuid}","target_user":"@{email}","scope":"@{odd}"}})J"},
    {"AuthActivityAuditEvent", 3,
     R"J({"UserId":"api-client-id:@{md5}","UserIp":"@{ip4}","OperationName":"validateEntitlementsHmac",
      "ServiceName":"CrowdStrike Authentication","UTCTimestamp":@{utc},"AuditKeyValues":null,"Attributes":{}})J"},
    {"UserActivityAuditEvent", 14, R"J({"UserId":"@{email}","UserIp":"@{=|198.51.100.77}",
      "OperationName":"@{=detection_update|quarantined_file_update|reveal_token|update_group|containment_requested|lift_containment_requested}",
      "ServiceName":"@{=detections|quarantined_files|sensor_update_policy|groups}",
      "AuditKeyValues":[{"Key":"detection_id","ValueString":"ldt:@{aid}:@{n:99999999}"},{"Key":"new_state","ValueString":"@{=in_progress|true_positive|}"},
        {"Key":"comment","ValueString":"@{odd}"},{"Key":"assigned_to","ValueString":"@{email}"}],
      "Attributes":{"detection_id":"ldt:@{aid}:1","actor_cid":"@{cid}"},"UTCTimestamp":@{s}})J"},
    {"UserActivityAuditEvent", 2,
     R"J({"UserId":"@{email}","UserIp":"@{ip6}","OperationName":"update_group","ServiceName":"groups",
      "Success":true,"AuditKeyValues":[],"UTCTimestamp":@{ms}})J"},
    {"APIActivityAuditEvent", 8,
     R"J({"UserId":"api-client-id:@{md5}","UserIp":"@{ip4}","OperationName":"@{=api_request|GET|POST}",
      "ServiceName":"Crowdstrike API","Success":@{=true|false},"UTCTimestamp":@{s},"Source":"api_request","SourceIp":"@{ip4}","Message":"@{odd}",
      "AuditKeyValues":[{"Key":"request_path","ValueString":"/devices/queries/devices/v1"}],
      "Attributes":{"APIClientID":"@{md5}","cid":"@{cid}","request_method":"@{=GET|POST|DELETE}","request_path":"/devices/queries/devices/v1",
        "request_host":"api.crowdstrike.com","status_code":"@{=200|201|403|429|500}","user_agent":"@{ua}","user_ip":"@{ip4}","trace_id":"@{uuid}",
        "received_time":"@{rfc}","elapsed_microseconds":"@{n:900000}","elapsed_time":"@{n:900}.@{n:9}ms","consumes":"application/json","produces":"application/json"}})J"},
    {"RemoteResponseSessionStartEvent", 3,
     R"J({"SessionId":"@{uuid}","HostnameField":"@{host}","UserName":"@{email}",
      "StartTimestamp":@{s},"AgentIdString":"@{aid}"})J"},
    {"RemoteResponseSessionEndEvent", 3,
     R"J({"SessionId":"@{uuid}","HostnameField":"@{host}","UserName":"@{email}","EndTimestamp":@{s},
      "Commands":["ls .","reg query HKLM\\SOFTWARE\\Contoso","@{cmd}"],"AgentIdString":"@{aid}"})J"},
    {"FirewallMatchEvent", 10,
     R"J({"DeviceId":"@{aid}","CustomerId":"@{cid}","Ipv":"@{=ipv4|ipv6}","CommandLine":"@{cmd}","ConnectionDirection":"@{=0|1|2}",
      "EventType":"@{=FirewallRuleIP4Matched|FirewallRuleIP6Matched}","Flags":{"Audit":@{=true|false},"Log":true,"Monitor":@{=true|false}},
      "HostName":"@{host}","ICMPCode":"@{=|0|3}","ICMPType":"@{=|8}","ImageFileName":"@{=System|svchost.exe}","LocalAddress":"@{ip}","LocalPort":"@{port}",
      "MatchCount":@{n:9},"MatchCountSinceLastReport":@{n:9},"NetworkProfile":"@{=1|2}","PID":"@{pid}","PolicyName":"@{=Workstations|Servers \u0026 more}",
      "PolicyID":"@{md5}","Protocol":"@{=6|17|1|58}","RemoteAddress":"@{=203.0.113.21|2001:db8::21}","RemotePort":"@{port}","RuleAction":"@{=1|2}",
      "RuleDescription":"@{odd}","RuleFamilyID":"@{md5}","RuleGroupName":"SMB","RuleName":"Block \u0026 log","RuleId":"@{pid}","Status":"",
      "Timestamp":"@{rfc}","TreeID":"@{n:9999}","Platform":"@{=windows|mac}"})J"},
    {"ScheduledReportNotificationEvent", 2,
     R"J({"UserUUID":"@{uuid}","UserID":"@{email}","ExecutionID":"@{md5}","ReportID":"@{md5}",
      "ReportName":"Weekly \u003creview\u003e","ReportType":"@{=event_search|dashboard}","ReportFileReference":"/reports/@{md5}?format=json\u0026x=1",
      "Status":@{=0|1|2},"StatusMessage":"@{odd}","ExecutionMetadata":{"ExecutionStart":@{ms-},"ExecutionDuration":@{n:90000},
        "ReportFileName":"review.json","ResultCount":@{n:9000},"ResultID":"@{md5}","SearchWindowStart":@{ms-},"SearchWindowEnd":@{ms}}})J"},
}};

}  // namespace

std::span<const EventFamily> audit_families() {
  return kFamilies;
}

}  // namespace cistern::lab
