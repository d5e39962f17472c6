"""Runs as an ordinary user; what it writes is for that user alone whatever the umask; its control socket takes no
orders from another user."""
import os
import shutil
import stat
import subprocess
import unittest

from harness import CISTERN, ProgramTest, wait_for

NOBODY = 65534
OTHER = 65533


def as_user(user, umask="000"):
    """A command in front of another: as that user, with that umask, and without the superuser's other powers."""
    shell = ["sh", "-c", 'umask %s; exec "$@"' % umask, "sh"]
    if os.getuid() != 0:
        return shell
    return ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups", "--no-new-privs", *shell]


class Permissions(ProgramTest):
    def setUp(self):
        super().setUp()
        if os.getuid() == 0 and not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        # Where the source tree lies, another user may have no way in.
        self.program = os.path.join(self.folder, "cistern")
        shutil.copy(CISTERN, self.program)
        os.chmod(self.program, 0o755)
        os.chmod(self.folder, 0o755)
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        if os.getuid() == 0:
            os.chown(self.home, NOBODY, NOBODY)
        self.store = os.path.join(self.home, "store")
        self.output = os.path.join(self.home, "out", "events.ndjson")

    def run_as(self, user, *arguments, umask="000"):
        done = subprocess.run([*as_user(user, umask), self.program, *arguments], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def start_as(self, user, umask):
        with open(os.path.join(self.folder, "run.log"), "ab") as log:
            process = subprocess.Popen([*as_user(user, umask), self.program, "run", "-c", self.configuration,
                                        "--report", os.path.join(self.home, "report.json")], stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def modes(self):
        """Every file, folder and socket below the store and the output that somebody else could touch."""
        found = []
        for top in (self.store, os.path.dirname(self.output)):
            for folder, folders, files in os.walk(top):
                for path in [folder] + [os.path.join(folder, name) for name in files]:
                    mode = os.lstat(path).st_mode
                    wanted = 0o700 if stat.S_ISDIR(mode) else 0o600
                    if stat.S_IMODE(mode) & ~wanted:
                        found.append("%s %o" % (path, stat.S_IMODE(mode)))
        return found

    def collect_with(self, umask, **options):
        lab = self.lab(faults="calm", history="6h", history_per_hour=300, live_per_second=50)
        self.configure(lab.url, destination=dict({"rotate_size": "1MiB"}, **options))
        os.chmod(self.configuration, 0o644)
        process = self.start_as(NOBODY, umask)
        wait_for(lambda: self.stored() > 1000 or process.poll() is not None, 60, lambda: "it collects: " + self.words())
        self.assertIsNone(process.poll(), self.log_text()[-2000:])
        return process

    def test_files_and_folders_are_for_the_user_alone(self):
        process = self.collect_with("000")
        self.assertEqual(self.modes(), [])
        self.assertEqual(self.stop(process), 0)
        self.assertEqual(self.modes(), [])
        # After a restart, which opens and rotates what is there.
        process = self.start_as(NOBODY, "000")
        wait_for(lambda: self.status(), 30, "it runs")
        self.assertEqual(self.stop(process), 0)
        self.assertEqual(self.modes(), [])
        self.assertTrue(os.listdir(os.path.join(self.store, "journal")))
        self.assertTrue(os.path.exists(self.output))

    def test_compressed_output_as_well(self):
        self.output += ".zst"
        process = self.collect_with("000", compression="zstd")
        self.assertEqual(self.stop(process), 0)
        self.assertEqual(self.modes(), [])

    def test_a_narrow_umask_does_no_harm(self):
        process = self.collect_with("077")
        self.assertEqual(self.stop(process), 0)
        self.assertEqual(self.modes(), [])
        code, out, err = self.run_as(NOBODY, "store", "verify", "--path", self.store, umask="077")
        self.assertEqual(code, 0, out + err)

    def test_no_more_groups_or_powers_are_needed(self):
        process = self.collect_with("022")
        with open("/proc/%d/status" % process.pid) as file:
            facts = dict(line.split(":\t", 1) for line in file if ":\t" in line)
        if os.getuid() == 0:
            self.assertEqual(facts["Uid"].split(), [str(NOBODY)] * 4)
            self.assertEqual(int(facts["CapEff"], 16), 0)
        self.assertEqual(self.stop(process), 0)
        self.assertEqual(self.modes(), [])

    @unittest.skipUnless(os.getuid() == 0, "becoming another user needs root")
    def test_the_control_socket_refuses_another_user(self):
        process = self.collect_with("000")
        # By the modes: another user does not even find it.
        code, out, err = self.run_as(OTHER, "status", "-c", self.configuration)
        self.assertNotEqual(code, 0, out)
        self.assertNotIn("contoso1", out)
        # And by asking who is there, when somebody has opened the folder and the socket for all.
        for path in (self.home, self.store, os.path.join(self.store, "control.sock")):
            os.chmod(path, 0o777)
        code, out, err = self.run_as(OTHER, "status", "-c", self.configuration, "--json")
        self.assertNotEqual(code, 0, out)
        self.assertNotIn("contoso", out)
        self.assertEqual(self.say_as(OTHER, b'{"command":"stop"}\n'), b"")
        self.assertIsNone(process.poll())
        self.assertTrue(self.status(), "root and the user himself are served")
        self.assertEqual(self.run_as(NOBODY, "status", "-c", self.configuration)[0], 0)
        self.assertEqual(self.stop(process), 0)

    def say_as(self, user, line):
        """What the socket answers to a line of another user."""
        script = ("import socket,sys; s=socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1]); "
                  "s.sendall(sys.argv[2].encode()); sys.stdout.buffer.write(s.recv(65536))")
        done = subprocess.run([*as_user(user), shutil.which("python3", path="/usr/bin:/usr/local/bin:" + os.environ["PATH"]), "-c", script,
                               os.path.join(self.store, "control.sock"), line.decode()], capture_output=True, timeout=30)
        return done.stdout

    @unittest.skipUnless(os.getuid() == 0, "becoming another user needs root")
    def test_another_user_cannot_read_the_store(self):
        process = self.collect_with("000")
        self.assertEqual(self.stop(process), 0)
        for words in (["store", "dump", "--path", self.store], ["store", "verify", "--path", self.store], ["coverage", "-c", self.configuration]):
            code, out, err = self.run_as(OTHER, *words)
            self.assertNotEqual(code, 0, words)
            self.assertNotIn("CreationTime", out)

    def test_a_folder_that_is_not_its_own_is_told(self):
        if os.getuid() == 0:
            os.chown(self.home, 0, 0)
        os.chmod(self.home, 0o500)
        self.configure("http://127.0.0.1:9")
        os.chmod(self.configuration, 0o644)
        code, _, err = self.run_as(NOBODY, "run", "-c", self.configuration, "--for", "1s")
        self.assertEqual(code, 4, err)
        self.assertIn("ermission", err)
        self.assertIn("next step", err)


if __name__ == "__main__":
    unittest.main()
