// Every form of line that the vendor's documents and public catalogues name, and what is read of
// it.
#include "connectors/cisco_secure_email/mail_line.hpp"

#include "mail_line_forms.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_email {
namespace {

struct Case {
  std::string_view text;
  std::string_view fields;
};

void check(const std::vector<Case>& cases) {
  for (const auto& [text, fields] : cases) {
    EXPECT_EQ(describe(read_mail_line(text)), fields) << text;
  }
}

TEST(MailLine, TheFilesOwnLines) {
  check({
      {"Begin Logfile", "log_begin"},
      {"Version: 15.0.1-030 SN: 42127C7D00006852677B-F80CE8070000",
       "log_version name=15.0.1-030 value=42127C7D00006852677B-F80CE8070000"},
      {"Time offset from UTC: -25200 seconds", "log_offset offset=-25200"},
      {"Time offset from UTC: 19800 seconds", "log_offset offset=19800"},
      {"Time offset from UTC: soon", "other reason=Time offset from UTC: soon"},
      {"End Logfile", "log_end"},
      {"Status: CPULd 0 CrtMID 77 CrtICID 5", "status reason=CPULd 0 CrtMID 77 CrtICID 5"},
  });
}

TEST(MailLine, ConnectionsFromOutside) {
  check({
      {"New SMTP ICID 31 interface Data 1 (192.0.2.25) address 203.0.113.9 reverse dns host "
       "mx.fabrikam.example verified yes",
       "connection_start icid=31 ip=203.0.113.9 local_ip=192.0.2.25 host=mx.fabrikam.example "
       "name=Data 1 verdict=yes"},
      {"New SMTP ICID 31 interface Public address 203.0.113.9",
       "connection_start icid=31 ip=203.0.113.9 name=Public"},
      {"New SMTP ICID 32 interface In (2001:db8::25) address 2001:db8::9 reverse dns host unknown "
       "verified no",
       "connection_start icid=32 ip=2001:db8::9 local_ip=2001:db8::25 host=unknown name=In "
       "verdict=no"},
      {"ICID 31 ACCEPT SG UNKNOWNLIST match sbrs[-1.0:10.0] SBRS 3.5 country United States",
       "connection_policy icid=31 name=UNKNOWNLIST match=sbrs[-1.0:10.0] verdict=ACCEPT score=3.5 "
       "country=United States"},
      {"ICID 31 RELAY SG RELAYLIST match 192.0.2.0/24 SBRS rfc1918 country None",
       "connection_policy icid=31 name=RELAYLIST match=192.0.2.0/24 verdict=RELAY score=rfc1918 "
       "country=None"},
      {"ICID 0 TCPREFUSE SG BLOCKLIST match dnslist[bl.example] SBRS unable to retrieve",
       "connection_policy icid=0 name=BLOCKLIST match=dnslist[bl.example] verdict=TCPREFUSE "
       "score=unable to retrieve"},
      {"ICID 31 THROTTLED_GUESTS SG GUESTS match  SBRS not enabled",
       "connection_policy icid=31 name=GUESTS verdict=THROTTLED_GUESTS score=not enabled"},
      {"ICID 31 CONTINUE SG SOMELIST match SBRS None",
       "connection_policy icid=31 name=SOMELIST verdict=CONTINUE score=None"},
      {"ICID 31 REJECT SG BLOCKLIST match ALL IP reputation -7.2 country Testland",
       "connection_policy icid=31 name=BLOCKLIST match=ALL verdict=REJECT score=-7.2 "
       "country=Testland"},
      {"ICID 31 TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES256-GCM-SHA384",
       "connection_tls icid=31 verdict=success protocol=TLSv1.2 "
       "cipher=ECDHE-RSA-AES256-GCM-SHA384"},
      {"ICID 31 TLS success", "connection_tls icid=31 verdict=success"},
      {"ICID 31 TLS failed: (336109761, 'no shared cipher')",
       "connection_tls icid=31 verdict=failed reason=(336109761, 'no shared cipher')"},
      {"ICID 31 TLS was required but remote host did not initiate it",
       "connection_tls icid=31 verdict=required reason=was required but remote host did not "
       "initiate it"},
      {"SMTP Auth (ICID 31) succeeded for user: nora using AUTH mechanism: PLAIN with profile: "
       "ldap.smtpauth",
       "authentication icid=31 name=ldap.smtpauth verdict=succeeded protocol=PLAIN user=nora"},
      {"SMTP Auth (ICID 31) failed for user: x using AUTH mechanism: PLAIN using AUTH mechanism: "
       "LOGIN with profile: p",
       "authentication icid=31 name=p verdict=failed protocol=LOGIN user=x using AUTH mechanism: "
       "PLAIN"},
      {"ICID 31 Address: <a@fabrikam.example> sender rejected, envelope sender domain does not "
       "resolve",
       "sender_verification icid=31 address=a@fabrikam.example verdict=rejected reason=envelope "
       "sender domain does not resolve"},
      {"ICID 31 Address: <> sender allowed, sender verification exception",
       "sender_verification icid=31 verdict=allowed reason=sender verification exception"},
      {"ICID 31 Invalid sender address: <a@>", "invalid_sender icid=31 address=a@"},
      {"ICID 31 MID 7 Invalid recipient address: MID 9 <b",
       "invalid_recipient mid=7 icid=31 address=MID 9 <b"},
      {"ICID 31 Receiving Failed: Message size exceeds limit",
       "receiving_failed icid=31 reason=Message size exceeds limit"},
      {"ICID 31 Unknown command: GET / HTTP/1.1",
       "bad_command icid=31 reason=Unknown command: GET / HTTP/1.1"},
      {"Bad syntax for command: MAIL FROM MID 3",
       "bad_command reason=Bad syntax for command: MAIL "
       "FROM MID 3"},
      {"ICID 31 disconnected address 203.0.113.9, no messages injected within timeout period",
       "connection_timed_out icid=31 ip=203.0.113.9 reason=no messages injected within timeout "
       "period"},
      {"ICID 31 Connection from 203.0.113.9 on interface In (192.0.2.25) lost after 12 seconds "
       "(DNS query took 3 seconds), before any commands were received",
       "connection_lost icid=31 amount=12 ip=203.0.113.9 local_ip=192.0.2.25 name=In reason=(DNS "
       "query took 3 seconds), before any commands were received"},
      {"ICID 31 lost", "connection_lost icid=31"},
      {"SMTP server connection killed ICID: 31", "connection_lost icid=31"},
      {"ICID 31 close", "connection_close icid=31"},
      {"ICID 31 closed by somebody", "icid_other icid=31 reason=closed by somebody"},
  });
}

TEST(MailLine, MessagesComingIn) {
  check({
      {"Start MID 7 ICID 31", "message_start mid=7 icid=31"},
      {"Start MID 7 ICID 0 (ISQ Notification)",
       "message_start mid=7 icid=0 reason=ISQ Notification"},
      {"MID 7 ICID 31 From: <nora@fabrikam.example>",
       "sender mid=7 icid=31 address=nora@fabrikam.example"},
      {"MID 7 ICID 31 From: <>", "sender mid=7 icid=31"},
      {"MID 7 ICID 31 RID 1 To: <ann@contoso.example>",
       "recipient mid=7 icid=31 rids=1 address=ann@contoso.example"},
      {"MID 7 ICID 31 To: <ann@contoso.example> Rejected by RAT",
       "recipient_rejected mid=7 icid=31 address=ann@contoso.example name=RAT"},
      {"MID 7 ICID 31 invalid bounce, rcpt address <ann@contoso.example> rejected by bounce "
       "verification.",
       "invalid_bounce mid=7 icid=31 address=ann@contoso.example reason=rejected by bounce "
       "verification."},
      {"MID 7 ICID 31 invalid bounce, tagging", "invalid_bounce mid=7 icid=31 reason=tagging"},
      {"MID 7 Message-ID '<a@fabrikam.example>'", "message_id mid=7 value='<a@fabrikam.example>'"},
      {R"(MID 7 Subject "It's March")", R"(subject mid=7 value="It's March")"},
      {"MID 7 Subject bare words", "subject mid=7 value=bare words"},
      {"MID 7 ready 15731 bytes from <nora@fabrikam.example>",
       "ready mid=7 amount=15731 address=nora@fabrikam.example"},
      {"MID 7 attachment 'price list.pdf'", "attachment mid=7 value='price list.pdf'"},
      {"MID 7 attachment types pdf, zip", "attachment_types mid=7 value=pdf, zip"},
      {"MID 7 IncomingRelay(edge): Header Received found, IP 203.0.113.9 being used, SBRS 1.5",
       "incoming_relay mid=7 ip=203.0.113.9 name=edge match=Received score=1.5"},
      {"MID 7 IncomingRelay(edge): Header X-Client found, IP 203.0.113.9 being used",
       "incoming_relay mid=7 ip=203.0.113.9 name=edge match=X-Client"},
      {"MID 7 IncomingRelay(edge): No suitable header",
       "incoming_relay mid=7 name=edge reason=No suitable header"},
      {"MID 7 masquerading envelope sender from 'a to b' to 'c'",
       "masquerade_sender mid=7 value='a to b' other_value='c'"},
      {"MID 7 masquerading header 'From' from 'a' to 'b'",
       "masquerade_header mid=7 match='From' value='a' other_value='b'"},
      {"MID 7 From: <a@contoso.example> To: <b@contoso.example>, ... 12 total recipients",
       "system_mail mid=7 amount=12 address=a@contoso.example other_address=b@contoso.example"},
      {"Alias match: MID 7 RID 0 recipient all@contoso.example mapped to ann@contoso.example, "
       "bob@contoso.example",
       "alias mid=7 rids=0 address=all@contoso.example value=ann@contoso.example, "
       "bob@contoso.example"},
  });
}

TEST(MailLine, VerdictsOfEngines) {
  check({
      {"MID 7 interim verdict using engine: CASE spam suspect",
       "interim_engine_verdict mid=7 verdict=spam suspect engine=CASE"},
      {"MID 7 using engine: GRAYMAIL negative",
       "engine_verdict mid=7 verdict=negative engine=GRAYMAIL"},
      {"MID 7 using engine: SPF Verdict Cache using cached verdict",
       "engine_verdict mid=7 verdict=using cached verdict engine=SPF Verdict Cache"},
      {"MID 7 interim AV verdict using McAfee VIRAL",
       "interim_antivirus mid=7 verdict=VIRAL engine=McAfee"},
      {"MID 7 antivirus negative", "antivirus mid=7 verdict=negative"},
      {"MID 7 antivirus positive 'W32/Example' (released from Outbreak)",
       "antivirus mid=7 verdict=positive value='W32/Example' reason=released from Outbreak"},
      {"MID 7 AMP file reputation verdict : SKIPPED (no attachment in message)",
       "file_reputation mid=7 verdict=SKIPPED reason=no attachment in message"},
      {"MID 7 AMP file reputation verdict: MALICIOUS", "file_reputation mid=7 verdict=MALICIOUS"},
      {"MID 7 Outbreak Filters: verdict positive", "outbreak mid=7 verdict=positive"},
      {"MID 7 Virus Threat Level=4", "threat_level mid=7 amount=4"},
      {"MID 7 DLP violation. Severity: HIGH (Risk Factor: 98). DLP policy match: 'Card numbers'.",
       "dlp_violation mid=7 amount=98 name='Card numbers' verdict=HIGH"},
      {"MID 7 DLP no violation", "dlp_no_violation mid=7"},
      {"MID 7 was too big (52428/10240) for scanning by CASE",
       "too_big mid=7 amount=52428 engine=CASE reason=10240"},
  });
}

TEST(MailLine, ChecksOfTheSender) {
  check({
      {"MID 7 SPF: mailfrom identity nora@fabrikam.example SoftFail (v=spf1)",
       "spf mid=7 address=nora@fabrikam.example match=mailfrom verdict=SoftFail reason=v=spf1"},
      {"MID 7 SPF: helo identity postmaster@mx.fabrikam.example None",
       "spf mid=7 address=postmaster@mx.fabrikam.example match=helo verdict=None"},
      {R"(MID 7 SPF: pra identity "no ra"@fabrikam.example Pass)",
       R"(spf mid=7 address="no ra"@fabrikam.example match=pra verdict=Pass)"},
      {"MID 7 DKIM: pass signature verified (d=fabrikam.example s=sel1 i=@fabrikam.example)",
       "dkim mid=7 address=@fabrikam.example host=fabrikam.example name=sel1 verdict=pass "
       "reason=signature verified"},
      {"MID 7 DKIM: permfail body hash did not verify [final]",
       "dkim mid=7 verdict=permfail reason=body hash did not verify [final]"},
      {"MID 7 DKIM: no signature", "dkim mid=7 verdict=none reason=no signature"},
      {"MID 7 DKIM: signing with contoso - matches ann@contoso.example",
       "dkim_signing mid=7 address=ann@contoso.example name=contoso"},
      {"MID 7 DMARC: Message from domain fabrikam.example, DMARC fail, (SPF aligned False, DKIM "
       "aligned False)",
       "dmarc mid=7 host=fabrikam.example verdict=fail reason=SPF aligned False, DKIM aligned "
       "False"},
      {"MID 7 DMARC: Verification passed", "dmarc mid=7 verdict=pass"},
      {"MID 7 DMARC: Verification skipped (no From header)",
       "dmarc mid=7 verdict=skipped reason=no From header"},
      {"MID 7 SDR: Domains for which SDR is requested: reverse DNS host: mx.example, helo: x",
       "sender_domain_request mid=7 reason=reverse DNS host: mx.example, helo: x"},
      {"MID 7 SDR: Consolidated Sender Threat Level: Untrusted, Threat Category: Spam, Suspected "
       "Domain(s) : x.example (one). Sender Maturity: 3 days for domain: x.example",
       "sender_domain_reputation mid=7 match=Spam verdict=Untrusted reason=Suspected Domain(s) : "
       "x.example (one). Sender Maturity: 3 days for domain: x.example"},
      {"MID 7 SDR: Tracker Header : AbC+/=", "sender_domain_tracker mid=7 value=AbC+/="},
      {"MID 7 SDR: Message was not scanned for Sender Domain Reputation. Reason: unavailable",
       "sender_domain_other mid=7 reason=Message was not scanned for Sender Domain Reputation. "
       "Reason: unavailable"},
  });
}

TEST(MailLine, PoliciesAndUrls) {
  check({
      {"MID 7 matched all recipients for per-recipient policy Staff in the outbound table",
       "policy_match mid=7 name=Staff direction=outbound"},
      {"MID 7 was split creating MID 8 due to a per-recipient policy Board in the inbound table",
       "split mid=7 other_mid=8 name=Board direction=inbound"},
      {"MID 7 was split creating MID 8 due to a per-recipient policy Board",
       "split mid=7 other_mid=8 name=Board"},
      {"MID 7 could not be split", "split_failed mid=7"},
      {"MID 7 URL https://x.example/a has reputation -9.3 matched Condition: bad links",
       "url_reputation mid=7 score=-9.3 value=https://x.example/a reason=matched Condition: bad "
       "links"},
      {"MID 7 URL 'https://x.example/b c' has category Gambling matched Action: defang",
       "url_category mid=7 name=Gambling value='https://x.example/b c'"},
      {"MID 7 URL https://x.example/ rewritten to 99 by x",
       "url_rewritten mid=7 value=https://x.example/ reason=rewritten to 99 by x"},
      {"MID 7 Custom Log Entry: MID 9 rewritten to MID 10",
       "custom_entry mid=7 value=MID 9 rewritten to MID 10"},
      {"LDAP: Accepted query ldap.accept MID 7 RID 0 address ann@contoso.example",
       "ldap mid=7 rids=0 address=ann@contoso.example name=ldap.accept verdict=Accepted"},
      {"LDAP: Reroute query ldap.route MID 7 RID 0 address ann@contoso.example to "
       "[('a@contoso.example', '')]",
       "ldap mid=7 rids=0 address=ann@contoso.example name=ldap.route verdict=Reroute reason=to "
       "[('a@contoso.example', '')]"},
      {"LDAP: unable to process, MID 7 requeued", "ldap_requeued mid=7 reason=requeued"},
      {"MID 7 Global unsubscribe matched entry @x.example RID 2 Address a Action b@x.example "
       "Action "
       "bounce",
       "unsubscribe mid=7 rids=2 address=a Action b@x.example match=@x.example verdict=bounce"},
  });
}

TEST(MailLine, MessagesThatBecomeOthers) {
  check({
      {"MID 7 rewritten to MID 8 by add-footer filter 'Footer'",
       "rewritten mid=7 other_mid=8 name='Footer' reason=add-footer filter 'Footer'"},
      {"MID 7 rewritten to 8 by antivirus", "rewritten mid=7 other_mid=8 reason=antivirus"},
      {"MID 9 was generated based on MID 7 by bcc filter 'Copy all'",
       "generated mid=9 other_mid=7 name='Copy all' reason=bcc filter 'Copy all'"},
      {"MID 9 generated based on MID 7 by antivirus",
       "generated mid=9 other_mid=7 "
       "reason=antivirus"},
      {"MID 9 was generated for bounce of MID 7", "generated_bounce mid=9 other_mid=7"},
      {"EUQ: Reinjected MID 7 as MID 10", "reinjected mid=7 other_mid=10"},
      {"ISQ: Reinjected MID 7 as MID 10", "reinjected mid=7 other_mid=10"},
  });
}

TEST(MailLine, Quarantines) {
  check({
      {"EUQ: Tagging MID 7 for quarantine", "spam_tagged mid=7"},
      {"ISQ: Quarantined MID 7", "spam_quarantined mid=7"},
      {"RPC Delivery start RCID 41 MID 7 to local IronPort Spam Quarantine",
       "spam_delivery_start mid=7 rcid=41 name=IronPort Spam Quarantine"},
      {"RPC Message done RCID 41 MID 7", "spam_delivery_done mid=7 rcid=41"},
      {"RPC Message rejected RCID 41 MID 7", "spam_delivery_rejected mid=7 rcid=41"},
      {R"(MID 7 quarantined to "Policy" (content filter 'Pay (1)'))",
       "quarantined mid=7 name=Policy reason=content filter 'Pay (1)'"},
      {R"(MID 7 quarantined to "Policy", "Virus" (two reasons))",
       R"(quarantined mid=7 name=Policy", "Virus reason=two reasons)"},
      {R"(MID 7 quarantine "Outbreak" new reason (Outbreak rule))",
       "quarantine_reason mid=7 name=Outbreak reason=Outbreak rule"},
      {R"(MID 7 released from quarantine "Policy" (manual) t=3611)",
       "quarantine_released mid=7 amount=3611 name=Policy reason=manual"},
      {R"(MID 7 released (attachments stripped) from quarantine "Policy" (expired) t=9)",
       "quarantine_released mid=7 amount=9 name=Policy reason=expired"},
      {R"(MID 7 deleted from quarantine "Policy" (manual) t=12)",
       "quarantine_deleted mid=7 amount=12 name=Policy reason=manual"},
      {"MID 7 released from all quarantines", "quarantine_released mid=7"},
      {"MID 7 deleted from all quarantines", "quarantine_deleted mid=7"},
  });
}

TEST(MailLine, Deliveries) {
  check({
      {"MID 7 queued for delivery", "queued mid=7"},
      {"New SMTP DCID 880 interface 192.0.2.25 address 198.51.100.20 port 25",
       "delivery_connection dcid=880 ip=198.51.100.20 local_ip=192.0.2.25 port=25"},
      {"New SMTP DCID 880 interface 192.0.2.25 address 198.51.100.20",
       "delivery_connection dcid=880 ip=198.51.100.20 local_ip=192.0.2.25"},
      {"DCID 880 TLS success protocol TLSv1.3 cipher TLS_AES_256_GCM_SHA384 CN mx.contoso.example",
       "delivery_tls dcid=880 verdict=success protocol=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 "
       "reason=CN mx.contoso.example"},
      {"DCID 880 TLS failed: STARTTLS unexpected response",
       "delivery_tls dcid=880 verdict=failed reason=STARTTLS unexpected response"},
      {"DCID 880 IP 198.51.100.20 TLS was required but could not be successfully negotiated",
       "delivery_tls dcid=880 ip=198.51.100.20 verdict=required reason=was required but could not "
       "be successfully negotiated"},
      {"DCID 880 DANE success for the domain contoso.example",
       "delivery_dane dcid=880 reason=success for the domain contoso.example"},
      {"Delivery start DCID 880 MID 7 to RID [0, 1]", "delivery_start mid=7 dcid=880 rids=0, 1"},
      {"Message done DCID 880 MID 7 to RID [0] [('from', 'MID 9 <a@b.example>')]",
       "delivery_done mid=7 dcid=880 rids=0 value=[('from', 'MID 9 <a@b.example>')]"},
      {"MID 7 RID [0] Response '2.0.0 OK MID 9'", "response mid=7 rids=0 value='2.0.0 OK MID 9'"},
      {"Bounced: DCID 880 MID 7 to RID 1 - 5.1.0 - Unknown address error ('550', ['5.1.1 no "
       "such']) []",
       "bounced mid=7 dcid=880 rids=1 code=5.1.0 value=('550', ['5.1.1 no such']) reason=Unknown "
       "address error"},
      {"Bounced: DCID 880 MID 7 From:<a@b.example> To:<c@d.example> RID 1 - 5.4.7 - Delivery "
       "expired ('000', [])",
       "bounced mid=7 dcid=880 rids=1 address=c@d.example other_address=a@b.example code=5.4.7 "
       "value=('000', []) reason=Delivery expired"},
      {"Bounced: DCID 0 MID 7 to RID 0 - Bounced by destination server with response: 5.1.2 - Bad "
       "host ('000', ['DNS Hard Error'])",
       "bounced mid=7 dcid=0 rids=0 code=5.1.2 value=('000', ['DNS Hard Error']) reason=Bad host"},
      {R"(Bounced: 7:2 From:<a@b.example> To:<c@d.example> Reason: "5.1.0 - Unknown address" )"
       R"-(Response: "('550', ['no'])")-",
       "bounced mid=7 rids=2 address=c@d.example other_address=a@b.example code=5.1.0 "
       "value=('550', ['no']) reason=Unknown address"},
      {"Delayed: DCID 881 MID 7 to RID 0 - 4.1.0 - Unknown address error ('451', ['later']) []",
       "delayed mid=7 dcid=881 rids=0 code=4.1.0 value=('451', ['later']) reason=Unknown address "
       "error"},
      {"MID 7 to RID [0, 2] pending till Mon Mar 18 08:17:00 2024 [Default]",
       "pending mid=7 rids=0, 2 value=Mon Mar 18 08:17:00 2024 reason=Default"},
      {"Double bounce: MID 7 to RID 0 - 5.1.0 - Unknown address error",
       "double_bounce mid=7 rids=0 code=5.1.0 reason=Unknown address error"},
      {"Deleted: MID 7 to [0, 1]", "recipients_deleted mid=7 rids=0, 1"},
      {"Possible Delivery: DCID: 880 MID 7 to [0]", "possible_delivery mid=7 dcid=880 rids=0"},
      {"Connection Error: DCID: 880 IP: 198.51.100.20 details: said interface: x interface: "
       "192.0.2.25 reason: unexpected EOF",
       "connection_error dcid=880 ip=198.51.100.20 local_ip=192.0.2.25 value=said interface: x "
       "reason=unexpected EOF"},
      {"Connection Error: connection timed out DCID 880 domain: d.example IP: 198.51.100.20 port: "
       "25 details: none interface: 192.0.2.25",
       "connection_error dcid=880 ip=198.51.100.20 local_ip=192.0.2.25 port=25 host=d.example "
       "value=none reason=connection timed out"},
      {"DCID 880 close", "delivery_close dcid=880"},
      {"DCID 880 something new", "dcid_other dcid=880 reason=something new"},
  });
}

TEST(MailLine, EndsOfMessages) {
  check({
      {"Message aborted MID 7 Receiving aborted by sender",
       "aborted mid=7 verdict=receiving reason=Receiving aborted by sender"},
      {"Message aborted MID 7 Injection aborted",
       "aborted mid=7 verdict=injection reason=Injection aborted"},
      {"Message aborted MID 7 Dropped by antivirus",
       "aborted mid=7 name=antivirus verdict=dropped reason=Dropped by antivirus"},
      {"Message aborted MID 7 Dropped by filter 'No exe'",
       "aborted mid=7 name='No exe' verdict=dropped reason=Dropped by filter 'No exe'"},
      {"Message aborted MID 7 Bounced by content filter 'No exe' in the outbound table",
       "aborted mid=7 name='No exe' verdict=bounced direction=outbound reason=Bounced by content "
       "filter 'No exe' in the outbound table"},
      {"MID 7 was dropped by policy Staff in the inbound table",
       "policy_action mid=7 name=Staff verdict=dropped direction=inbound"},
      {"Message finished MID 7 done", "finished mid=7 verdict=done"},
      {"Message finished MID 7 aborted", "finished mid=7 verdict=aborted"},
  });
}

TEST(MailLine, WhatStrangersWriteNamesNoMessage) {
  check({
      {"MID 7 Subject 'MID 5 ICID 6 From: <x@y.example>'",
       "subject mid=7 value='MID 5 ICID 6 From: <x@y.example>'"},
      {"MID 7 Subject 'Message finished MID 5 done",
       "subject mid=7 value='Message finished MID 5 "
       "done"},
      {"MID 7 Subject a\nMID 5 rewritten to MID 6 by x",
       "subject mid=7 value=a\nMID 5 rewritten to MID 6 by x"},
      {R"(MID 7 ICID 31 From: <"x> Rejected by RAT"@y.example>)",
       R"(sender mid=7 icid=31 address="x> Rejected by RAT"@y.example)"},
      {R"(MID 7 ICID 31 From: <"x@y.example>)", R"(sender mid=7 icid=31 address="x@y.example)"},
      {"MID 7 URL x was split creating MID 5 due to a per-recipient policy P",
       "message_other mid=7 reason=URL x was split creating MID 5 due to a per-recipient policy "
       "P"},
      {"MID 7 made of words", "message_other mid=7 reason=made of words"},
      {"MID 7", "message_other mid=7"},
      {"MID 7x ICID 5", "other reason=MID 7x ICID 5"},
      {"MID 99999999999999999999 close", "other reason=MID 99999999999999999999 close"},
      {"MID 18446744073709551615 close", "other reason=MID 18446744073709551615 close"},
      {"Warning <System>: MID 5", "other reason=Warning <System>: MID 5"},
      {"", "other"},
  });
}

TEST(MailLine, AnyCutOfAnyFormIsReadWithoutHarm) {
  constexpr std::string_view kLines[] = {
      "New SMTP ICID 31 interface Data 1 (192.0.2.25) address 203.0.113.9 reverse dns host "
      "mx.example "
      "verified yes",
      "SMTP Auth (ICID 31) succeeded for user: nora using AUTH mechanism: PLAIN with profile: p",
      "MID 7 DMARC: Message from domain fabrikam.example, DMARC pass (SPF aligned True)",
      "Bounced: DCID 880 MID 7 to RID 1 - 5.1.0 - Unknown address error ('550', ['5.1.1 no']) []",
      R"-(Bounced: 7:2 From:<a@b> To:<c@d> Reason: "5.1.0 - x" Response: "('550', [])")-",
      R"(MID 7 released from quarantine "Policy" (manual) t=3611)",
      "Connection Error: DCID: 880 IP: 198.51.100.20 details: x interface: 192.0.2.25 reason: y",
  };
  for (const std::string_view line : kLines) {
    for (std::size_t length = 0; length < line.size(); ++length) {
      const MailLine read = read_mail_line(line.substr(0, length));
      EXPECT_LE(read.reason.size(), length);
      EXPECT_LE(read.value.size(), length);
    }
  }
}

TEST(MailLine, LongAndBinaryLinesAreReadInOneWalk) {
  std::string subject = "MID 7 Subject '";
  subject.append(64 * 1024, '\0');
  const MailLine line = read_mail_line(subject);
  EXPECT_EQ(line.form, MailForm::subject);
  EXPECT_EQ(line.value.size(), 64U * 1024 + 1);
  std::string address = "MID 7 ICID 3 From: <";
  for (int i = 0; i < 32 * 1024; ++i)
    address += "\\\"";
  EXPECT_EQ(read_mail_line(address).form, MailForm::message_other);
}

TEST(RidCursor, WalksTheNumbersOfAList) {
  RidCursor cursor("0, 1,x, 12");
  std::vector<std::uint64_t> rids;
  for (std::uint64_t rid = 0; cursor.next(rid);)
    rids.push_back(rid);
  EXPECT_EQ(rids, (std::vector<std::uint64_t>{0, 1, 12}));
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_email
