"""Microsoft 365 webhooks with the whole program: notifications shorten the wait, a broken webhook costs nothing but
that, and status, doctor and metrics say which it is."""
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

from harness import CONNECTOR, ProgramTest, wait_for

AUTH_ID = "planted-auth-id-0123456789"
TYPES = ["Audit.Exchange"]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class TlsProxy:
    """What a reverse proxy is to us: TLS outside, plain bytes inside."""

    def __init__(self, certificate, key, target):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.target = target
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                outside, _ = self.listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            try:
                inside = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                outside.close()
                continue
            for one, other in ((outside, inside), (inside, outside)):
                threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    @staticmethod
    def pump(one, other):
        try:
            while True:
                piece = one.recv(65536)
                if not piece:
                    break
                other.sendall(piece)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            one.close()
            other.close()

    def close(self):
        self.listener.close()


class Webhooks(ProgramTest):
    def setUp(self):
        super().setUp()
        self.certificate = os.path.join(self.folder, "hook.pem")
        self.key = os.path.join(self.folder, "hook.key")
        self.make_certificate()
        self.port = free_port()

    def make_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=collector", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.key, "-out", self.certificate],
                       check=True, capture_output=True)

    def hooked_lab(self, **webhooks):
        lab = self.lab(faults="calm", history="1h", history_per_hour=60, live_per_second=30)
        with open(self.certificate) as file:
            lab.post("/lab/webhooks", dict({"authority": file.read(), "first_gap_ms": 100, "most_failures": 3}, **webhooks))
        return lab

    def options(self, **more):
        return dict({"content_types": TYPES, "poll_interval": "1h", "sweep_interval": "1h",
                     "webhook_url": "https://127.0.0.1:%d/o365/contoso" % self.port,
                     "webhook_auth_id": AUTH_ID, "webhook_listen": "127.0.0.1:%d" % self.port,
                     "webhook_certificate": self.certificate, "webhook_private_key": self.key}, **more)

    def connector(self):
        return next((one for one in (self.status() or {}).get("connectors", []) if one["name"] == "contoso-audit"), {})

    def notices(self):
        return [notice["code"] for notice in self.connector().get("notices", [])]

    def listening(self):
        return self.connector().get("listening") or {}

    def webhook(self, lab):
        """The state of the webhook as the vendor has it."""
        form = ("grant_type=client_credentials&client_id=%s&client_secret=lab-secret&scope=https%%3A%%2F%%2Fmanage.office.com%%2F.default"
                % CONNECTOR["client_id"]).encode()
        tenant = "11111111-2222-3333-4444-555555500001"
        with urllib.request.urlopen(urllib.request.Request(lab.url + "/%s/oauth2/v2.0/token" % tenant, data=form)) as answer:
            token = json.load(answer)["access_token"]
        request = urllib.request.Request(lab.url + "/api/v1.0/%s/activity/feed/subscriptions/list?PublisherIdentifier=%s" % (tenant, tenant),
                                         headers={"Authorization": "Bearer " + token})
        with urllib.request.urlopen(request) as answer:
            return (json.load(answer) or [{}])[0].get("webhook")

    def call(self, path="/o365/contoso", body=b"[]", auth_id=AUTH_ID, method="POST", port=None):
        """The status that the listener answers."""
        context = ssl.create_default_context(cafile=self.certificate)
        headers = {"Content-Type": "application/json"}
        if auth_id is not None:
            headers["Webhook-AuthID"] = auth_id
        request = urllib.request.Request("https://127.0.0.1:%d%s" % (port or self.port, path), data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, context=context, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_notifications_shorten_the_wait(self):
        lab = self.hooked_lab()
        self.configure(lab.url, connector=self.options())
        process = self.start()
        wait_for(lambda: self.stored() > 0, 60, lambda: "the history is stored: " + self.words())
        before = self.stored()
        # Polling alone would find the next content in an hour; it becomes available every five seconds.
        wait_for(lambda: self.stored() > before + 40, 60, lambda: "what comes is stored without polling: " + self.words())
        moment = time.time()
        lab.freeze()
        wait_for(lambda: self.listening().get("messages", 0) > 2, 20, lambda: "notifications are counted: " + self.words())
        self.assertEqual(self.webhook(lab)["status"], "enabled")
        self.assertEqual(self.notices(), [])
        print("listed %s times" % json.loads(lab.get("/lab/status"))["requests"].get("list"), "until", time.time() - moment)
        code, out, _ = self.command("doctor", "-c", self.configuration)
        self.assertIn("webhook", out)
        self.assertNotIn(AUTH_ID, out + json.dumps(self.status()))
        self.assertEqual(self.stop(process), 0)
        self.assertNotIn(AUTH_ID, self.log_text())
        # Nothing is lost or repeated by it.
        self.change_configuration(lambda whole: whole["connectors"]["contoso-audit"].update(poll_interval="1s", sweep_interval="5s"))
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_a_broken_webhook_is_said_and_polling_goes_on(self):
        lab = self.hooked_lab()
        # The vendor is told an address at which nobody answers.
        self.configure(lab.url, connector=self.options(webhook_url="https://127.0.0.1:%d/o365/contoso" % free_port(), poll_interval="1s"))
        process = self.run_until_words("webhook-refused", seconds=60)
        self.assertIn("every 15 minutes", self.words())
        before = self.stored()
        wait_for(lambda: self.stored() > before + 40, 60, lambda: "polling goes on: " + self.words())
        self.assertIn(self.connector()["state"], ("flowing", "catching up", "quiet"), self.words())
        code, out, _ = self.command("doctor", "-c", self.configuration)
        self.assertIn("microsoft_365/webhook-missing", out + self.doctor_json())
        self.assertIn("microsoft_365/webhook-unreachable", out + self.doctor_json())
        self.assertEqual(self.stop(process), 0)

    def doctor_json(self):
        return self.command("doctor", "-c", self.configuration, "--json")[1]

    def test_a_silent_vendor_costs_nothing(self):
        lab = self.hooked_lab(silent=True)
        self.configure(lab.url, connector=self.options(poll_interval="1s", sweep_interval="5s"))
        process = self.start()
        wait_for(lambda: self.stored() > 100, 60, lambda: "polling finds it: " + self.words())
        self.assertEqual(self.stop(process), 0)
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_only_the_vendor_is_believed(self):
        lab = self.hooked_lab()
        self.configure(lab.url, connector=self.options())
        process = self.start()
        wait_for(lambda: self.listening().get("accepted", 0) > 0, 60, lambda: "the vendor has called: " + self.words())
        lab.post("/lab/webhooks", {"silent": True})
        mine = {"tenantId": "11111111-2222-3333-4444-555555500001", "clientId": CONNECTOR["client_id"], "contentType": TYPES[0],
                "contentId": "forged", "contentUri": lab.url + "/api/v1.0/x/activity/feed/audit/forged"}

        def told(**changed):
            return json.dumps([dict(mine, **changed)]).encode()

        self.assertEqual(self.call("/"), 404)
        self.assertEqual(self.call("/metrics", method="GET", body=None), 404)
        self.assertEqual(self.call(auth_id=None), 403)
        self.assertEqual(self.call(auth_id=AUTH_ID[:-1]), 403)
        self.assertEqual(self.call(method="GET", body=None), 405)
        self.assertEqual(self.call(body=b"not json"), 400)
        try:
            self.assertEqual(self.call(body=b"[" + b" " * 300000 + b"]"), 413)
        except (urllib.error.URLError, ConnectionError):
            pass  # closed while we were still sending; it is counted below
        self.assertEqual(self.call(body=told(tenantId="99999999-2222-3333-4444-555555500001")), 400)
        self.assertEqual(self.call(body=told(clientId="somebody")), 400)
        evil = socket.create_server(("127.0.0.1", 0))
        evil.settimeout(0.1)
        address = "http://127.0.0.1:%d/audit/forged" % evil.getsockname()[1]
        self.assertEqual(self.call(body=told(contentUri=address)), 400)
        blobs = json.loads(lab.get("/lab/status"))["requests"].get("blob", 0)
        self.assertEqual(self.call(body=told()), 200)
        incidents = wait_for(lambda: self.listening().get("incidents"), 10, "refusals are counted")
        for reason in ("unknown_path", "auth_id", "method", "not_json", "too_large", "other_tenant", "other_application", "foreign_link"):
            self.assertGreaterEqual(incidents.get(reason, 0), 1, incidents)
        lists = json.loads(lab.get("/lab/status"))["requests"].get("list", 0)
        wait_for(lambda: json.loads(lab.get("/lab/status"))["requests"].get("list", 0) > lists, 20, "a forged content is looked for")
        time_out = None
        try:
            evil.accept()
        except socket.timeout as error:
            time_out = error
        self.assertIsNotNone(time_out, "nobody followed the foreign link")
        # What was forged is asked for nowhere but in a listing.
        forged = json.loads(lab.get("/lab/status"))["requests"].get("blob", 0) - blobs
        self.assertLess(forged, 20)
        self.assertNotIn("forged", self.log_text())
        self.assertEqual(self.stop(process), 0)

    def test_behind_a_reverse_proxy_and_shared_by_two(self):
        lab = self.hooked_lab()
        proxy = TlsProxy(self.certificate, self.key, self.port)
        self.addCleanup(proxy.close)

        def behind(path, types):
            options = self.options(content_types=types, webhook_url="https://127.0.0.1:%d%s" % (proxy.port, path), webhook_behind_proxy=True)
            del options["webhook_certificate"], options["webhook_private_key"]
            return dict(CONNECTOR, login_url=lab.url, manage_url=lab.url, **options)

        self.configure(lab.url, connectors={"one": behind("/one", ["Audit.Exchange"]), "two": behind("/two", ["Audit.SharePoint"])})
        process = self.start()

        def messages(name):
            found = [one for one in (self.status() or {}).get("connectors", []) if one["name"] == name]
            return ((found[0].get("listening") or {}).get("messages", 0)) if found else 0

        wait_for(lambda: messages("one") > 2 and messages("two") > 2, 90, lambda: "both are told: %s" % self.status())
        self.assertEqual(self.stop(process), 0)

    def test_a_renewed_certificate_is_shown_after_a_reload(self):
        lab = self.hooked_lab()
        self.configure(lab.url, connector=self.options())
        process = self.start()
        wait_for(lambda: self.listening().get("accepted", 0) > 0, 60, lambda: "the vendor has called: " + self.words())
        self.assertEqual(self.call(), 200)
        self.make_certificate()
        with self.assertRaises(urllib.error.URLError):
            self.call()  # the old one is shown still, and the new file is trusted
        process.send_signal(signal.SIGHUP)

        def shown():
            try:
                return self.call() == 200
            except (urllib.error.URLError, OSError):
                return False

        wait_for(shown, 20, lambda: "the new certificate is shown: " + self.log_text()[-2000:])
        self.assertEqual(self.stop(process), 0)

    def test_a_certificate_that_cannot_be_read_stops_no_polling(self):
        lab = self.hooked_lab()
        self.configure(lab.url, connector=self.options(poll_interval="1s"))
        os.rename(self.key, self.key + ".away")
        process = self.run_until_words("webhook-listen", seconds=60)
        wait_for(lambda: self.stored() > 0, 60, lambda: "polling goes on: " + self.words())
        code, out, _ = self.command("check", "-c", self.configuration)
        self.assertEqual(code, 1, out)
        self.assertEqual(self.stop(process), 0)

    def test_a_port_in_use_is_said_and_tried_again(self):
        lab = self.hooked_lab()
        taken = socket.create_server(("127.0.0.1", self.port))
        self.addCleanup(taken.close)
        self.configure(lab.url, connector=self.options(poll_interval="1s"))
        process = self.run_until_words("webhook-listen", seconds=60)
        wait_for(lambda: self.stored() > 0, 60, lambda: "polling goes on: " + self.words())
        self.assertEqual(self.stop(process), 0)


if __name__ == "__main__":
    unittest.main()
