"""A store that lost its index, its tail or a part of its middle starts by itself, fetches again what it lost, repeats nothing."""
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

    def prepare(self, history_per_hour=400):
        lab = self.lab(faults="calm", history="1d", history_per_hour=history_per_hour, live_per_second=50)
        self.configure(lab.url)
        self.collect_some(lab)
        return lab

    def segments(self):
        return sorted(glob.glob(self.store + "/journal/*.ndjson.zst"))

    def delete_index(self):
        for path in glob.glob(self.store + "/index.db*"):
            os.unlink(path)

    def flip(self, path, at):
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 0x10]))

    def flip_in_the_middle(self):
        """A byte of some group's events, with groups before and behind it."""
        segment = self.segments()[0]
        with open(segment, "rb") as file:
            content = file.read()
        begin = content.find(b"\x28\xb5\x2f\xfd", len(content) // 2)
        self.assertGreater(begin, 0)
        self.flip(segment, begin + 100)

    def coverage(self):
        return json.loads(self.command("coverage", "-c", self.configuration, "--json")[1] or "{}")

    def verified(self):
        code, out, _ = self.command("store", "verify", "--path", self.store, "--json")
        return code, json.loads(out)

    def assert_lost_nothing(self, lab):
        proof = self.proof(lab, outputs=[], settle="0s")
        self.assertEqual((proof["lost"], proof["repeated"], proof["altered"]), (0, 0, 0), proof)
        self.assertGreater(proof["owed"], 2000)
        return proof

    def test_a_deleted_index_is_rebuilt(self):
        lab = self.prepare()
        self.delete_index()
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_a_cut_tail_is_fetched_again(self):
        lab = self.prepare()
        chance = random.Random(7)
        for cut in [1, 4096] + [chance.randint(2, 4095) for _ in range(3 if SLOW else 10)]:
            segment = self.segments()[-1]
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
        report = self.verified()[1]
        self.assertEqual([problem for problem in report["problems"] if "missing" not in problem], [])
        self.assertEqual(report["repeated_identities"], 0)
        self.assert_lost_nothing(lab)

    def run_until_mended(self, found_before=False):
        """Runs until the damage was found, named, and made good; `found_before`: the store knows of it already."""
        process = self.start()

        def mended():
            report = self.coverage()
            missing = report.get("missing")
            return missing and all(stretch["asked_again"] for stretch in missing) and report["whole"]
        wait_for(lambda: process.poll() is not None or mended(), 60, lambda: "mended: %s" % self.coverage())
        self.assertIsNone(process.poll(), self.log_text()[-3000:])
        if not found_before:
            self.assertIn("events are missing in the store", self.log_text())
        self.assertIn("fetched again", self.log_text())
        wait_for(lambda: "microsoft_365/asked-again" not in self.words(), 30, lambda: "the notice ends with the mending: " + self.words())
        self.assertEqual(self.stop(process), 0)

    def assert_mended(self, lab):
        self.collect_everything(lab)
        self.assert_lost_nothing(lab)
        report = self.coverage()
        self.assertTrue(report["whole"], report)
        self.assertEqual(len(report["missing"]), 1, report["missing"])
        states = {span["state"] for stream in report["streams"] for span in stream["hours"]}
        self.assertLessEqual(states, {"whole", "filling", "no data expected"})
        self.assertIn("whole", states)
        self.assertEqual(self.verified()[1]["repeated_identities"], 0)

    def test_damage_in_the_middle_found_at_the_start_is_fetched_again(self):
        lab = self.prepare()
        self.flip_in_the_middle()
        self.delete_index()
        self.run_until_mended()
        self.assert_mended(lab)

    def test_damage_in_the_middle_found_by_a_reader_is_fetched_again(self):
        lab = self.prepare()
        self.flip_in_the_middle()
        # A new destination reads from the oldest event on and meets it; the store's index is sound.
        second = os.path.join(self.folder, "second.ndjson")
        self.add_destination("second", {"type": "file", "path": second, "format": "ecs", "start": "oldest"})
        self.run_until_mended()
        self.assert_mended(lab)
        # It had not got the lost events, so it gets each once.
        self.assert_clean(self.proof(lab, outputs=[second], settle="0s"))

    def test_a_damaged_store_is_verified_dumped_and_repaired_offline(self):
        lab = self.prepare(history_per_hour=1200)  # enough for a file of identities at the end
        self.collect_everything(lab)
        before = self.verified()[1]["events"]
        self.assertTrue(glob.glob(self.store + "/identities/*"))
        self.flip_in_the_middle()
        index = self.store + "/index.db"
        self.flip(index, os.path.getsize(index) // 2)
        for path in glob.glob(self.store + "/identities/*"):
            self.flip(path, os.path.getsize(path) // 2)
        code, report = self.verified()
        self.assertEqual(code, 1)
        self.assertTrue(any(".ndjson.zst" in problem or "group" in problem for problem in report["problems"]), report)
        code, out, err = self.command("store", "dump", "--path", self.store)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertTrue(lines)
        self.assertLess(len(lines), before)
        # It only says what it would do, and then does it.
        code, out, err = self.command("store", "repair", "--path", self.store)
        self.assertEqual(code, 1, err)
        self.assertIn("repeat the command with --yes", out)
        self.assertEqual(self.verified()[0], 1)
        code, out, err = self.command("store", "repair", "--path", self.store, "--yes", "--json")
        self.assertEqual(code, 0, err)
        report = json.loads(out)
        self.assertTrue(report["repaired"])
        self.assertEqual(len(report["missing"]), 1, report)
        self.assertTrue(report["reopened"], "the ledger does not name the contents that are gone")
        gone = report["missing"][0]["to"] - report["missing"][0]["from"] + 1
        code, report = self.verified()
        self.assertEqual([problem for problem in report["problems"] if "missing" not in problem], [])
        self.assertEqual(report["events"], before - gone)
        self.assertEqual(report["repeated_identities"], 0)
        code, out, err = self.command("store", "dump", "--path", self.store)
        self.assertEqual(code, 0, err)
        self.assertEqual(len(out.splitlines()), before - gone)
        # What the repair recorded as lost is asked for by the next run.
        self.run_until_mended(found_before=True)
        self.assert_lost_nothing(lab)

    def test_a_garbled_index_costs_nothing(self):
        lab = self.prepare()
        self.collect_everything(lab)
        events = self.verified()[1]["events"]
        with open(self.store + "/index.db", "wb") as file:
            file.write(b"this is no database" * 1000)
        self.assertEqual(self.verified()[0], 1)
        code, out, err = self.command("store", "repair", "--path", self.store, "--yes")
        self.assertEqual(code, 0, out + err)
        code, report = self.verified()
        self.assertEqual((code, report["problems"], report["events"]), (0, [], events))
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))


if __name__ == "__main__":
    unittest.main()
