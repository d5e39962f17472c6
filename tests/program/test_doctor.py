"""`cistern doctor` against each fault: what it concludes, the cure it names, its exit code; and that a running
connector says the same."""
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import unittest
import urllib.request

import doctor_servers
from harness import CISTERN, CONNECTOR, SLOW, ProgramTest, wait_for

FOREVER = 1000000000
ROLELESS = "aaaaaaaa-0000-4000-8000-000000000002"
EXPIRED = "aaaaaaaa-0000-4000-8000-000000000004"
UNKNOWN = "aaaaaaaa-0000-4000-8000-00000000ffff"
EXCHANGE = ["Audit.Exchange"]


def subscriptions(webhook):
    return json.dumps([{"contentType": "Audit.Exchange", "status": "enabled",
                        "webhook": {"status": webhook, "address": "https://collector.example.com/", "authId": ""}}])


# name: what is different, the probe that finds it, its outcome, code, a part of the next step; `words` is the
# beginning of the state that a running connector shows (None: the fault is not met while running, or only after
# minutes).
FAULTS = {
    "secret wrong": dict(options={"client_secret": "not-the-secret"}, probe="token", code="entra/secret-wrong",
                         cure="its Value (not its Secret ID)", words="login refused"),
    "secret id": dict(options={"client_secret": "aaaaaaaa-0000-4000-8000-00000000beef"}, probe="configuration",
                      code="entra/secret-id", cure="column Value", words="login refused"),
    "secret expired": dict(options={"client_id": EXPIRED}, probe="token", code="entra/secret-expired",
                           cure="create a new client secret", words="login refused"),
    "certificate expired": dict(options={"certificate": "expired.pem"}, probe="configuration",
                                code="entra/certificate-expired", cure="make a new certificate", words="login refused"),
    "certificate unregistered": dict(options={"certificate": "unregistered.pem"}, probe="token",
                                     code="entra/assertion-refused", cure="upload the configured certificate",
                                     words="login refused"),
    "certificate and key differ": dict(options={"certificate": "registered.pem", "private_key": "unregistered.pem"},
                                       probe="configuration", code="entra/key-mismatch",
                                       cure="made together with this certificate", words="login refused"),
    "application unknown": dict(options={"client_id": UNKNOWN}, probe="token", code="entra/application-unknown",
                                cure="Overview page", words="login refused"),
    "tenant unknown": dict(options={"tenant": "99999999-2222-3333-4444-555555500001"}, probe="token",
                           code="entra/tenant-unknown", cure="check the cloud", words="login refused"),
    "domain unknown": dict(options={"tenant": "nobody.onmicrosoft.com"}, probe="login host",
                           code="microsoft_365/tenant-unknown", cure="compare `tenant`", words="stopped"),
    "other cloud": dict(tenant={"other_cloud": True}, probe="token", code="entra/wrong-cloud", cure="choose the cloud",
                        words="login refused"),
    "login of another cloud": dict(server="other cloud", options={"tenant": "11111111-2222-3333-4444-555555500001"}, probe="token",
                                   code="entra/wrong-cloud", cure="choose the cloud", words="login refused"),
    "domain in another cloud": dict(server="other cloud", probe="login host", code="microsoft_365/tenant-unknown",
                                    cure="cloud", words="stopped"),
    "consent missing": dict(tenant={"token_error": 65001}, probe="token", code="entra/consent-missing",
                            cure="Grant admin consent", words="login refused"),
    "conditional access": dict(tenant={"token_error": 53003}, probe="token", code="entra/blocked-by-policy",
                               cure="Conditional Access", words="login refused"),
    "licence missing": dict(tenant={"token_error": 650052}, probe="token", code="entra/not-subscribed",
                            cure="buy or enable", words="login refused"),
    "service unknown": dict(tenant={"token_error": 500011}, probe="token", code="entra/resource-unknown",
                            cure="Microsoft 365 subscription", words="login refused"),
    "login throttled": dict(tenant={"token_error": 90055}, probe="token", code="entra/unavailable",
                            cure="status.cloud.microsoft", words="retrying"),
    "no role": dict(options={"client_id": ROLELESS}, probe="permission ActivityFeed.Read",
                    code="microsoft_365/role-missing", cure="green mark", words="permission missing"),
    "retired role": dict(tenant={"roles": ["ServiceHealth.Read"]}, probe="permission ActivityFeed.Read",
                         code="microsoft_365/role-missing", cure="ServiceHealth.Read is not needed",
                         words="permission missing"),
    "role for DLP": dict(tenant={"roles": ["ActivityFeed.Read"]}, options={"content_types": ["DLP.All"]},
                         probe="permission ActivityFeed.ReadDlp", code="microsoft_365/role-missing",
                         cure="permission ActivityFeed.ReadDlp of", words="permission missing"),
    "auditing off": dict(tenant={"auditing": False}, probe="unified auditing", code="microsoft_365/auditing-off",
                         cure="Start recording user and admin activity", words="stopped: unified auditing is off"),
    "throttled": dict(fault={"kind": "error", "status": 403, "code": "AF429", "match": {"operation": "list_subscriptions"}},
                      probe="subscriptions", code="microsoft_365/throttled", cure="requests_per_minute",
                      words="throttled"),
    "subscription disabled": dict(tenant={"disabled": EXCHANGE}, started=True, probe="content Audit.Exchange",
                                  code="microsoft_365/subscription-disabled", cure="no other program", words="retrying"),
    "webhook broken": dict(fault={"kind": "text", "status": 200, "body": subscriptions("expired"), "skip": 1,  # the one without a token
                                  "match": {"operation": "list_subscriptions"}}, started=True,
                           probe="subscriptions", outcome="warning", code="microsoft_365/webhook",
                           cure="app registration of its own", words=None, notice=True),
    "no content yet": dict(fault={"kind": "text", "status": 200, "body": "[]", "match": {"operation": "list"}}, started=True,
                           probe="unified auditing", outcome="warning", code="microsoft_365/no-content",
                           cure="Billing > Licenses", words=None, notice=True),
    "name not found": dict(options={"login_url": "https://login.cistern-test.invalid"}, probe="login host", code="net/dns",
                           cure="getent hosts login.cistern-test.invalid", words="retrying"),
    "no connection": dict(server=lambda: doctor_servers.closed_port(), probe="login host", code="net/connect",
                          cure="firewall", words="retrying"),
    "TLS inspected": dict(server="intercepting", scheme="https", probe="login host", code="net/tls",
                          cure='"CN=Inspection CA" root certificate', words="retrying"),
    "proxy refuses": dict(proxy=b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", probe="login host",
                          code="net/proxy", cure="ask the proxy's administrator", words="retrying"),
    "proxy wants a password": dict(
        proxy=b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
              b"Content-Length: 0\r\n\r\n",
        probe="login host", code="net/proxy-password", cure="set `proxy_user` and `proxy_password`", words="retrying"),
    "clock wrong": dict(server="other time", probe="clock", code="microsoft_365/clock-skew", cure="timedatectl", words=None),
}


