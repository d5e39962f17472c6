"""Appliances push log files over SSH to the whole program: what was acknowledged is in the store once, whatever happens."""
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest

from harness import ProgramTest, wait_for
from receivers import free_port

HEAD = ("Mon Mar 18 08:12:00 2024 Info: Begin Logfile\n"
        "Mon Mar 18 08:12:00 2024 Info: Version: 15.0.1-030 SN: 42127C7D00006852677B-F80CE8070000\n"
        "Mon Mar 18 08:12:00 2024 Info: Time offset from UTC: -25200 seconds\n")


def log_file(first, lines):
    body = "".join("Mon Mar 18 08:12:%02d 2024 Info: PID %d: User admin commit changes: number %d\n"
                   % (i % 60, i, i) for i in range(first, first + lines))
    return HEAD + body + "Mon Mar 18 09:12:00 2024 Info: End Logfile\n"


@unittest.skipUnless(shutil.which("scp") and shutil.which("ssh-keygen"), "openssh-client is not installed")
class PushedMailLogs(ProgramTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.key = self.make_key("key")

    def make_key(self, name):
        path = os.path.join(self.folder, name)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        return path

    def collect(self, **options):
        with open(self.key + ".pub") as file:
            line = file.read().strip()
        connector = dict({"type": "cisco_secure_email", "port": self.port, "host": "collector.example.com",
                          "users": [{"name": "esa", "keys": [line], "appliance": "esa1"}]}, **options)
        self.configure("", connectors={"mail-gateway": connector})

    def listen(self):
        process = self.start()
        wait_for(lambda: "; host keys: " in self.log() or process.poll() is not None, 30, self.log)
        self.assertIsNone(process.poll(), self.log())
        return process

    def log(self):
        with open(os.path.join(self.folder, "run.log"), errors="replace") as file:
            return file.read()

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def scp(self, *files, mode=("-O",), key=None, more=()):
        return ["scp", *mode, "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR", "-i", key or self.key, *more,
                "-P", str(self.port), *files, "esa@127.0.0.1:/upload/"]

    def push(self, *files, **options):
        done = subprocess.run(self.scp(*files, **options), capture_output=True, text=True, timeout=120)
        return done.returncode, done.stderr

    def numbers(self):
        """Of the lines that were delivered, in order."""
        if not os.path.exists(self.output):
            return []
        with open(self.output) as file:
            found = [re.search(r"commit changes: number (\d+)", line) for line in file]
        return [int(match.group(1)) for match in found if match]

    def wait_for_numbers(self, count):
        wait_for(lambda: len(self.numbers()) >= count, 60, lambda: "%d of %d lines; %s" % (
            len(self.numbers()), count, self.log()[-2000:]))

    def test_each_way_of_pushing_brings_each_line_once(self):
        self.collect()
        process = self.listen()
        first = self.write("system_logs.@20240318T081200.s", log_file(0, 500))
        second = self.write("system_logs.@20240318T091200.s", log_file(500, 500))
        self.assertEqual(self.push(first), (0, ""))
        self.assertEqual(self.push(second, mode=()), (0, ""))
        self.wait_for_numbers(1000)
        # Again, under the same and under another name: an acknowledgement was lost.
        renamed = self.write("system_logs.@20240318T101200.s", log_file(0, 500))
        self.assertEqual(self.push(first, renamed), (0, ""))
        wait_for(lambda: not self.inbox(), 60, "the files are taken")
        self.assertEqual(self.stop(process), 0)
        self.assertEqual(sorted(self.numbers()), list(range(1000)))

    def inbox(self):
        folder = os.path.join(self.store, "inbox")
        return os.listdir(folder) if os.path.isdir(folder) else []

    def test_what_was_acknowledged_survives_kills_and_broken_transfers_leave_nothing(self):
        self.collect()
        pushed = 0
        for turn in range(4):
            process = self.listen()
            path = self.write("system_logs.@2024031%dT081200.s" % turn, log_file(turn * 3000, 3000))
            client = subprocess.Popen(self.scp(path, more=("-l", "4000")), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for(lambda: self.inbox() or client.poll() is not None, 30, "the transfer began")
            process.kill()
            process.wait()
            client.wait(timeout=60)
            self.assertNotEqual(client.returncode, 0)
            os.rename(os.path.join(self.folder, "run.log"), os.path.join(self.folder, "run-%da.log" % turn))
            process = self.listen()
            self.assertEqual(self.push(path), (0, ""))
            process.kill()  # Right behind the acknowledgement.
            process.wait()
            os.rename(os.path.join(self.folder, "run.log"), os.path.join(self.folder, "run-%db.log" % turn))
            pushed += 3000
        process = self.listen()
        self.wait_for_numbers(pushed)
        self.assertEqual(self.stop(process), 0)
        self.assertEqual(sorted(self.numbers()), list(range(pushed)))

    def test_strangers_are_refused_counted_and_named_once(self):
        self.collect()
        process = self.listen()
        path = self.write("system_logs.@20240318T081200.s", log_file(0, 1))
        other = self.make_key("other")
        for _ in range(3):
            self.assertNotEqual(self.push(path, key=other)[0], 0)
        self.assertNotEqual(self.push(self.write("notes.txt", "x\n"))[0], 0)
        wait_for(lambda: "ssh/name-refused" in json.dumps(self.status()), 30, lambda: json.dumps(self.status()))
        listening = [one for one in self.status()["connectors"] if one["name"] == "mail-gateway"][0]["listening"]
        self.assertEqual(listening["incidents"]["ssh/key-refused"], 3)
        self.assertEqual(self.stop(process), 0)
        self.assertEqual(self.log().count("the key is none of the user's"), 1)

    def status(self):
        code, out, error = self.command("status", "-c", self.configuration, "--json")
        self.assertEqual(code, 0, error)
        return json.loads(out)

    def test_guide_and_doctor_show_host_keys_that_stay(self):
        self.collect()
        code, before, error = self.command("guide", "cisco_secure_email", "-c", self.configuration)
        self.assertEqual(code, 0, error)
        self.assertIn("collector.example.com", before)
        self.assertIn("made when", before)
        process = self.listen()
        shown = set(re.findall(r"SHA256:[A-Za-z0-9+/]{43}", self.log()))
        self.assertEqual(len(shown), 3, self.log())
        _, guide, _ = self.command("guide", "cisco_secure_email", "-c", self.configuration)
        for fingerprint in shown:
            self.assertIn(fingerprint, guide)
        self.assertIn("-P %d" % self.port, guide)
        code, told, error = self.command("doctor", "-c", self.configuration, "--json")
        self.assertEqual(code, 0, told + error)
        probes = {probe["probe"] if "probe" in probe else probe["name"]: probe for probe in json.loads(told)["connectors"][0]["probes"]}
        self.assertIn("a running cistern answers", json.dumps(probes["listen port"]))
        for fingerprint in shown:
            self.assertIn(fingerprint, json.dumps(probes["host keys"]))
        self.assertEqual(self.stop(process), 0)
        # A second start shows the same ones, and no private key is anywhere but in its file.
        os.unlink(os.path.join(self.folder, "run.log"))
        process = self.listen()
        self.assertEqual(set(re.findall(r"SHA256:[A-Za-z0-9+/]{43}", self.log())), shown)
        self.assertEqual(self.stop(process), 0)
        self.assertNotIn("PRIVATE KEY", self.log() + guide + told)
        for name in os.listdir(os.path.join(self.store, "ssh")):
            self.assertEqual(os.stat(os.path.join(self.store, "ssh", name)).st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main()
