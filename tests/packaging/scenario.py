"""The life of the Debian package on a throw-away machine, as root: install, configure, start, reload,
crash, upgrade, remove, install again, purge. Runs with systemd and without.

/mnt holds first.deb and second.deb (a higher version) and the program as `cistern`.
"""
import grp
import json
import os
import pwd
import signal
import stat
import subprocess
import time
import unittest

SYSTEMD = os.path.isdir("/run/systemd/system")
CONFIGURATION = "/etc/cistern/cistern.yaml"
OUTPUT = "/var/log/cistern/audit.ndjson"
KEEP_OLD = "--force-confold"


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not within %d s: %s" % (seconds, what))
        time.sleep(0.05)


def call(*command):
    """(exit code, both outputs)"""
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def rights(path):
    entry = os.stat(path)
    return "%s:%s %04o" % (pwd.getpwuid(entry.st_uid).pw_name, grp.getgrgid(entry.st_gid).gr_name, stat.S_IMODE(entry.st_mode))


def user_exists():
    try:
        pwd.getpwnam("cistern")
        return True
    except KeyError:
        return False


def lines():
    try:
        with open(OUTPUT, "rb") as file:
            return sum(1 for _ in file)
    except FileNotFoundError:
        return 0


def process_facts(pid):
    with open("/proc/%d/status" % pid) as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


