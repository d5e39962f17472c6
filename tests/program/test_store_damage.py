"""A store that lost its index or its tail starts by itself, fetches again what it lost, repeats nothing."""
import glob
import json
import os
import random
import unittest

from harness import SLOW, ProgramTest, wait_for


class StoreDamage(ProgramTest):
    def collect_some(self, lab):
        process = self.start()
        wait_for(lambda: process.poll() is not None or (self.status() or {}).get("store", {}).get("last_sequence", 0) > 2000, 60, "some events are stored")
        self.assertIsNone(process.poll(), self.log_text()[-3000:])
        process.kill()
        process.wait()

    def prepare(self):
        lab = self.lab(faults="calm", history="1d", history_per_hour=400, live_per_second=50)
        self.configure(lab.url)
        self.collect_some(lab)
        return lab

    def test_a_deleted_index_is_rebuilt(self):
        lab = self.prepare()
        for path in glob.glob(self.store + "/index.db*"):
            os.unlink(path)
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_a_cut_tail_is_fetched_again(self):
        lab = self.prepare()
        chance = random.Random(7)
        for cut in [1, 4096] + [chance.randint(2, 4095) for _ in range(3 if SLOW else 10)]:
            segment = sorted(glob.glob(self.store + "/journal/*.ndjson.zst"))[-1]
            size = os.path.getsize(segment)
            with open(segment, "r+b") as file:
                file.truncate(max(0, size - cut))
            process = self.start()
            wait_for(lambda: process.poll() is not None or self.status(), 30, "it starts with %d bytes cut" % cut)
            self.assertIsNone(process.poll(), self.log_text()[-3000:])
            process.kill()
            process.wait()
        # The file may hold events of the cut groups: they come again into the store, and once more
        # into the file under the same identity, because the store had forgotten them.
        self.collect_everything(lab)
        # What the disk lost is named, and nothing else is wrong.
        report = json.loads(self.command("store", "verify", "--path", self.store, "--json")[1])
        self.assertEqual([problem for problem in report["problems"] if "missing" not in problem], [])
        self.assertEqual(report["repeated_identities"], 0)
        proof = self.proof(lab, outputs=[], settle="0s")
        self.assertEqual((proof["lost"], proof["repeated"], proof["altered"]), (0, 0, 0), proof)


if __name__ == "__main__":
    unittest.main()
