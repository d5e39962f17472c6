"""Seven days of backfill with late, duplicate and expired content: the coverage report names exactly
the planted gaps, and everything else is stored once."""
import json
import time
import unittest

from harness import ProgramTest, instant, wait_for


class Coverage(ProgramTest):
    def test_seven_days_name_exactly_the_planted_gaps(self):
        lab = self.lab(faults="ordinary", history="7d", history_per_hour=120, live_per_second=5, planted_gaps=4)
        self.configure(lab.url)
        self.collect_everything(lab, seconds=240)
        self.assert_clean(self.proof(lab, settle="0s"))

        planted = set()
        for line in lab.get("/lab/truth").decode().splitlines():
            row = json.loads(line)
            if row.get("kind") == "gap":
                planted.add(row["content_id"])
        self.assertEqual(len(planted), 4)

        code, out, err = self.command("coverage", "-c", self.configuration, "--json")
        self.assertEqual(code, 1, "a gap is a finding: " + err)
        report = json.loads(out)
        named = {gap["item"] for stream in report["streams"] for gap in stream["gaps"] if gap["kind"] == "lost"}
        self.assertEqual(named, planted)
        others = [gap for stream in report["streams"] for gap in stream["gaps"] if gap["kind"] != "lost"]
        self.assertEqual(others, [])
        for stream in report["streams"]:
            for gap in stream["gaps"]:
                self.assertTrue(gap["reason"])
        self.assert_hours(report, planted)
        self.assert_verified(planted)

    def assert_hours(self, report, planted):
        """Each hour of the week has a state; those with a planted gap name it, and only those are gaps."""
        named = set()
        for stream in report["streams"]:
            spans = stream["hours"]
            self.assertTrue(spans, stream["stream"])
            for before, after in zip(spans, spans[1:]):
                self.assertEqual(before["to"], after["from"], "no hour is left out")
            self.assertTrue(any(span["state"] == "whole" for span in spans))
            for span in spans:
                self.assertIn(span["state"], ("whole", "filling", "gap", "no data expected"))
                if span["state"] == "gap":
                    self.assertTrue(span["items"], span)
                    self.assertTrue(span["reason"], span)
                    named.update(span["items"])
        self.assertEqual(named, planted)

        # A window without any of them is whole, and says so with its exit code.
        gaps = [span for stream in report["streams"] for span in stream["hours"] if span["state"] == "gap"]
        first = min(gaps, key=lambda span: span["from"])
        code, out, _ = self.command("coverage", "-c", self.configuration, "--json", "--to", first["from"])
        self.assertEqual(code, 0, out[:2000])
        code, out, _ = self.command("coverage", "-c", self.configuration, "--from", first["from"], "--to", first["to"])
        self.assertEqual(code, 1, out[:2000])
        self.assertIn(first["items"][0], out)

    def assert_verified(self, planted):
        """The vendor is asked again: what it lists is stored, or known as lost."""
        code, out, err = self.command("coverage", "-c", self.configuration, "--verify", "--from", "7d", "--json", seconds=200)
        report = json.loads(out)
        found = {finding["item"]: finding["standing"] for one in report["connectors"] for finding in one["findings"]}
        self.assertGreater(report["connectors"][0]["counts"].get("stored", 0), 100, err)
        self.assertTrue(set(found) <= planted, found)
        self.assertTrue(all(standing == "lost" for standing in found.values()), found)
        self.assertEqual(code, 1 if found else 0)

    def test_without_gaps_everything_is_whole(self):
        lab = self.lab(faults="calm", history="2d", history_per_hour=60, live_per_second=5)
        self.configure(lab.url)
        self.collect_everything(lab)
        code, out, _ = self.command("coverage", "-c", self.configuration)
        self.assertEqual(code, 0, out)
        self.assertIn("none", out)
        self.assertIn("  whole", out)

    def test_verify_names_what_the_store_does_not_have(self):
        lab = self.lab(faults="calm", history="12h", history_per_hour=60, live_per_second=5)
        self.configure(lab.url)
        self.collect_everything(lab)
        # Another store begins now: what the vendor still lists of the time before was never asked for.
        self.store = self.store + "-late"
        self.configure(lab.url, connector={"backfill": "2h"})
        process = self.start()
        wait_for(lambda: self.complete_through(time.time() - 30), 60, "the second store is filled")
        self.assertEqual(self.stop(process), 0)
        code, out, err = self.command("coverage", "-c", self.configuration, "--verify", "--from", "12h", "--json")
        self.assertEqual(code, 1, err)
        findings = json.loads(out)["connectors"][0]["findings"]
        self.assertTrue(findings)
        self.assertEqual({finding["standing"] for finding in findings}, {"missing"})
        code, out, err = self.command("coverage", "-c", self.configuration, "--verify", "--from", "90m")
        self.assertEqual(code, 0, out + err)

    def test_explain_tells_the_whole_way(self):
        lab = self.lab(faults="calm", history="6h", history_per_hour=60, live_per_second=5)
        self.configure(lab.url)
        self.collect_everything(lab)
        with open(self.output) as file:
            document = json.loads(file.readline())
        code, out, err = self.command("explain", "-c", self.configuration, document["cistern"]["id"], "--json")
        self.assertEqual(code, 0, err)
        story = json.loads(out)
        self.assertEqual(story["sequence"], document["cistern"]["sequence"])
        self.assertEqual(story["read"]["item"], story["meta"]["blob"])
        self.assertIn("/activity/feed/audit/" + story["meta"]["blob"], story["read"]["facts"]["request"])
        self.assertEqual(story["read"]["blob"]["state"], "whole")
        self.assertEqual(story["read"]["window"]["state"], "whole")
        self.assertLessEqual(story["commit"]["first"], story["sequence"])
        self.assertGreaterEqual(story["commit"]["last"], story["sequence"])
        self.assertTrue(story["mapping_version"])
        (archive,) = story["destinations"]
        self.assertEqual((archive["destination"], archive["standing"]), ("archive", "confirmed"))
        self.assertGreaterEqual(instant(archive["at"]), instant(story["commit"]["written"]))
        self.assertLessEqual(instant(archive["at"]), time.time())
        code, out, _ = self.command("explain", "-c", self.configuration, str(story["sequence"]))
        self.assertEqual(code, 0)
        self.assertIn("confirmed at " + archive["at"], out)
        self.assertNotIn("lab-secret", out)


if __name__ == "__main__":
    unittest.main()
