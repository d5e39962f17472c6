"""Builds the Debian package and lives its life on throw-away machines: see scenario.py."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
CISTERN = os.environ["CISTERN"]
BUILD = os.environ["CISTERN_BUILD_DIR"]


def package(*arguments):
    done = subprocess.run([os.path.join(SOURCE, "scripts/package"), "--build-dir", BUILD, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout.strip()


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="cistern-package-")
        os.chmod(cls.folder, 0o755)
        shutil.move(package("--into", cls.folder), os.path.join(cls.folder, "first.deb"))
        shutil.move(package("--into", cls.folder, "--version", "99.0.0"), os.path.join(cls.folder, "second.deb"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def field(self, name):
        return subprocess.check_output(["dpkg-deb", "-f", os.path.join(self.folder, "first.deb"), name], text=True).strip()

    def test_names_what_it_needs(self):
        self.assertEqual(self.field("Package"), "cistern")
        for needed in ("libc6 ", "libcurl4", "libssl3", "libsimdjson", "libsqlite3-0", "libzstd1", "adduser"):
            self.assertIn(needed, self.field("Depends"))

    def test_carries_the_configuration_as_one_and_nothing_of_the_build(self):
        deb = os.path.join(self.folder, "first.deb")
        configuration = subprocess.check_output(["dpkg-deb", "--info", deb, "conffiles"], text=True)
        self.assertEqual(configuration.split(), ["/etc/cistern/cistern.yaml"])
        rows = subprocess.check_output(["dpkg-deb", "-c", deb], text=True).splitlines()
        for row in rows:
            self.assertIn("root/root", row)
            if row.startswith("-"):
                self.assertNotRegex(row.split()[5], r"^\./(usr/)?(include|local|lib/(?!systemd))|\.a$|\.hpp$")

    def live(self, mode):
        reason = machine.why_not(mode)
        if reason:
            self.skipTest(reason)
        folder = os.path.join(self.folder, mode)
        os.mkdir(folder, 0o755)
        for name in ("first.deb", "second.deb"):
            os.link(os.path.join(self.folder, name), os.path.join(folder, name))
        shutil.copy(CISTERN, os.path.join(folder, "cistern"))
        shutil.copy(os.path.join(HERE, "scenario.py"), folder)
        code, said = machine.run(mode, folder, 600)
        if code is None and mode == "boot" and not os.path.exists(os.path.join(folder, "out.txt")):
            self.skipTest("systemd does not start in a namespace here: " + said[-300:])
        self.assertEqual(code, 0, said[-6000:])
        sys.stderr.write(said[said.rfind("Ran "):])

    def test_lives_with_systemd(self):
        self.live("boot")

    def test_lives_without_systemd(self):
        self.live("plain")


if __name__ == "__main__":
    unittest.main()
