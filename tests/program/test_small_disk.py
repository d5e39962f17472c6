"""The disk is full for a while, or read-only: cistern says so, waits, goes on by itself, and nothing is lost,
repeated or altered. As an ordinary user the tests run in a user namespace, where they may mount."""
import os
import shutil
import subprocess
import sys
import time
import unittest

from harness import LONG, SLOW, ProgramTest, wait_for

INSIDE = "CISTERN_IN_NAMESPACE"


class SmallDisk(ProgramTest):
    def setUp(self):
        super().setUp()
        if os.getuid() != 0:
            self.skipTest("this user may not mount, not even in a user namespace")
        self.disk = os.path.join(self.folder, "disk")
        os.makedirs(self.disk)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], capture_output=True)

    def mount(self, options):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.disk], capture_output=True).returncode != 0:
            self.skipTest("this machine mounts no tmpfs")

    def fill(self):
        """Leaves about 2 MiB on a disk of 200."""
        with open(os.path.join(self.disk, "ballast"), "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 198 << 20)

    def make_room(self):
        os.unlink(os.path.join(self.disk, "ballast"))

    def test_a_full_store_pauses_and_goes_on(self):
        lab = self.lab(faults="calm", history="1d", history_per_hour=600 if SLOW else 2000, live_per_second=20)
        self.mount("size=200m")
        self.fill()
        self.store = os.path.join(self.disk, "store")
        self.configure(lab.url, store={"path": self.store})
        process = self.start()
        wait_for(lambda: (self.status() or {}).get("store", {}).get("state") == "paused", 60, lambda: "it pauses: %s" % self.status())
        wait_for(lambda: self.words().startswith("paused"), 10, lambda: "the connector says so: " + self.words())
        # Whichever file met it first.
        self.assertRegex(self.words(), "space|full")
        # A minute; shorter here, because nothing in it depends on its length.
        time.sleep(60 if LONG else 3)
        self.assertIsNone(process.poll(), self.log_text()[-2000:])
        at = self.stored()
        self.make_room()
        wait_for(lambda: self.stored() > at + 500, 60, lambda: "it goes on by itself: %s" % self.status())
        wait_for(lambda: self.words().startswith(("catching up", "flowing")), 30, lambda: "and says so: " + self.words())
        self.assertEqual(self.stop(process), 0)
        self.collect_everything(lab, seconds=180)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_a_full_disk_under_a_destination_makes_only_it_wait(self):
        lab = self.lab(faults="calm", history="1d", history_per_hour=600 if SLOW else 2000, live_per_second=20)
        self.mount("size=200m")
        self.fill()
        self.configure(lab.url)
        full = os.path.join(self.disk, "full.ndjson")
        self.add_destination("full", {"type": "file", "path": full, "format": "ecs", "start": "oldest"})
        process = self.start()
        wait_for(lambda: self.destination("full").get("state") == "retrying", 60, lambda: "status says so: %s" % self.destination("full"))
        self.assertEqual(self.destination("full")["failure"]["code"], "file/no-space")
        wait_for(lambda: self.destination("archive")["backlog"] < 100, 60, lambda: "the other one delivers: %s" % self.destination("archive"))
        self.make_room()
        wait_for(lambda: self.destination("full")["state"] == "flowing", 90, lambda: "it goes on by itself: %s" % self.destination("full"))
        self.assertEqual(self.stop(process), 0)
        self.collect_everything(lab, seconds=180)
        for outputs in ([self.output], [full]):
            self.assert_clean(self.proof(lab, outputs=outputs, settle="0s"))

    def test_killed_while_the_disk_is_full(self):
        lab = self.lab(faults="calm", history="1d", history_per_hour=600 if SLOW else 2000, live_per_second=20)
        self.mount("size=200m")
        self.fill()
        self.store = os.path.join(self.disk, "store")
        self.configure(lab.url, store={"path": self.store})
        for _ in range(3):
            process = self.start()
            wait_for(lambda: process.poll() is not None or (self.status() or {}).get("store", {}).get("state") == "paused", 60,
                     lambda: "it pauses: %s" % self.status())
            # On a disk that is full from the start it may end with the reason, or pause.
            if process.poll() is None:
                process.kill()
                process.wait()
            else:
                # By the file system, or by SQLite.
                self.assertRegex(self.log_text().lower(), "no space|disk is full")
        self.make_room()
        self.collect_everything(lab, seconds=180)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_a_read_only_store_is_told(self):
        lab = self.lab(faults="calm", history="3h")
        self.mount("ro")
        self.configure(lab.url, store={"path": os.path.join(self.disk, "store")})
        code, _, err = self.command("run", "-c", self.configuration)
        self.assertEqual(code, 4)
        self.assertIn("next step", err)


def prepare():
    """Runs this file again where an ordinary user may mount, if the machine allows it."""
    if os.getuid() == 0 or os.environ.get(INSIDE) or not shutil.which("unshare"):
        return
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*namespace, "true"], capture_output=True).returncode == 0:
        os.environ[INSIDE] = "1"
        os.execvp(namespace[0], [*namespace, sys.executable, "-B", *sys.argv])


if __name__ == "__main__":
    prepare()
    unittest.main()
