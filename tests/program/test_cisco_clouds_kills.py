"""The process killed at random moments while Duo's and Secure Endpoint's answers break off, fail and come late: nothing is
lost or repeated, in the store and in the file, also where records have no id."""
import os
import random
import time
import unittest

from cisco_clouds import LATENESS, CiscoCloudsTest
from harness import CISTERN, LONG, SLOW
from moments import Moments

# The parts run beside each other, each with a store and a vendor of its own: the even ones of Duo, the odd ones of
# Secure Endpoint.
PARTS = 4
PART = int(os.environ.get("CISTERN_PART", 0))
KILLS = int(os.environ.get("CISTERN_KILLS", (2000 if LONG else 40 if SLOW else 400) // PARTS))
SEED = int(os.environ.get("CISTERN_SEED", int(time.time()) * PARTS + PART))


class CiscoCloudsKills(CiscoCloudsTest):
    def test_random_kills_lose_and_repeat_nothing(self):
        repeat = "CISTERN_PART=%d CISTERN_SEED=%d CISTERN_KILLS=%d CISTERN=%s python3 -B %s" % (
            PART, SEED, KILLS, CISTERN, os.path.abspath(__file__))
        print("%s, seed %d, %d kills" % ("Secure Endpoint" if PART % 2 else "Duo", SEED, KILLS))
        try:
            self.kill_and_compare(random.Random(SEED))
        except AssertionError as error:
            raise AssertionError("%s\nrepeat with: %s" % (error, repeat)) from error

    def duo(self):
        lab = self.cloud_lab(faults="hostile", history="20d", duo_history_per_hour=150, duo_live_per_second=20,
                             seed=SEED % 100000)
        lab.post("/lab/duo", {"lateness": LATENESS})
        self.configure_duo(lab, poll_interval="1s", requests_per_minute=150, burst=4, lookback="21d")
        return lab

    def endpoint(self):
        lab = self.cloud_lab(faults="hostile", history="20d", endpoint_history_per_hour=150, endpoint_live_per_second=20,
                             seed=SEED % 100000)
        self.configure_endpoint(lab, poll_interval="1s", requests_per_minute=3000)
        return lab

    def kill_and_compare(self, chance):
        lab = self.endpoint() if PART % 2 else self.duo()
        began = time.monotonic()
        moments = Moments(chance, starting=(0.2, 0.0, 0.15), working=(0.15, 0.8))
        for _ in moments.times(KILLS):
            before = self.store_bytes()
            process = self.start()
            # The moment of the kill is the experiment; nothing is waited for.
            time.sleep(moments.next())
            self.assertIsNone(process.poll(), self.log_text()[-3000:])
            process.kill()
            process.wait()
            moments.note(self.store_bytes() != before)
        print("%d kills in %.0f s, %d after something was stored" % (len(moments.stored), time.monotonic() - began, sum(moments.stored)))
        self.assertTrue(moments.meaningful(), "the kills came too early to show anything")
        lab.silence()
        self.assert_clean(self.collect_all(lab, seconds=240))
        code, out, err = self.command("store", "verify", "--path", self.store)
        self.assertEqual(code, 0, out + err)

    def store_bytes(self):
        journal = os.path.join(self.store, "journal")
        return sum(entry.stat().st_size for entry in os.scandir(journal)) if os.path.isdir(journal) else 0


if __name__ == "__main__":
    unittest.main()
