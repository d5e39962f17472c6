"""What goes wrong around a running collector: one clear message with the next step, nothing lost, and
the rest keeps running."""
import json
import os
import shutil
import subprocess
import unittest

from harness import CONNECTOR, ProgramTest, wait_for


class BadDays(ProgramTest):
    def test_a_wrong_secret_is_told_and_another_connector_runs_on(self):
        lab = self.lab(faults="calm", history="3h", tenants=2)
        good = dict(CONNECTOR, login_url=lab.url, manage_url=lab.url)
        bad = dict(good, tenant="contoso2.onmicrosoft.com", client_secret="not-the-secret")
        self.configure(lab.url, connectors={"good": good, "bad": bad})
        process = self.start()
        wait_for(lambda: "7000215" in self.words("bad"), 30, "the wrong secret is named: " + self.words("bad"))
        self.assertIn("secret", self.words("bad"))
        wait_for(lambda: (self.status() or {}).get("store", {}).get("last_sequence", 0) > 50, 30, "the good one collects")
        self.assertEqual(self.stop(process), 0)
        self.assertNotIn("not-the-secret", self.log_text())
        code, out, _ = self.command("doctor", "bad", "-c", self.configuration)
        self.assertEqual(code, 1)
        self.assertIn("next step", out)
        self.assertNotIn("not-the-secret", out)
        self.assertEqual(self.command("doctor", "good", "-c", self.configuration)[0], 0)

    def test_auditing_switched_off_is_told(self):
        lab = self.lab(faults="calm", history="3h")
        lab.post("/lab/tenants/11111111-2222-3333-4444-555555500001", {"auditing": False})
        self.configure(lab.url)
        process = self.run_until_words("unified auditing is off", "UnifiedAuditLogIngestionEnabled")
        self.assertEqual(self.stop(process), 0)

    def test_a_missing_role_is_told(self):
        lab = self.lab(faults="calm", history="3h")
        lab.post("/lab/tenants/11111111-2222-3333-4444-555555500001", {"roles": []})
        self.configure(lab.url)
        process = self.run_until_words("ActivityFeed.Read")
        self.assertEqual(self.stop(process), 0)

    def test_nobody_listens_and_later_somebody_does(self):
        lab = self.lab(faults="calm", history="3h")
        port, url = lab.port, lab.url
        lab.stop()
        self.configure(url)
        process = self.run_until_words("retrying")
        again = self.lab(faults="calm", history="3h", port=port)
        wait_for(lambda: (self.status() or {}).get("store", {}).get("last_sequence", 0) > 50, 90, "it collects by itself")
        self.assertEqual(self.stop(process), 0)

    def test_a_name_that_does_not_resolve(self):
        self.configure("https://login.cistern-test.invalid")
        process = self.run_until_words("retrying")
        self.assertEqual(self.stop(process), 0)

    @unittest.skipUnless(shutil.which("squid"), "squid is not installed")
    def test_a_proxy_that_refuses(self):
        lab = self.lab(faults="calm", history="3h")
        squid = self.squid("http_access deny all")
        self.configure(lab.url, connector={"proxy": "http://127.0.0.1:%d" % squid})
        process = self.run_until_words("proxy")
        self.assertEqual(self.stop(process), 0)

    @unittest.skipUnless(shutil.which("squid"), "squid is not installed")
    def test_a_proxy_that_wants_a_password(self):
        lab = self.lab(faults="calm", history="3h")
        passwords = os.path.join(self.folder, "passwords")
        with open(passwords, "w") as file:
            file.write(subprocess.run(["openssl", "passwd", "-apr1", "-in", "/dev/stdin"], input="letmein\n", capture_output=True, text=True)
                       .stdout.strip().join(["collector:", "\n"]))
        helper = "/usr/lib/squid/basic_ncsa_auth"
        if not os.path.exists(helper):
            self.skipTest("squid has no basic_ncsa_auth")
        squid = self.squid("auth_param basic program %s %s\nacl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all"
                           % (helper, passwords))
        self.configure(lab.url, connector={"proxy": "http://127.0.0.1:%d" % squid})
        process = self.run_until_words("407")
        self.assertEqual(self.stop(process), 0)
        self.configure(lab.url, connector={"proxy": "http://127.0.0.1:%d" % squid, "proxy_user": "collector", "proxy_password": "letmein"})
        process = self.start()
        wait_for(lambda: (self.status() or {}).get("store", {}).get("last_sequence", 0) > 50, 60, "it collects through the proxy: " + self.words())
        self.assertEqual(self.stop(process), 0)
        self.assertNotIn("letmein", self.log_text())

    def squid(self, rules):
        """Starts squid on a free port with the rules; returns the port."""
        import socket
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        folder = os.path.join(self.folder, "squid")
        os.makedirs(folder, exist_ok=True)
        os.chmod(self.folder, 0o755)
        shutil.chown(folder, "proxy") if os.getuid() == 0 else None
        path = os.path.join(folder, "squid.conf")
        with open(path, "w") as file:
            file.write("http_port 127.0.0.1:%d\n%s\npid_filename %s/squid.pid\naccess_log none\ncache_log %s/cache.log\ncache deny all\n"
                       "shutdown_lifetime 1 seconds\ncoredump_dir %s\n" % (port, rules, folder, folder, folder))
        process = subprocess.Popen(["squid", "-N", "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        wait_for(listens, 20, "squid listens")
        return port

    def test_the_metrics_pass_promtool(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed")
        lab = self.lab(faults="calm", history="3h")
        import socket
        import urllib.request
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.configure(lab.url, telemetry={"listen": "127.0.0.1:%d" % port})
        process = self.start()
        wait_for(lambda: (self.status() or {}).get("store", {}).get("last_sequence", 0) > 50, 30, "it collects")
        text = urllib.request.urlopen("http://127.0.0.1:%d/metrics" % port, timeout=10).read()
        health = json.loads(urllib.request.urlopen("http://127.0.0.1:%d/healthz" % port, timeout=10).read())
        self.assertTrue(health["healthy"])
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
        self.assertEqual(checked.returncode, 0, checked.stderr.decode() + checked.stdout.decode())
        self.assertEqual(self.stop(process), 0)


if __name__ == "__main__":
    unittest.main()
