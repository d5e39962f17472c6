#include "lab/crowdstrike_falcon/event_families.hpp"

#include <array>

namespace cistern::lab {

namespace {

constexpr std::array<EventFamily, 3> kFamilies = {{
    {"IdentityProtectionEvent", 4,
     R"J({"IncidentType":"@{=UNUSUAL_LOGON|PASSWORD_BRUTE_FORCE}","IncidentDescription":"@{text}","Severity":@{=1|2|3|4|5},
      "SeverityName":"@{=INFO|LOW|MEDIUM|HIGH}","StartTime":@{ms-},"EndTime":@{ms},"IdentityProtectionIncidentId":"INC-@{n:9999}","UserName":"@{account}",
      "EndpointName":"@{host}.contoso.com","EndpointIp":"@{ip}","Category":"@{=Incidents|Detections}","NumbersOfAlerts":@{n:20},
      "NumberOfCompromisedEntities":@{n:5},"State":"@{=NEW|IN_PROGRESS|AUTO_RESOLVED}",
      "FalconHostLink":"https://falcon.crowdstrike.com/identity-protection/incidents/INC-1?cid=@{cid}"})J"},
    {"IdpDetectionSummaryEvent", 4,
     R"J({"CompositeId":"@{cid}:idp:@{uuid}","Name":"@{=Unusual login to an endpoint|Attack on Active Directory}","Description":"@{text}",
      "FalconHostLink":"https://falcon.crowdstrike.com/identity-protection/detections/x?_cid=@{cid}","ContextTimeStamp":@{ft},"StartTime":@{ft-},"EndTime":@{ft},
      "Severity":@{=2|30|50|70},"SeverityName":"@{=Low|Medium|High}","Tactic":"Credential Access","Technique":"Brute Force","Objective":"Gain Access",
      "SourceAccountDomain":"CONTOSO.COM","SourceAccountName":"@{user}","SourceAccountObjectSid":"@{sid}","SourceAccountObjectGuid":"@{uuid}","SourceAccountUpn":"@{email}",
      "SourceAccountAzureId":"","SourceAccountOktaId":"","SourceEndpointAccountObjectGuid":"@{uuid}","SourceEndpointAccountObjectSid":"@{sid}",
      "SourceEndpointHostName":"@{host}","SourceEndpointIpAddress":"@{ip}","SourceEndpointSensorId":"@{aid}","SourceEndpointIpReputation":"@{=None|Anonymous}",
      "TargetAccountDomain":"CONTOSO.COM","TargetAccountName":"svc-backup","TargetAccountObjectSid":"@{sid}","TargetAccountUpn":"svc-backup@contoso.com",
      "TargetEndpointAccountObjectGuid":"@{uuid}","TargetEndpointAccountObjectSid":"@{sid}","TargetEndpointHostName":"SRV-1005","TargetEndpointSensorId":"@{md5}",
      "TargetServiceAccessIdentifier":"cifs/srv-1005.contoso.com","AdditionalAccountDomain":"","AdditionalAccountName":"","AdditionalAccountObjectSid":"",
      "AdditionalActivityId":"@{uuid}","AdditionalEndpointHostName":"","AdditionalEndpointIpAddress":"@{ip6}","AdditionalEndpointSensorId":"","AdditionalLocationCountryCode":"@{country}",
      "AdditionalSsoApplicationIdentifier":"","AdditionalSsoApplicationUri":"@{url}","AnomalousTicketContentClassification":"","CertificateTemplateIdentifier":"",
      "CertificateTemplateName":"","PrecedingActivityTimeStamp":@{ft-},"MostRecentActivityTimeStamp":@{ft},"LocationCountryCode":"@{country}","ISPDomain":"@{domain}",
      "LdapSearchQueryAttack":"@{odd}","RpcOpClassification":"","IdpPolicyRuleAction":"@{=BLOCK|MFA|}","IdpPolicyRuleId":"@{uuid}","IdpPolicyRuleName":"@{odd}",
      "IdpPolicyRuleTrigger":"ACCESS","IdpPolicyMfaFactorType":"","IdpPolicyMfaProvider":"","IdpPolicyMfaProviderName":"","AddedPrivileges":"","ActivityId":"@{uuid}",
      "PatternId":@{n:90000},"SourceVendors":"CrowdStrike","SourceProducts":"Falcon Identity Protection","DataDomains":"Identity"})J"},
    {"IdpDetectionSummaryEvent", 2,
     R"J({"DetectId":"ind:@{cid}:@{uuid}","DetectName":"@{odd}","DetectDescription":"@{text}","FalconHostLink":"",
      "ContextTimeStamp":@{ft},"StartTime":@{ft-},"EndTime":@{ft},"Severity":@{=30|90},"Tactic":"Lateral Movement","Technique":"Remote Services","Objective":"Explore",
      "SourceAccountName":"@{user}","SourceAccountObjectSid":"@{sid}","SourceEndpointHostName":"@{host}","TargetEndpointHostName":"SRV-1010","LocationCountryCode":"",
      "ActivityId":"@{uuid}","PatternId":@{n:90000}})J"},
}};

}  // namespace

std::span<const EventFamily> identity_families() {
  return kFamilies;
}

}  // namespace cistern::lab