def connector_name(fault):
    return fault.lower().replace(" ", "-")


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Doctor(ProgramTest):
    def make_certificate(self, name, subject="/CN=cistern", days="30", issuer=None):
        """A PEM file with key and certificate."""
        key, request, path = (os.path.join(self.folder, name + end) for end in (".key", ".csr", ".pem"))
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", key, "-out", request)
        signer = ["-CA", issuer, "-CAkey", issuer, "-CAcreateserial"] if issuer else ["-signkey", key]
        openssl("x509", "-req", "-in", request, "-days", days, "-out", path, *signer)
        with open(path) as certificate, open(key) as private:
            text = certificate.read() + private.read()
        with open(path, "w") as file:
            file.write(text)
        return path

    def register(self, lab, path):
        with open(path) as file:
            text = file.read().split("-----BEGIN PRIVATE KEY")[0]
        urllib.request.urlopen(urllib.request.Request(lab.url + "/lab/certificates", data=text.encode(), method="POST"),
                               timeout=30).close()

    def server_port(self, server):
        if server == "intercepting":
            authority = self.make_certificate("authority", subject="/CN=Inspection CA")
            leaf = self.make_certificate("leaf", subject="/CN=127.0.0.1", issuer=authority)
            return doctor_servers.intercepting(leaf, leaf).port
        if server == "other time":
            body = b'{"token_endpoint":"x/11111111-2222-3333-4444-555555500001"}'
            return doctor_servers.answering(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                            b"Date: Sun, 01 Mar 2026 12:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s"
                                            % (len(body), body)).port
        if server == "other cloud":
            return int(json.loads(self.labs[-1].get("/lab/status"))["other_cloud"].rsplit(":", 1)[1])
        return server()

    def connector_for(self, lab, number, row):
        """The connector of one fault, on a tenant of its own."""
        tenant = "11111111-2222-3333-4444-5555555%05d" % number
        one = dict(CONNECTOR, login_url=lab.url, manage_url=lab.url, tenant=tenant, content_types=EXCHANGE)
        for name, value in row.get("options", {}).items():
            one[name] = os.path.join(self.folder, value) if str(value).endswith(".pem") else value
        if "certificate" in row.get("options", {}):
            del one["client_secret"]
        if "server" in row:
            one["login_url"] = "%s://127.0.0.1:%d" % (row.get("scheme", "http"), self.server_port(row["server"]))
        if "proxy" in row:
            one["login_url"] = "https://login.cistern-test.invalid"
            one["proxy"] = "http://127.0.0.1:%d" % doctor_servers.answering(row["proxy"]).port
        if "tenant" in row:
            lab.post("/lab/tenants/" + tenant, row["tenant"])
        if row.get("probe") == "login host" and "tenant" not in row.get("options", {}):
            one["tenant"] = "contoso%d.onmicrosoft.com" % number
        return tenant, one

    def doctor(self, name):
        code, out, err = self.command("doctor", name, "-c", self.configuration, "--json")
        self.assertTrue(out, err[-2000:])
        self.assertNotIn("lab-secret", out + err)
        (connector,) = json.loads(out)["connectors"]
        self.assertEqual(connector["connector"], name)
        return code, connector["probes"]

    def setting(self):
        """One lab, and a connector for each fault; which have to be looked at by name."""
        self.make_certificate("registered")
        self.make_certificate("unregistered")
        self.make_certificate("expired", days="-1")
        lab = self.lab(faults="calm", history="2h", history_per_hour=20, live_per_second=0.1, tenants=len(FAULTS) + 2)
        self.register(lab, os.path.join(self.folder, "registered.pem"))
        connectors = {}
        tenants = {}
        for number, (name, row) in enumerate(FAULTS.items(), start=2):
            tenants[name], connectors[connector_name(name)] = self.connector_for(lab, number, row)
        good = dict(CONNECTOR, login_url=lab.url, manage_url=lab.url)
        # It has a webhook, of which there is nothing but warnings: the vendor is told of it by a run.
        with_certificate = dict(good, webhook_url="https://127.0.0.1:%d/hook" % doctor_servers.closed_port(),
                                webhook_auth_id="planted-auth-id-0123", webhook_behind_proxy=True,
                                webhook_listen="127.0.0.1:%d" % doctor_servers.closed_port(), tenant="contoso%d.onmicrosoft.com" % (len(FAULTS) + 2),
                                certificate=os.path.join(self.folder, "registered.pem"))
        del with_certificate["client_secret"]
        connectors.update({"good": good, "good-with-certificate": with_certificate})
        self.configure(lab.url, connectors=connectors)
        return lab, tenants

    def start_subscription(self, lab, tenant):
        """As `cistern run` did it at some time."""
        connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=30)
        self.addCleanup(connection.close)
        form = ("grant_type=client_credentials&client_id=%s&client_secret=lab-secret&scope=%s%%2F.default"
                % (CONNECTOR["client_id"], lab.url.replace(":", "%3A").replace("/", "%2F")))
        connection.request("POST", "/%s/oauth2/v2.0/token" % tenant, form,
                           {"Content-Type": "application/x-www-form-urlencoded"})
        token = json.loads(connection.getresponse().read())["access_token"]
        connection.request("POST", "/api/v1.0/%s/activity/feed/subscriptions/start?contentType=Audit.Exchange"
                           "&PublisherIdentifier=%s" % (tenant, tenant), "", {"Authorization": "Bearer " + token})
        self.assertEqual(connection.getresponse().status, 200)

    def test_each_fault_is_named_with_its_cure_and_status_says_the_same(self):
        lab, tenants = self.setting()
        for name, row in FAULTS.items():
            if row.get("started"):
                self.start_subscription(lab, tenants[name])
            if "fault" in row:
                fault = dict(row["fault"], count=FOREVER)
                lab.post("/lab/faults", dict(fault, match=dict(fault["match"], tenant=tenants[name])))
        next_steps = {}
        for name, row in FAULTS.items():
            with self.subTest(fault=name):
                next_steps[name] = self.assert_found(connector_name(name), row)
        for name in ("good", "good-with-certificate"):
            code, probes = self.doctor(name)
            self.assertEqual(code, 0, probes)
            self.assertEqual([p for p in probes if p["outcome"] == "failed"], [])
        self.check_guide(probes)
        self.check_check()
        self.check_page()
        self.check_status(next_steps)

    def assert_found(self, name, row):
        code, probes = self.doctor(name)
        outcome = row.get("outcome", "failed")
        (probe,) = [p for p in probes if p["name"] == row["probe"]]
        self.assertEqual((probe["outcome"], probe["code"]), (outcome, row["code"]), probe)
        self.assertIn(row["cure"], probe["next_step"])
        self.assertTrue(probe["seen"] and probe["meaning"], probe)
        self.assertEqual(code, 1 if outcome == "failed" else 0, probes)
        if row["code"].startswith("entra/") and row["probe"] == "token":
            self.assertRegex(probe["correlation_id"], "^[0-9a-f-]{36}$")
            self.assertRegex(probe["vendor_time"], r"^20\d\d-")
        for one in probes:
            self.assertLess(one["took_ms"], 10500, one)
            self.assertEqual(one["outcome"] == "skipped", one["skipped_because"] != "", one)
        if row["probe"] == "token":
            self.assertEqual(probes[-1]["skipped_because"], 'the probe "token" failed')
        return probe["next_step"]

    def check_guide(self, probes):
        """Every probe that the guide names exists."""
        names = {probe["name"] for probe in probes}
        guide = json.loads(self.command("guide", "microsoft_365", "--json")[1])
        checks = [step["check"] for step in guide["steps"] if "check" in step]
        self.assertGreater(len(checks), 5)
        self.assertEqual([check for check in checks if check not in names], [])

    def check_check(self):
        """What needs no request is found by `check` as well; it does not keep the others from running."""
        code, out, _ = self.command("check", "-c", self.configuration, "--json")
        self.assertEqual(code, 1)
        errors = [one["what"] for one in json.loads(out)["problems"] if one["severity"] == "error"]
        for part in ("form of a secret's ID", "certificate has expired", "does not belong to the certificate"):
            self.assertTrue(any(part in error for error in errors), (part, errors))

    def check_page(self):
        """What people read: at most 100 columns but for a word that is longer, no colours in a file."""
        code, page, _ = self.command("doctor", "secret-wrong", "-c", self.configuration)
        self.assertEqual(code, 1)
        self.assertNotIn("\033", page)
        self.assertEqual([line for line in page.splitlines() if len(line) > 100], [])
        self.assertIn("next step  in portal.azure.com", page)
        self.assertIn('the probe "token" failed', page)
        self.assertIn('begin with the next step of "token"', page)

    def check_status(self, next_steps):
        process = self.start()
        said = {}

        def words_and_steps():
            for connector in (self.status() or {}).get("connectors", []):
                steps = {stream["failure"]["next_step"] for stream in connector["streams"] if "failure" in stream}
                steps.update(notice.get("next_step") for notice in connector["notices"])
                said[connector["name"]] = (connector["words"], steps)
            return said

        for name, row in FAULTS.items():
            if row["words"] is None and not row.get("notice"):
                continue
            with self.subTest(status_of=name):
                key = connector_name(name)

                def same():
                    words, steps = words_and_steps().get(key, ("", set()))
                    return words.startswith(row["words"] or "") and next_steps.get(name) in steps

                wait_for(same, 30, lambda: "status says what doctor says (%s): %s" % (next_steps.get(name), said.get(key)))
        # People see them below the table.
        _, page, _ = self.command("status", "-c", self.configuration)
        for part in ("no content became available", "unified auditing is off"):
            self.assertIn(part, " ".join(page.split()))
        self.assertIsNone(process.poll(), self.log_text()[-2000:])
        self.assertEqual(self.stop(process), 0)

    def test_a_subscription_with_a_webhook_is_never_started(self):
        lab = self.lab(faults="calm", history="1h", history_per_hour=20)
        self.configure(lab.url, connector={"content_types": EXCHANGE})
        lab.post("/lab/faults", {"kind": "text", "status": 200, "body": subscriptions("enabled"), "count": FOREVER, "skip": 1,
                                 "match": {"operation": "list_subscriptions"}})
        lab.post("/lab/faults", {"kind": "text", "status": 200, "body": "[]", "count": FOREVER,
                                 "match": {"operation": "list"}})
        self.assertEqual(self.doctor("contoso-audit")[0], 0)
        self.assertNotIn("start", json.loads(lab.get("/lab/status"))["requests"])
        request = urllib.request.Request(lab.url + "/lab/faults", method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()
        self.assertEqual(self.doctor("contoso-audit")[0], 0)
        self.assertEqual(json.loads(lab.get("/lab/status"))["requests"]["start"], 1)

    def test_no_probe_takes_longer_than_ten_seconds(self):
        full, silent = doctor_servers.Full(), doctor_servers.silent()
        hangs = {
            "connect": ({"login_url": "https://127.0.0.1:%d" % full.port}, "while connecting"),
            "tls": ({"login_url": "https://127.0.0.1:%d" % silent.port}, "during the TLS handshake"),
            "answer": ({"login_url": "http://127.0.0.1:%d" % silent.port}, "while waiting for the answer"),
            "proxy": ({"login_url": "https://login.cistern-test.invalid", "proxy": "http://127.0.0.1:%d" % silent.port},
                      "through the proxy"),
        }
        nowhere = "http://127.0.0.1:%d" % doctor_servers.closed_port()
        connectors = {name: dict(CONNECTOR, manage_url=nowhere, **options) for name, (options, _) in hangs.items()}
        for name in connectors:
            if name == "proxy":
                connectors[name]["manage_url"] = "https://manage.cistern-test.invalid"
        connectors["resolve"] = dict(CONNECTOR, manage_url=nowhere, login_url="https://login.cistern-test.invalid")
        self.configure(nowhere, connectors=connectors)
        results = {}

        def run(name, prefix):
            began = time.monotonic()
            results[name] = (self.command("doctor", name, "-c", self.configuration, "--json", prefix=prefix),
                             time.monotonic() - began)

        runs = {name: () for name in hangs}
        if can_unshare():
            runs["resolve"] = ("unshare", "-rmn", sys.executable, "-c", SILENT_NAME_SERVER, self.folder)
        threads = [threading.Thread(target=run, args=item) for item in runs.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in runs:
            with self.subTest(hangs_at=name):
                (code, out, err), took = results[name]
                self.assertTrue(out, err[-2000:])
                self.assertEqual(code, 1)
                probes = {probe["name"]: probe for probe in json.loads(out)["connectors"][0]["probes"]}
                probe = probes["login host"]
                self.assertEqual(probe["code"], "net/timeout", probe)
                self.assertIn(hangs[name][1] if name in hangs else "while looking up the name", probe["seen"])
                self.assertLessEqual(max(one["took_ms"] for one in probes.values()), 10000 if not SLOW else 12000)
                self.assertGreater(probe["took_ms"], 8000)
                self.assertLess(took, 25 * (4 if SLOW else 1))
        full.stop()
        silent.stop()


def can_unshare():
    if not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "-rmn", "true"], capture_output=True).returncode == 0


# Runs the rest of the command line in a network of its own, whose name server takes questions and never answers.
SILENT_NAME_SERVER = """
import fcntl, os, socket, struct, subprocess, sys
sockets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(sockets, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up and running
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
resolv = os.path.join(sys.argv[1], "resolv.conf")
with open(resolv, "w") as file:
    file.write("nameserver 127.0.0.1\\noptions timeout:30 attempts:1\\n")
subprocess.run(["mount", "--bind", resolv, os.path.realpath("/etc/resolv.conf")], check=True)
sys.exit(subprocess.run(sys.argv[2:]).returncode)
"""

if __name__ == "__main__":
    unittest.main()
