#include "lab/cisco_secure_endpoint/endpoint_events.hpp"

namespace cistern::lab {

const std::vector<EventType>& endpoint_event_types() {
  static const std::vector<EventType> types{
      {553648130, "Policy Update"},
      {553648143, "Threat Quarantined"},
      {553648147, "Cloud Recall Detection"},
      {553648155, "Cloud Recall Quarantine Successful"},
      {553648158, "Install Started"},
      {553648166, "Uninstall"},
      {553648168, "Execution Blocked"},
      {553648202, "Endpoint Isolation Start Success"},
      {554696714, "Scan Started"},
      {554696715, "Scan Completed, No Detections"},
      {1090519054, "Threat Detected"},
      {1090519084, "DFC Threat Detected"},
      {1090519103, "Exploit Prevention"},
      {1090519112, "System Process Protection"},
      {1091567628, "Scan Completed With Detections"},
      {1107296257, "Potential Dropper Infection"},
      {1107296272, "Executed malware"},
      {1107296274, "Cloud IOC"},
      {1107296279, "Vulnerable Application Detected"},
      {1107296344, "SecureX Threat Hunting Incident"},
      {2164260866, "Policy Update Failure"},
      {2164260880, "Quarantine Failure"},
      {2164260903, "Uninstall Failure"},
      {2165309453, "Scan Failed"},
  };
  return types;
}

}  // namespace cistern::lab
