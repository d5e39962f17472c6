#include "lab/crowdstrike_falcon/event_families.hpp"

#include <array>

namespace cistern::lab {

namespace {

constexpr std::array<EventFamily, 2> kFamilies = {{
    {"MobileDetectionSummaryEvent", 3,
     R"J({"SensorId":"@{aid}","MobileDetectionId":@{pid},"ComputerName":"@{host}","UserName":"@{user}","ContextTimeStamp":@{s},
      "CompositeId":"@{cid}:ind:@{aid}:@{n:9000}|@{n:999999}","Name":"@{=RootedDevice|MaliciousUrl}","Description":"@{text}",
      "Tactic":"Persistence","TacticId":"TA0028","Technique":"Compromise Client","TechniqueId":"T1645","Objective":"Keep Access","Severity":@{=30|50|90},
      "FalconHostLink":"https://falcon.crowdstrike.com/mobile/detections/x?_cid=@{cid}","SELinuxEnforcementPolicy":"@{=0|1}",
      "MobileAppsDetails":[{"AppIdentifier":"com.contoso.app","AndroidAppLabel":"@{odd}","DexFileHashes":"@{sha2}","ImageFileName":"/data/app/base.apk",
        "AppInstallerInformation":"com.android.vending","IsBeingDebugged":@{=true|false},"AndroidAppVersionName":"1.@{n:9}","IsContainerized":false}],
      "MobileNetworkConnections":[{"AccessTimestamp":@{s-},"Protocol":"TCP","ConnectionFlags":0,"LocalAddress":"@{ip}","LocalPort":@{port},"RemoteAddress":"@{ip4}",
        "RemotePort":@{port},"ConnectionDirection":0,"Url":"@{url}","IsIPV6":false,"ContextProcessId":17793441978049446000}],
      "MobileDnsRequests":[{"AccessTimestamp":@{s-},"DomainName":"@{domain}","RequestType":"A","ContextProcessId":@{pid}}],
      "MountedVolumes":[{"Type":"ext4","MountPoint":"/system","MountFlags":"rw","RealDeviceName":"/dev/block/dm-@{n:9}"}],
      "Trampolines":[{"FunctionName":"open","ExecutableBytes":"e9@{md5}","ImageFileName":"libc.so"}],
      "LoadedObjects":[{"FileName":"libx.so","SHA256HashData":"@{sha2}","CodeSigningFlags":"@{n:99}"}],
      "ObjectiveCRuntimesAltered":[{"MethodSignature":"-[NSURLSession dataTask:]","ImageFileName":"libx.dylib","ExpectedImageFileName":"Foundation",
        "SuspectAddress":"@{pid}","ExpectedAddress":"@{pid}"}],
      "RootAccessIndicators":[{"LogcatMessage":"@{odd}","AndroidStackTrace":"at a.b.c(Unknown)\n\tat d.e","HookedFunctionName":"open","AndroidInitServiceName":"su"}],
      "Certificates":[{"Name":"CN=@{user}","Issuer":"CN=Contoso,O=\"A, B\"","FingerPrint":"@{sha1}"}],
      "EnvironmentVariables":[{"Name":"PATH","Value":"/sbin:/bin"},{"Name":"DYLD_INSERT_LIBRARIES","Value":"@{odd}"}],
      "SystemProperties":[{"Name":"ro.debuggable","Value":"1"}],"IntrusivePackages":[{"PackageName":"com.example.tool"}],
      "IntrusiveProcesses":[{"ProcessName":"frida-server","TargetFileName":"@{path}"}],"IntrusiveProperties":[{"PropertyName":"init.svc.adbd","PropertyValue":"running"}],
      "SigningIdentities":[{"Name":"Contoso GmbH \u0026 Co."}],"SafetyNetErrors":["TIMEOUT"],"SafetyNetCTSProfileMatch":"@{=true|false}","SafetyNetBasicIntegrity":"true",
      "SafetyNetEvaluationType":"BASIC","SafetyNetErrorMessage":"@{odd}","SafetyNetAdvice":"RESTORE_TO_FACTORY_ROM","KeyStoreErrors":[],"VerifiedBootState":@{n:4},
      "PlayIntegrityErrorList":["-8"],"PlayIntegrityMeetsBasicIntegrity":"@{=true|false}","ProcessId":@{pid},"ApplicationName":"Contoso","NetworkDetectionType":"@{n:5}"})J"},
    {"MobileDetectionSummaryEvent", 1,
     R"J({"SensorId":"@{aid}","MobileDetectionId":@{n:99999},"ComputerName":"@{host}","UserName":"","ContextTimeStamp":@{s},
      "DetectId":"@{cid}:ind:@{aid}:@{n:9000}|@{n:999999}","DetectName":"@{odd}","DetectDescription":"@{text}","Tactic":"Insecure security posture",
      "TacticId":"CSTA0009","Technique":"Bad device settings","TechniqueId":"CST0024","Objective":"Falcon Detection Method","Severity":50,
      "FalconHostLink":"","SELinuxEnforcementPolicy":"2"})J"},
}};

}  // namespace

std::span<const EventFamily> mobile_families() {
  return kFamilies;
}

}  // namespace cistern::lab
