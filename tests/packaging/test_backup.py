"""The commands of docs/install.md for a store's backup, taken while cistern runs, and for its return after the disk
was lost: the proof is clean again, because what came after the backup is asked for again."""
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "program"))
from harness import ProgramTest, wait_for  # noqa: E402


class Backup(ProgramTest):
    def setUp(self):
        super().setUp()
        self.backup = os.path.join(self.folder, "backup")

    def shell(self, command):
        done = subprocess.run(["sh", "-ec", command], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def take_backup(self):
        self.shell("mkdir -p %s/journal; cp -au %s/journal/*.ndjson.zst %s/journal/" % (self.backup, self.store, self.backup))

    def dump(self, store):
        code, lines, err = self.command("store", "dump", "--path", store)
        self.assertEqual(code, 0, err)
        return lines.splitlines()

    def lines(self):
        try:
            with open(self.output, "rb") as file:
                return sum(1 for _ in file)
        except FileNotFoundError:
            return 0

    def wait_for_more(self):
        before = self.lines()
        wait_for(lambda: self.lines() > before + 20, 60, "more events")

    def test_taken_while_running_and_brought_back_after_the_disk_was_lost(self):
        lab = self.lab(faults="ordinary", history="12h", history_per_hour=200, live_per_second=30)
        self.configure(lab.url, store={"segment_size": "1MiB"})
        process = self.start()
        self.wait_for_more()
        self.take_backup()
        self.wait_for_more()
        self.take_backup()  # the second one copies only what changed
        code, said, err = self.command("store", "verify", "--path", self.backup)
        self.assertEqual(code, 0, said + err)
        kept = self.dump(self.backup)
        self.assertGreater(len(kept), 20)
        self.wait_for_more()
        process.kill()
        process.wait()
        shutil.rmtree(self.store)
        self.shell("mkdir -m 0700 %s; cp -a %s/journal %s/" % (self.store, self.backup, self.store))
        self.collect_everything(lab)
        self.assertEqual(self.dump(self.store)[:len(kept)], kept)
        self.assert_clean(self.proof(lab))


if __name__ == "__main__":
    unittest.main()