class Service:
    """The service as systemd runs it, or, without systemd, its command as its user."""

    process = None

    def start(self):
        if SYSTEMD:
            code, said = call("systemctl", "start", "cistern")
            assert code == 0, said + call("journalctl", "-u", "cistern", "--no-pager", "-n", "30")[1]
            return
        with open("/usr/lib/systemd/system/cistern.service") as file:
            command = next(line for line in file if line.startswith("ExecStart=")).split("=", 1)[1].split()
        with open("/mnt/run.log", "ab") as log:
            self.process = subprocess.Popen(command, user="cistern", group="cistern", extra_groups=[], umask=0o077,
                                            cwd="/var/lib/cistern", stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def stop(self):
        if SYSTEMD:
            return call("systemctl", "stop", "cistern")[0]
        self.process.terminate()
        return self.process.wait(timeout=60)

    def pid(self):
        if not SYSTEMD:
            return self.process.pid if self.process and self.process.poll() is None else 0
        return int(call("systemctl", "show", "-p", "MainPID", "--value", "cistern")[1])

    def active(self):
        return call("systemctl", "is-active", "cistern")[0] == 0 if SYSTEMD else bool(self.pid())


class Life(unittest.TestCase):
    """One test after the other, in the order of their numbers, on one machine."""

    service = Service()
    lab = None
    lab_url = ""

    def dpkg(self, *arguments):
        code, said = call("dpkg", *arguments)
        self.assertEqual(code, 0, said)
        return said

    def configure(self):
        """The shipped example with the lab's addresses and everything from the start."""
        with open(CONFIGURATION) as file:
            text = file.read()
        text = text.replace("tenant: contoso.onmicrosoft.com", "tenant: contoso1.onmicrosoft.com\n    login_url: %s\n"
                            "    manage_url: %s\n    poll_interval: 1s\n    sweep_interval: 5s\n    requests_per_minute: 60000"
                            % (self.lab_url, self.lab_url))
        text = text.replace("client_id: a6099727-0000-4000-8000-509acc563000", "client_id: aaaaaaaa-0000-4000-8000-000000000001")
        head, _, _ = text.partition("    rotate_size")
        with open(CONFIGURATION, "w") as file:
            file.write(head + "    start: oldest\n")
        code, said = call("sh", "-c", "printf lab-secret | install -o root -g cistern -m 0640 /dev/stdin "
                                      "/etc/cistern/secrets/contoso-audit")
        self.assertEqual(code, 0, said)

    def grows(self):
        before = lines()
        wait_for(lambda: lines() > before, 60, "more events than %d; %s" % (before, self.words()))

    def words(self):
        return call("cistern", "status")[1]

    @classmethod
    def tearDownClass(cls):
        if cls.lab:
            cls.lab.kill()
            cls.lab.wait()

    def test_01_installs_and_says_what_is_to_be_done(self):
        said = self.dpkg("-i", "/mnt/first.deb")
        self.assertIn("next step:", said)
        self.assertEqual(rights("/etc/cistern"), "root:cistern 0750")
        self.assertEqual(rights("/etc/cistern/secrets"), "root:cistern 2750")
        self.assertEqual(rights(CONFIGURATION), "root:cistern 0640")
        self.assertEqual(rights("/var/lib/cistern"), "cistern:cistern 0700")
        self.assertEqual(rights("/var/log/cistern"), "cistern:cistern 0750")
        self.assertEqual(pwd.getpwnam("cistern").pw_shell, "/usr/sbin/nologin")
        for path in ("man/man1/cistern.1.gz", "man/man5/cistern.yaml.5.gz", "bash-completion/completions/cistern",
                     "doc/cistern/copyright", "doc/cistern/examples/microsoft-365.yaml"):
            self.assertTrue(os.path.exists("/usr/share/" + path), path)
        if SYSTEMD:
            self.assertFalse(self.service.active())
            self.assertNotEqual(call("systemctl", "is-enabled", "cistern")[0], 0)

    def test_02_the_example_lacks_only_the_secret(self):
        code, said = call("cistern", "check")
        self.assertEqual(code, 1, said)
        self.assertIn("/etc/cistern/secrets/contoso-audit", said)
        for line in said.splitlines():
            if line.startswith("error:"):
                self.assertIn("secret", line)

    def test_03_starts_and_collects(self):
        with open("/mnt/lab.log", "wb") as log:
            Life.lab = subprocess.Popen(["/mnt/cistern", "lab", "--port", "0", "--port-file", "/run/lab.port", "--history", "6h",
                                         "--requests-per-minute", "0", "--faults", "calm"], stdout=log, stderr=log)
        wait_for(lambda: os.path.exists("/run/lab.port"), 30, "the lab listens")
        with open("/run/lab.port") as file:
            Life.lab_url = "http://127.0.0.1:" + file.read().strip()
        self.configure()
        self.assertEqual(call("cistern", "check")[0], 0, call("cistern", "check")[1])
        if SYSTEMD:
            # The unit's own times are minutes.
            os.makedirs("/etc/systemd/system/cistern.service.d")
            with open("/etc/systemd/system/cistern.service.d/test.conf", "w") as file:
                file.write("[Service]\nRestartSec=100ms\nWatchdogSec=4s\nTimeoutAbortSec=1s\n")
            self.assertEqual(call("systemctl", "daemon-reload")[0], 0)
            self.assertEqual(call("systemctl", "enable", "cistern")[0], 0)
        self.service.start()
        self.grows()
        self.assertEqual(rights("/var/lib/cistern/control.sock").split()[1], "0600")
        for name in os.listdir("/var/lib/cistern"):
            self.assertTrue(rights("/var/lib/cistern/" + name).startswith("cistern:cistern"), name)

    @unittest.skipUnless(SYSTEMD, "there is no systemd in this machine")
    def test_04_runs_locked_in(self):
        facts = process_facts(self.service.pid())
        self.assertEqual(facts["Uid"].split()[0], str(pwd.getpwnam("cistern").pw_uid))
        self.assertEqual(int(facts["CapBnd"].strip(), 16), 0)
        self.assertEqual(facts["NoNewPrivs"].strip(), "1")
        self.assertEqual(facts["Seccomp"].strip(), "2")
        shown = call("systemctl", "show", "-p", "StatusText", "--value", "cistern")[1].strip()
        self.assertNotEqual(shown, "")

    @unittest.skipUnless(SYSTEMD, "there is no systemd in this machine")
    def test_05_reloads_and_refuses_a_bad_file(self):
        before = self.service.pid()
        code, said = call("systemctl", "reload", "cistern")
        self.assertEqual(code, 0, said)
        with open(CONFIGURATION) as file:
            good = file.read()
        with open(CONFIGURATION, "a") as file:
            file.write("\nno_such_part: 1\n")
        self.assertNotEqual(call("systemctl", "reload", "cistern")[0], 0)
        with open(CONFIGURATION, "w") as file:
            file.write(good)
        self.assertEqual(self.service.pid(), before)
        self.grows()

    @unittest.skipUnless(SYSTEMD, "there is no systemd in this machine")
    def test_06_is_started_again_after_a_kill_and_when_it_hangs(self):
        for number in (signal.SIGKILL, signal.SIGSTOP):
            before = self.service.pid()
            os.kill(before, number)
            wait_for(lambda: self.service.active() and self.service.pid() not in (0, before), 60, "another process")
            self.grows()

    def test_07_a_look_as_root_spoils_nothing(self):
        self.service.stop()
        for command in (["status"], ["coverage"], ["store", "verify"]):
            call("cistern", *command)
        strangers = [name for name in os.listdir("/var/lib/cistern") if not rights("/var/lib/cistern/" + name).startswith("cistern:")]
        self.assertEqual(strangers, [])
        self.service.start()
        self.grows()

    def test_08_upgrades_with_data_and_configuration_kept(self):
        before, count = self.service.pid(), lines()
        if not SYSTEMD:
            self.service.stop()
        with open(CONFIGURATION) as file:
            text = file.read()
        self.dpkg("-i", "/mnt/second.deb")
        self.assertNotEqual(call("dpkg-query", "-W", "-f", "${Version}", "cistern")[1], "0.1.0")
        with open(CONFIGURATION) as file:
            self.assertEqual(file.read(), text)
        self.assertEqual(rights(CONFIGURATION), "root:cistern 0640")
        if not SYSTEMD:
            self.service.start()
        wait_for(self.service.active, 30, "the new program runs")
        self.assertNotEqual(self.service.pid(), before)
        self.assertGreaterEqual(lines(), count)
        self.grows()

    def test_09_removes_the_program_and_keeps_the_data(self):
        if not SYSTEMD:
            self.service.stop()
        count = lines()
        self.dpkg("-r", "cistern")
        self.assertFalse(os.path.exists("/usr/bin/cistern"))
        self.assertFalse(os.path.exists("/usr/lib/systemd/system/cistern.service"))
        self.assertFalse(os.path.exists("/var/lib/cistern/control.sock"), "a process is left")
        self.assertTrue(os.path.exists(CONFIGURATION))
        self.assertTrue(os.path.exists("/etc/cistern/secrets/contoso-audit"))
        self.assertTrue(os.path.exists("/var/lib/cistern/journal"))
        self.assertGreaterEqual(lines(), count)
        self.assertTrue(user_exists())

    def test_10_installed_again_it_goes_on(self):
        self.dpkg("-i", "/mnt/second.deb")
        if not SYSTEMD:
            self.service.start()
        wait_for(self.service.active, 30, "enabled before the removal, it runs again")
        self.grows()

    def test_11_through_all_of_this_nothing_was_lost_or_repeated(self):
        subprocess.run(["python3", "-c", "import urllib.request as r; r.urlopen(r.Request('%s/lab/freeze', method='POST', data=b'{}'))"
                        % self.lab_url], check=True)
        moment = time.time()

        def complete():
            code, out = call("cistern", "status", "--json")
            if code != 0:
                return False
            streams = [stream for connector in json.loads(out)["connectors"] for stream in connector["streams"]]
            return streams and all(stream["state"] in ("stopped", "login refused", "permission missing") or
                                   stream.get("through", "") >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment + 6))
                                   for stream in streams)

        wait_for(complete, 120, "everything is read")
        self.service.stop()
        code, out = call("cistern", "lab", "verify", "--lab", self.lab_url, "--store", "/var/lib/cistern", "--output", OUTPUT, "--json")
        proof = json.loads(out)
        self.assertEqual((code, proof["lost"], proof["repeated"], proof["altered"]), (0, 0, 0, 0), proof)
        self.assertGreater(proof["owed"], 0)
        self.assertEqual(proof["owed"], proof["delivered"])

    def test_12_purges_everything(self):
        self.dpkg("-P", "cistern")
        left = call("find", "/etc", "/usr/bin", "/usr/lib/systemd", "/usr/share", "/var", "-name", "*cistern*",
                    "-not", "-path", "*/cistern.service.d*")[1].split()
        self.assertEqual(left, [])
        self.assertFalse(user_exists())
        self.assertRaises(KeyError, grp.getgrnam, "cistern")

    def test_13_a_configuration_that_is_there_first_is_used_at_once(self):
        os.makedirs("/etc/cistern/secrets")
        with open("/etc/cistern/secrets/contoso-audit", "w") as file:
            file.write("lab-secret")
        with open(CONFIGURATION, "w") as file:
            json.dump({"store": {"path": "/var/lib/cistern"}, "connectors": {"contoso-audit": {
                "type": "microsoft_365", "tenant": "contoso1.onmicrosoft.com", "login_url": self.lab_url, "manage_url": self.lab_url,
                "client_id": "aaaaaaaa-0000-4000-8000-000000000001", "client_secret": "${file:secrets/contoso-audit}"}},
                "destinations": {"archive": {"type": "file", "path": OUTPUT, "start": "oldest"}}}, file)
        said = self.dpkg(KEEP_OLD, "-i", "/mnt/first.deb")
        self.assertNotIn("next step:", said)
        if SYSTEMD:
            self.assertTrue(self.service.active(), said)
            self.assertEqual(call("systemctl", "is-enabled", "cistern")[0], 0)
            self.grows()
        self.dpkg("-P", "cistern")
        self.assertFalse(self.service.active())

    def test_14_the_program_installs_itself_without_the_package(self):
        code, said = call("/mnt/cistern", "service", "install")
        self.assertEqual(code, 0, said)
        self.assertEqual(rights("/usr/local/bin/cistern"), "root:root 0755")
        self.assertEqual(rights(CONFIGURATION), "root:cistern 0640")
        self.assertEqual(rights("/etc/cistern/secrets"), "root:cistern 2750")
        self.configure()
        with open(CONFIGURATION) as file:
            text = file.read()
        code, said = call("/mnt/cistern", "service", "install")
        self.assertEqual(code, 0, said)
        with open(CONFIGURATION) as file:
            self.assertEqual(file.read(), text)
        if SYSTEMD:
            self.assertEqual(call("systemctl", "enable", "--now", "cistern")[0], 0)
            self.grows()
        code, said = call("/usr/local/bin/cistern", "service", "uninstall")
        self.assertEqual(code, 0, said)
        self.assertFalse(os.path.exists("/usr/local/bin/cistern"))
        self.assertTrue(os.path.exists(CONFIGURATION))
        self.assertFalse(self.service.active())
        code, said = call("/mnt/cistern", "service", "uninstall", "--purge")
        self.assertEqual(code, 0, said)
        for path in ("/etc/cistern", "/var/lib/cistern", "/var/log/cistern", "/etc/systemd/system/cistern.service"):
            self.assertFalse(os.path.exists(path), path)
        self.assertFalse(user_exists())


if __name__ == "__main__":
    unittest.main(failfast=True)
