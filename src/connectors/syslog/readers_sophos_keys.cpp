#include "connectors/syslog/readers_sophos_keys.hpp"

#include <algorithm>
#include <array>

namespace cistern::connectors::syslog {
namespace {

// clang-format off
constexpr std::array<std::string_view, 265> kKeys = {
    "action", "activityname", "ap", "app_category",
    "app_filter_policy_id", "app_is_cloud", "app_name", "app_resolved_by",
    "app_risk", "app_technology", "appfilter_policy_id", "application",
    "application_category", "application_filter_policy", "application_name", "application_risk",
    "application_technology", "appresolvedby", "auth_client", "auth_mechanism",
    "av_policy_name", "backup_mode", "branch_name", "bridge_display_name",
    "bridge_name", "bytes_received", "bytes_sent", "bytesrcv",
    "bytessent", "category", "category_type", "classification",
    "client_host_name", "client_physical_address", "clients_conn_ssid", "collisions",
    "con_event", "con_id", "configuration", "connectionname",
    "connectiontype", "connevent", "connid", "content_type",
    "contenttype", "context_match", "context_prefix", "context_suffix",
    "cookie", "date", "destination", "destinationip",
    "device", "device_id", "device_model", "device_name",
    "device_serial_id", "dictionary_name", "dir_disp", "direction",
    "domain", "domainname", "download_file_name", "download_file_type",
    "dst_country", "dst_country_code", "dst_domainname", "dst_ip",
    "dst_mac", "dst_port", "dst_trans_ip", "dst_trans_port",
    "dst_zone", "dst_zone_type", "dstdomain", "dstzone",
    "dstzonetype", "duration", "email_subject", "end",
    "ep_uuid", "ether_type", "eventid", "eventtime",
    "eventtype", "exceptions", "execution_path", "extra",
    "file_name", "file_path", "file_size", "filename",
    "filesize", "filetype", "free", "from_email_address",
    "ftp_direction", "ftp_url", "ftpcommand", "fw_rule_id",
    "fw_rule_name", "fw_rule_section", "fw_rule_type", "gw_id",
    "gw_id_reply", "gw_id_request", "gw_name", "gw_name_reply",
    "gw_name_request", "gw_status", "hb_health", "hb_status",
    "host", "http_category", "http_category_type", "http_method",
    "http_referer", "http_request_method", "http_status", "http_user_agent",
    "httpresponsecode", "httpstatus", "iap", "icmp_code",
    "icmp_type", "idle", "idp_policy_id", "in_display_interface",
    "in_interface", "interface", "ipaddress", "ips_policy_id",
    "jitter", "latency", "lease_time", "localgateway",
    "localinterfaceip", "localip", "localnetwork", "log_component",
    "log_id", "log_occurrence", "log_subtype", "log_type",
    "log_version", "login_user", "mailid", "mailsize",
    "message", "method", "mode", "name",
    "nat_rule_id", "nat_rule_name", "newversion", "oldversion",
    "out_display_interface", "out_interface", "override_authorizer", "override_name",
    "override_token", "packet_loss", "packets_received", "packets_sent",
    "platform", "policy_type", "priority", "process_user",
    "profile_id", "profile_name", "protocol", "qualifier",
    "quarantine", "quarantine_reason", "querystring", "raw_data",
    "reason", "receiveddrops", "receivederrors", "receivedkbits",
    "recv_bytes", "recv_pkts", "red_id", "referer",
    "remote_ip", "remoteinterfaceip", "remotenetwork", "reported_host",
    "reported_ip", "reports", "responsetime", "rule_priority",
    "sent_bytes", "sent_pkts", "server", "sessionid",
    "severity", "sha1sum", "signature", "signature_id",
    "signature_msg", "site_category", "sla_status", "source",
    "sourceip", "spamaction", "src_country", "src_country_code",
    "src_domainname", "src_ip", "src_mac", "src_port",
    "src_trans_ip", "src_trans_port", "src_zone", "src_zone_type",
    "srczone", "srczonetype", "ssid", "start",
    "start_time", "starttime", "status", "status_code",
    "subject", "syslog_server_name", "system", "target",
    "temp", "threatname", "time", "timestamp",
    "timezone", "to_email_address", "total_memory", "tran_dst_ip",
    "tran_dst_port", "tran_src_ip", "tran_src_port", "transaction_id",
    "transactionid", "transmitteddrops", "transmittederrors", "transmittedkbits",
    "unit", "updatedip", "upload_file_name", "upload_file_type",
    "url", "used", "used_quota", "user",
    "user_agent", "user_gp", "user_group", "user_name",
    "useragent", "usergroupname", "users", "vconnid",
    "virus", "vlan_id", "web_policy_id", "website",
    "ws_protocol",
};
// clang-format on

static_assert(std::is_sorted(kKeys.begin(), kKeys.end()));

}  // namespace

codec::KnownKeys sophos_keys() {
  return kKeys;
}

}  // namespace cistern::connectors::syslog
