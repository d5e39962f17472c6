"""179 days of Duo's logs are read as fast as the vendor allows, and no faster.

The vendor allows two requests a minute for each log, which would take hours; here lab and cistern have the same limit many
times higher. What is measured is how much of what was allowed was used, and how often cistern was told to wait.
"""
import json
import time
import unittest

from cisco_clouds import LATENESS, CiscoCloudsTest
from harness import LONG, SLOW, wait_for

DAYS = 179
# Of each log; the vendor's own is 2, with a burst of 2. A sanitizer needs longer for a page.
ALLOWED = 120 if SLOW else 240
BURST = 4
# The log with the most rows decides how long a backfill takes; of the others the beginning and the end weigh too much.
LONGEST = "/admin/v2/logs/authentication"


class DuoBackfill(CiscoCloudsTest):
    def test_179_days_once_at_the_rate_that_is_allowed(self):
        lab = self.cloud_lab(faults="calm", history="%dd" % DAYS, duo_history_per_hour=400 if LONG else 40, duo_live_per_second=0,
                             duo_crowded_seconds=2)
        lab.post("/lab/duo", {"requests_per_minute": ALLOWED})
        self.configure_duo(lab, lookback="%dd" % DAYS, poll_interval="1h", requests_per_minute=ALLOWED, burst=BURST)
        # With an hour from poll to poll, what becomes readable meanwhile is left to the next: nothing does.
        lab.freeze()
        moment = time.time() - LATENESS
        process = self.start()
        wait_for(lambda: process.poll() is not None or self.complete_through(moment), 1500,
                 lambda: "caught up: " + str(self.status()))
        usage = self.usage(lab)
        self.assertIsNone(process.poll(), self.log_text()[-3000:])
        wait_for(self.everything_delivered, 120, "everything is delivered")
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        proof = self.proof(lab)
        self.assert_clean(proof)
        self.assert_used_what_was_allowed(LONGEST, usage[LONGEST])
        throttled = sum(one["throttled"] for one in usage.values())
        asked = sum(one["requests"] for one in usage.values())
        self.assertLess(throttled, asked * 0.01, usage)
        self.assert_crowds_are_named(proof)

    def assert_used_what_was_allowed(self, path, usage):
        allowed = ALLOWED * usage["over_ms"] / 60000
        used = (usage["requests"] - BURST) / allowed
        print("%s: %d requests, %.0f allowed in %.0f s: %.0f %%, %d throttled"
              % (path, usage["requests"], allowed, usage["over_ms"] / 1000, used * 100, usage["throttled"]))
        self.assertGreaterEqual(used, 0.9, path)

    def assert_crowds_are_named(self, proof):
        """A second with more rows than the older endpoints show is a gap with a name, at the vendor and in the ledger."""
        self.assertEqual(proof["gaps"], 4)
        _, out, err = self.command("coverage", "-c", self.configuration, "--json")
        gaps = {stream["stream"]: stream["gaps"] for stream in json.loads(out)["streams"]}
        for name in ("administrator", "offline_enrollment"):
            self.assertGreaterEqual(len(gaps[name]), 2, out + err)


if __name__ == "__main__":
    unittest.main()
