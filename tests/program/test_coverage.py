"""Seven days of backfill with late, duplicate and expired content: the coverage report names exactly
the planted gaps, and everything else is stored once."""
import json
import unittest

from harness import ProgramTest


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

    def test_without_gaps_everything_is_whole(self):
        lab = self.lab(faults="calm", history="2d", history_per_hour=60, live_per_second=5)
        self.configure(lab.url)
        self.collect_everything(lab)
        code, out, _ = self.command("coverage", "-c", self.configuration)
        self.assertEqual(code, 0, out)
        self.assertIn("none", out)


if __name__ == "__main__":
    unittest.main()
