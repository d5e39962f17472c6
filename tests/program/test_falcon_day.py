"""A day of Falcon at a pace of two seconds an hour: sessions that are capped at four hours and die without a refresh every
half hour, access tokens of half an hour, a quiet partition, and an outage in which the vendor forgets events."""
import json
import time
import unittest

from falcon import FalconTest
from harness import SLOW, wait_for

HOUR = 6 if SLOW else 2  # seconds


class FalconDay(FalconTest):
    def test_a_day_equals_the_truth_and_the_forgotten_offsets_are_an_exact_gap(self):
        lab = self.falcon_lab(faults="calm", history="2h", falcon_history_per_hour=300, falcon_live_per_second=20)
        self.settings(lab, token_lifetime=HOUR, refresh_interval=HOUR, session_cap=4 * HOUR, keep_alive=1)
        self.configure_falcon(lab.url)
        began = time.monotonic()
        process = self.start()
        # Twelve hours and more: each of the two streams has reached its cap three times.
        wait_for(lambda: self.opened(lab) >= 8, 40 * HOUR, lambda: "8 streams were opened: %s" % self.feeds(lab))
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        last = self.newest_offset("0")
        # What comes now is forgotten before it is asked for.
        wait_for(lambda: self.feed(lab)["next"] > last + 50, 60, "the vendor has more")
        self.settings(lab, partition=0, expire=True)
        process = self.start()
        wait_for(lambda: self.opened(lab) >= 17, 40 * HOUR, lambda: "9 more were opened: %s" % self.feeds(lab))
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        print("%.0f hours of the vendor in %.0f s" % ((time.monotonic() - began) / HOUR, time.monotonic() - began))
        self.collect_everything(lab, seconds=120)
        proof = self.proof(lab, settle="0s")
        self.assertEqual((proof["lost"], proof["repeated"], proof["altered"]), (0, 0, 0), proof)
        self.assertEqual(proof["owed"], proof["delivered"], proof)
        # To the number: from behind what was stored before to what is stored next. Holes in the numbering are none.
        following = min(offset for offset in self.offsets("0") if offset > last)
        self.assertEqual(self.gaps(), ["0:%d-%d" % (last + 1, following - 1)])

    def opened(self, lab):
        return self.feeds(lab)["streams_opened"]

    def feed(self, lab):
        return next(feed for feed in self.feeds(lab)["feeds"] if feed["feed"] == "0")

    def offsets(self, feed):
        code, out, err = self.command("store", "dump", "--path", self.store)
        self.assertEqual(code, 0, err)
        lines = [json.loads(line) for line in out.splitlines()]
        return [line["raw"]["metadata"]["offset"] for line in lines
                if line.get("meta", {}).get("feed") == feed and "metadata" in line.get("raw", {})]

    def newest_offset(self, feed):
        return max(self.offsets(feed))


if __name__ == "__main__":
    unittest.main()
