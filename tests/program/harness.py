"""Starts the lab and cistern as real processes, and asks them things.

Everything lives in a fresh temporary folder; every wait is for a condition, with a deadline.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

CISTERN = os.environ.get("CISTERN", "build/release/src/app/cistern")
SLOW = "address" in os.environ.get("CISTERN_BUILD", "") or "thread" in os.environ.get("CISTERN_BUILD", "")
LONG = bool(os.environ.get("CISTERN_LONG_TESTS"))


def wait_for(condition, seconds, what):
    """Polls the condition until it is true; fails with `what` (a text, or a function that makes it) after the deadline."""
    deadline = time.monotonic() + seconds * (4 if SLOW else 1)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not within %d s: %s" % (seconds, what() if callable(what) else what))
        time.sleep(0.05)


def reports_in(text):
    """The lines that a sanitizer begins a report with."""
    return "\n".join(line for line in text.splitlines() if "ThreadSanitizer:" in line or "AddressSanitizer:" in line
                     or "LeakSanitizer:" in line or "runtime error:" in line)


def sanitizer_reports(folder):
    found = []
    for name in os.listdir(folder):
        if name.endswith(".log"):
            with open(os.path.join(folder, name), errors="replace") as file:
                found.append(reports_in(file.read()))
    return "\n".join(one for one in found if one)


class Lab:
    """A running `cistern lab`; with `state`, a restarted one is the same vendor."""

    def __init__(self, folder, **options):
        self.folder = folder
        self.options = dict(options)
        self.options.setdefault("requests_per_minute", 0)  # the tests do not wait for a minute's budget
        self.port = self.options.pop("port", 0)
        self.start()

    def start(self):
        port_file = os.path.join(self.folder, "lab.port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        arguments = [CISTERN, "lab", "--port", str(self.port), "--port-file", port_file]
        for name, value in self.options.items():
            option = "--" + name.replace("_", "-")
            if value is True:
                arguments.append(option)
                continue
            for one in value if isinstance(value, list) else [value]:
                arguments += [option, str(one)]
        with open(os.path.join(self.folder, "lab.log"), "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(port_file) or self.process.poll() is not None, 20, "the lab listens")
        assert self.process.poll() is None, "the lab ended with %s" % self.process.returncode
        with open(port_file) as file:
            self.port = int(file.read())
        self.url = "http://127.0.0.1:%d" % self.port

    def restart(self, hard=False, pause=0.0):
        """Ends the lab, in order or by a kill, and starts it again at the same port after the pause."""
        assert "state" in self.options, "without its state it would be another vendor"
        if hard:
            self.process.kill()
            self.process.wait()
        else:
            self.stop()
        time.sleep(pause)
        self.start()

    def post(self, path, body=None):
        request = urllib.request.Request(self.url + path, data=json.dumps(body or {}).encode(), method="POST",
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=120) as answer:
            return answer.read()

    def silence(self):
        """No drawn fault from now on: planted ones come first, and this one does nothing."""
        self.post("/lab/faults", {"kind": "delay", "delay_ms": 0, "count": 1000000000})

    def freeze(self):
        self.post("/lab/freeze")

    def plant(self, kind, count=1, match=None, **details):
        self.post("/lab/faults", dict(details, kind=kind, count=count, match=match or {}))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


CONNECTOR = {
    "type": "microsoft_365",
    "tenant": "contoso1.onmicrosoft.com",
    "client_id": "aaaaaaaa-0000-4000-8000-000000000001",
    "client_secret": "lab-secret",
    "poll_interval": "1s",
    "sweep_interval": "5s",
    "requests_per_minute": 60000,
}


class ProgramTest(unittest.TestCase):
    """A test with a folder of its own, a lab and a configuration."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cistern-test-")
        self.store = os.path.join(self.folder, "store")
        self.output = os.path.join(self.folder, "events.ndjson")
        self.configuration = os.path.join(self.folder, "cistern.yaml")
        self.labs = []
        self.processes = []

    def tearDown(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        for lab in self.labs:
            if lab.process.poll() is None:
                lab.stop()
        failed = any(error for _, error in getattr(self._outcome, "errors", [])) or bool(
            getattr(getattr(self._outcome, "result", None), "failures", None))
        reports = sanitizer_reports(self.folder)
        if (failed or reports) and os.environ.get("KEEP_FAILED"):
            print("kept: " + self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        # A report of a killed process has no exit code to tell of it.
        self.assertEqual(reports, "")

    def lab(self, **options):
        lab = Lab(self.folder, **options)
        self.labs.append(lab)
        return lab

    def configure(self, lab_url, connector=None, destination=None, store=None, connectors=None, telemetry=None):
        """Writes the configuration; dictionaries are laid over the defaults."""
        one = dict(CONNECTOR, login_url=lab_url, manage_url=lab_url, **(connector or {}))
        whole = {
            "store": dict({"path": self.store}, **(store or {})),
            "telemetry": dict({"listen": "off"}, **(telemetry or {})),
            "connectors": connectors or {"contoso-audit": one},
            "destinations": {"archive": dict({"type": "file", "path": self.output, "format": "ecs", "start": "oldest"},
                                             **(destination or {}))},
        }
        with open(self.configuration, "w") as file:
            json.dump(whole, file, indent=1)  # JSON is YAML

    def change_configuration(self, change):
        """Applies a function to the configuration as a dictionary."""
        with open(self.configuration) as file:
            whole = json.load(file)
        change(whole)
        with open(self.configuration, "w") as file:
            json.dump(whole, file, indent=1)

    def add_destination(self, name, options):
        self.change_configuration(lambda whole: whole["destinations"].update({name: options}))

    def remove_destination(self, name):
        self.change_configuration(lambda whole: whole["destinations"].pop(name))

    def start(self, *arguments, environment=None, prefix=()):
        """`cistern run` in the background; `prefix` is a command that runs it."""
        with open(os.path.join(self.folder, "run.log"), "ab") as log:
            process = subprocess.Popen([*prefix, CISTERN, "run", "-c", self.configuration, *arguments], stdout=log, stderr=log,
                                       stdin=subprocess.DEVNULL, env=dict(os.environ, **(environment or {})))
        self.processes.append(process)
        return process

    def stop(self, process, seconds=60):
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=seconds * (4 if SLOW else 1))
        return process.returncode

    def command(self, *arguments, seconds=120, input=None, environment=None, prefix=()):
        """Runs a command to its end: (exit code, standard output, standard error)."""
        done = subprocess.run([*prefix, CISTERN, *arguments], capture_output=True, text=True, errors="replace",
                              timeout=seconds * (4 if SLOW else 1), input=input, env=dict(os.environ, **(environment or {})))
        self.assertEqual(reports_in(done.stderr), "")
        return done.returncode, done.stdout, done.stderr

    def log_text(self):
        with open(os.path.join(self.folder, "run.log"), errors="replace") as file:
            return file.read()

    def status(self):
        code, out, _ = self.command("status", "-c", self.configuration, "--json")
        return json.loads(out) if code == 0 else None

    def complete_through(self, moment):
        """Whether every stream of every connector is complete up to the moment (epoch seconds)."""
        status = self.status()
        if not status:
            return False
        for connector in status["connectors"]:
            for stream in connector["streams"]:
                if stream["state"] in ("stopped", "login refused", "permission missing"):
                    continue
                if "through" not in stream or instant(stream["through"]) < moment:
                    return False
        return True

    def stored(self):
        """The newest sequence that the running process has stored."""
        return (self.status() or {}).get("store", {}).get("last_sequence", 0)

    def words(self, name="contoso-audit"):
        """What status says of the connector, as text to look into."""
        for connector in (self.status() or {}).get("connectors", []):
            if connector["name"] == name:
                return connector["words"] + " " + json.dumps(connector, ensure_ascii=False)
        return ""

    def destination(self, name="archive"):
        for one in (self.status() or {}).get("destinations", []):
            if one["name"] == name:
                return one
        return {}

    def everything_delivered(self):
        destinations = (self.status() or {}).get("destinations", [])
        return bool(destinations) and all(one["backlog"] == 0 for one in destinations)

    def run_until_words(self, *parts, seconds=30, **options):
        process = self.start(**options)
        wait_for(lambda: all(part in self.words() for part in parts), seconds,
                 lambda: "status says %s, not %s" % (parts, self.words()))
        return process

    def collect_everything(self, lab, seconds=120):
        """Freezes the lab and lets a run store and deliver all that it has."""
        lab.freeze()
        moment = time.time()
        process = self.start()
        # The margin leaves time for a sweep, which finds what was published late.
        wait_for(lambda: process.poll() is not None or (self.complete_through(moment + 6) and self.everything_delivered()),
                 seconds, lambda: "complete: " + str(self.status()))
        self.assertIsNone(process.poll(), self.log_text()[-3000:])
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])

    def proof(self, lab, outputs=None, **options):
        arguments = ["lab", "verify", "--lab", lab.url, "--store", self.store, "--json"]
        for path in [self.output] if outputs is None else outputs:
            arguments += ["--output", path]
        for name, value in options.items():
            arguments += ["--" + name.replace("_", "-"), str(value)]
        code, out, err = self.command(*arguments, seconds=1800 if LONG else 300)
        self.assertIn(code, (0, 1), err)
        return json.loads(out)

    def assert_clean(self, proof):
        short = {key: value for key, value in proof.items() if key != "findings"}
        self.assertEqual((proof["lost"], proof["repeated"], proof["altered"]), (0, 0, 0), "%s %s" % (short, proof["findings"][:5]))
        self.assertGreater(proof["owed"], 0)
        self.assertEqual(proof["owed"], proof["delivered"], short)


def instant(text):
    """Epoch seconds of an RFC 3339 text in UTC."""
    match = re.match(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?Z$", text)
    import calendar
    return calendar.timegm(tuple(int(part) for part in match.groups()[:6])) + float(match.group(7) or 0)
