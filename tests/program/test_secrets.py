"""Marked values in every secret, and all output searched for them, in every form that a secret takes on its way."""
import base64
import glob
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse
import urllib.request

from harness import CONNECTOR, ProgramTest, SLOW, wait_for

# The lab knows this one; its letters look different in URLs.
ACCEPTED = "Lab8Q~odd+secret/with=signs&100%"
MARK = "MARKED+9f2c/secret=77&x%"
TENANT = "11111111-2222-3333-4444-555555500001"


def forms(secret):
    """The texts by which a secret can be recognised."""
    quoted = {urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret), urllib.parse.quote(secret)}
    texts = {secret, json.dumps(secret)[1:-1]} | quoted | {re.sub("%..", lambda match: match.group().lower(), one) for one in quoted}
    for text in (secret.encode(), b"collector:" + secret.encode()):
        # The last letters of base64 depend on what follows.
        for coded in (base64.b64encode(text), base64.urlsafe_b64encode(text), text.hex().encode()):
            texts.add(coded.decode().rstrip("=")[:-2])
    return {text.encode() for text in texts}


class Secrets(ProgramTest):
    def setUp(self):
        super().setUp()
        self.seen = []  # (what, bytes)

    def collect(self, what, *texts):
        for text in texts:
            self.seen.append((what, text if isinstance(text, bytes) else text.encode()))

    def ask(self, *arguments, **options):
        code, out, err = self.command(*arguments, **options)
        self.collect(" ".join(arguments), out, err)
        return code, out, err

    def collect_files(self):
        """Everything that was written, as it stands on the disk."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                if path.startswith(self.keys) or path == self.configuration or name.startswith("wrong") or "lab." in name:
                    continue
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        self.collect(path, file.read())

    @property
    def keys(self):
        return os.path.join(self.folder, "keys")

    def assert_hidden(self, *secrets, patterns=()):
        self.assertGreater(sum(len(text) for _, text in self.seen), 1000)
        wanted = [form for secret in secrets for form in forms(secret)]
        for what, text in self.seen:
            for form in wanted:
                at = text.find(form)
                self.assertEqual(at, -1, "%s shows a secret: %r" % (what, text[max(0, at - 200):at + 20]))
            for pattern in patterns:
                found = re.search(pattern, text)
                self.assertIsNone(found, "%s shows %r" % (what, found and text[max(0, found.start() - 200):found.end()][:300]))

    # A token that the lab issued is three parts of base64url; a bearer is how it is sent.
    TOKEN = (rb"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}", rb"Bearer +[A-Za-z0-9._~-]{8,}")

    def ask_everything(self, document_id=None):
        """Every command that shows something of the configuration, the store or the running process."""
        with_configuration = ("-c", self.configuration)
        for words in (["status"], ["status", "--json"], ["check"], ["check", "--json"], ["doctor"], ["doctor", "--json"],
                      ["coverage"], ["coverage", "--json"], ["tail", "--no-follow", "-n", "5"],
                      ["tail", "--no-follow", "-n", "5", "--format", "raw"],
                      ["store", "dump", "--control"], ["store", "verify"], ["guide", "microsoft_365", "--connector", "contoso-audit"]):
            self.ask(*words, *with_configuration)
        if document_id:
            self.ask("explain", document_id, *with_configuration)
            self.ask("explain", document_id, *with_configuration, "--json")
        self.ask("docs", "--out", os.path.join(self.folder, "docs"))

    def telemetry(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.metrics_port = probe.getsockname()[1]
        return {"listen": "127.0.0.1:%d" % self.metrics_port, "log_level": "debug"}

    def ask_telemetry(self):
        for path in ("metrics", "healthz", "nothing"):
            try:
                with urllib.request.urlopen("http://127.0.0.1:%d/%s" % (self.metrics_port, path), timeout=10) as answer:
                    self.collect(path, answer.read())
            except urllib.error.HTTPError as error:
                self.collect(path, error.read())

    def test_a_client_secret_that_is_accepted(self):
        lab = self.lab(faults="ordinary", history="6h", history_per_hour=200, live_per_second=20)
        self.configure(lab.url, connector={"client_secret": ACCEPTED}, telemetry=self.telemetry())
        process = self.start("--report", os.path.join(self.folder, "report.json"))
        wait_for(lambda: self.stored() > 200, 60, lambda: "it collects: " + self.words())
        code, out, _ = self.ask("tail", "-c", self.configuration, "-n", "1", "--no-follow")
        self.ask_everything(json.loads(out.splitlines()[0])["cistern"]["id"])
        self.ask_telemetry()
        self.assertEqual(self.stop(process), 0)
        lab.silence()
        self.collect_everything(lab)
        self.collect("proof", json.dumps(self.proof(lab, settle="0s")))
        self.collect_files()
        self.assert_hidden(ACCEPTED, patterns=self.TOKEN)

    def test_a_client_secret_that_is_refused(self):
        lab = self.lab(faults="calm", history="1h")
        self.configure(lab.url, connector={"client_secret": "${env:CISTERN_TEST_SECRET}"}, telemetry=self.telemetry())
        os.environ["CISTERN_TEST_SECRET"] = MARK
        self.addCleanup(os.environ.pop, "CISTERN_TEST_SECRET")
        process = self.start()
        wait_for(lambda: "7000215" in self.words(), 30, lambda: "it is refused: " + self.words())
        self.ask_everything()
        self.ask_telemetry()
        self.assertEqual(self.stop(process), 0)
        self.collect_files()
        self.assert_hidden(MARK, patterns=self.TOKEN)

    def test_a_certificate_its_key_and_its_passphrase(self):
        lab = self.lab(faults="calm", history="1h", history_per_hour=400)
        os.mkdir(self.keys)
        key, certificate = os.path.join(self.keys, "key.pem"), os.path.join(self.keys, "certificate.pem")
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", certificate, "-days", "2",
                               "-subj", "/CN=collector", "-passout", "pass:" + MARK], capture_output=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        with open(certificate, "rb") as file:
            register = urllib.request.Request(lab.url + "/lab/certificates", data=file.read(), method="POST",
                                              headers={"Content-Type": "application/x-pem-file"})
        urllib.request.urlopen(register, timeout=10).close()
        # Of the key as it is on the disk, and as it is when decrypted.
        plain = subprocess.run(["openssl", "pkey", "-in", key, "-passin", "pass:" + MARK], capture_output=True, text=True).stdout
        with open(key) as file:
            lines = [line for line in plain.splitlines() + file.read().splitlines() if len(line) == 64]
        self.assertGreater(len(lines), 40)

        self.configure(lab.url, connector={"certificate": certificate, "private_key": key, "private_key_passphrase": MARK},
                       telemetry=self.telemetry())
        self.change_configuration(lambda whole: whole["connectors"]["contoso-audit"].pop("client_secret"))
        process = self.start()
        wait_for(lambda: self.stored() > 50, 60, lambda: "it collects: " + self.words())
        self.ask_everything()
        self.ask_telemetry()
        self.assertEqual(self.stop(process), 0)
        # The wrong passphrase, the wrong key, and a key that is no key.
        other = MARK + "2"
        self.change_configuration(lambda whole: whole["connectors"]["contoso-audit"].update(private_key_passphrase=other))
        self.ask_everything()
        broken = os.path.join(self.keys, "broken.pem")
        with open(broken, "w") as file:
            file.write("-----BEGIN PRIVATE KEY-----\n" + "\n".join(lines[:3]) + "\n")
        self.change_configuration(lambda whole: whole["connectors"]["contoso-audit"].update(private_key=broken))
        self.ask_everything()
        self.ask("run", "-c", self.configuration, "--for", "1s")
        self.collect_files()
        self.assert_hidden(MARK, other, *lines, patterns=self.TOKEN)

    def test_a_proxy_password(self):
        port = self.refusing_proxy()
        self.configure("https://login.cistern-test.invalid", telemetry=self.telemetry(),
                       connector={"proxy": "http://127.0.0.1:%d" % port, "proxy_user": "collector", "proxy_password": MARK})
        process = self.start()
        wait_for(lambda: "407" in self.words(), 30, lambda: "the proxy refuses: " + self.words())
        self.ask_everything()
        self.ask_telemetry()
        self.assertEqual(self.stop(process), 0)
        # Where it does not belong, and where many put it.
        self.configure("https://login.cistern-test.invalid",
                       connector={"proxy": "http://collector:%s@127.0.0.1:%d" % (urllib.parse.quote(MARK, safe=""), port)})
        self.ask_everything()
        self.ask("run", "-c", self.configuration, "--for", "2s")
        self.collect_files()
        self.assert_hidden(MARK)

    def refusing_proxy(self):
        """A proxy that wants another password; returns its port."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    peer.settimeout(5)
                    # As debugging proxies do: it repeats what it was sent.
                    told = peer.recv(65536)
                    peer.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                                 b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(told), told))
        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]

    def test_a_vendor_that_repeats_what_it_was_sent(self):
        """An error text of a gateway may quote the request, its secret and its token."""
        lab = self.lab(faults="calm", history="1h")
        self.configure(lab.url, connector={"client_secret": ACCEPTED}, telemetry=self.telemetry())
        for operation, status in (("token", 400), ("list_subscriptions", 403), ("start", 400), ("list", 500), ("blob", 403)):
            lab.plant("echo", count=1000, match={"operation": operation}, status=status)
            process = self.start()
            wait_for(lambda: '"failure"' in self.words(), 60, lambda: "it meets the fault: " + self.words())
            self.ask_everything()
            self.ask_telemetry()
            self.assertEqual(self.stop(process), 0)
            request = urllib.request.Request(lab.url + "/lab/faults", method="DELETE")
            urllib.request.urlopen(request, timeout=10).close()
        self.collect_files()
        self.assert_hidden(ACCEPTED, patterns=self.TOKEN)

    WRONG = {
        "an unknown key on its line": "connectors: {a: {type: microsoft_365, client_secret: 'SECRET', tenat: contoso.com}}",
        "its key misspelled": "connectors:\n  a:\n    type: microsoft_365\n    client_secrt: 'SECRET'\n",
        "its key of another case": "connectors:\n  a:\n    type: microsoft_365\n    Client_Secret: 'SECRET'\n",
        "no end of its quotes": "connectors:\n  a:\n    type: microsoft_365\n    client_secret: \"SECRET\n",
        "a list": "connectors:\n  a:\n    type: microsoft_365\n    client_secret: ['SECRET']\n",
        "a mapping": "connectors:\n  a:\n    type: microsoft_365\n    client_secret: {value: 'SECRET'}\n",
        "a provider that is none": "connectors:\n  a:\n    type: microsoft_365\n    client_secret: {vault: 'SECRET'}\n",
        "a reference without end": "connectors:\n  a:\n    type: microsoft_365\n    client_secret: '${SECRET'\n",
        "a default in a reference": "connectors:\n  a:\n    type: microsoft_365\n    client_secret: '${env:NOWHERE:-SECRET}'\n",
        "twice": "connectors:\n  a:\n    type: microsoft_365\n    client_secret: 'SECRET'\n    client_secret: 'SECRET'\n",
        "a tab before it": "connectors:\n  a:\n    type: microsoft_365\n\tclient_secret: 'SECRET'\n",
        "too deep": "connectors:\n  a:\n    type: microsoft_365\n      client_secret: 'SECRET'\n",
        "below": "connectors:\n  a:\n    type: microsoft_365\n    client_secret:\n      'SECRET'\n    tenat: x\n",
        "folded": "connectors:\n  a:\n    type: microsoft_365\n    client_secret: >-\n      SECRET\n    tenat: x\n",
        "in a comment": "connectors:\n  a:\n    type: microsoft_365\n    tenat: x # client_secret: SECRET\n",
        "in the place of the connector": "connectors:\n  a: {client_secret: 'SECRET'}\n",
        "an option of a destination": "destinations:\n  a: {type: file, path: /tmp/x, client_secret: 'SECRET'}\n",
        "an anchor": "connectors:\n  a: {type: microsoft_365, client_secret: &s 'SECRET'}\n  b: {type: microsoft_365, tenat: *s}\n",
        "an environment value": "connectors:\n  a: {type: microsoft_365, client_secret: '${env:CISTERN_TEST_SECRET}', tenant: 5, tenat: x}\n",
    }

    def test_a_wrong_configuration(self):
        for case, text in self.WRONG.items():
            path = os.path.join(self.folder, "wrong.yaml")
            with open(path, "w") as file:
                file.write("store: {path: %s}\n" % self.store + text.replace("SECRET", MARK.replace("'", "")))
            for words in (["check"], ["check", "--json"], ["run", "--for", "1s"], ["status"], ["doctor"],
                          ["guide", "microsoft_365", "--connector", "a"], ["coverage"]):
                code, out, err = self.command(*words, "-c", path, environment={"CISTERN_TEST_SECRET": MARK})
                self.collect("%s: %s" % (case, " ".join(words)), out, err, " " * 100)
        self.assert_hidden(MARK)

    def test_what_a_crash_leaves(self):
        lab = self.lab(faults="calm", history="1h")
        self.configure(lab.url, connector={"client_secret": ACCEPTED}, telemetry=self.telemetry())
        # A sanitizer takes the second for its own and reports it.
        for number in (signal.SIGABRT,) if SLOW else (signal.SIGABRT, signal.SIGSEGV):
            process = self.start()
            wait_for(lambda: self.stored() > 10, 30, lambda: "it collects: " + self.words())
            with open("/proc/%d/cmdline" % process.pid, "rb") as file:
                self.collect("command line", file.read())
            process.send_signal(number)
            process.wait(timeout=60)
        self.collect_files()
        self.assert_hidden(ACCEPTED, patterns=self.TOKEN)


if __name__ == "__main__":
    unittest.main()
