"""The process killed at random moments while Umbrella's bucket throttles, cuts bodies and shows objects late: nothing is lost
or repeated, in the store and in the file; also not where the kill came in the middle of a large object."""
import os
import random
import time
import unittest

from harness import CISTERN, LONG, SLOW
from moments import Moments
from umbrella import UmbrellaTest

# The parts run beside each other, each with a store and a vendor of its own.
PARTS = 4
PART = int(os.environ.get("CISTERN_PART", 0))
KILLS = int(os.environ.get("CISTERN_KILLS", (2000 if LONG else 40 if SLOW else 200) // PARTS))
SEED = int(os.environ.get("CISTERN_SEED", int(time.time()) * PARTS + PART))
# Some 30 MB of rows: several commits for one object, and several pieces of the larger ones.
LARGE_ROWS = 30000 if SLOW else 150000


class UmbrellaKills(UmbrellaTest):
    def test_random_kills_lose_and_repeat_nothing(self):
        repeat = "CISTERN_SEED=%d CISTERN_KILLS=%d CISTERN_PART=%d CISTERN=%s python3 -B %s" % (
            SEED, KILLS, PART, CISTERN, os.path.abspath(__file__))
        print("seed %d, %d kills" % (SEED, KILLS))
        try:
            self.kill_and_compare(random.Random(SEED))
        except AssertionError as error:
            raise AssertionError("%s\nrepeat with: %s" % (error, repeat)) from error

    def kill_and_compare(self, chance):
        # One part reads by listing and queue, the others by listing alone.
        queue = PART == 3
        lab = self.umbrella_lab(["dnslogs", "firewalllogs", "auditlogs"], faults="hostile", seed=SEED % 100000,
                                umbrella_history="2h", umbrella_rows_per_hour=3000, umbrella_live_per_second=150,
                                umbrella_large_rows=LARGE_ROWS, umbrella_schema=(13, 8, 16, 4)[PART])
        # A killed receiver's messages are out of sight for no longer than this.
        self.settings(lab, max_keys=7, visibility=5)
        if queue:
            self.configure_own(lab, queue=True)
        else:
            self.configure_umbrella(lab.url)
        began = time.monotonic()
        # Folders, a listing and an object come before the first commit.
        moments = Moments(chance, starting=(0.2, 0.0, 0.3), working=(0.4, 2.0))
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
        if queue:
            self.collect_from_queue(lab, seconds=240)
        else:
            self.collect_everything(lab, seconds=240)
        self.assert_clean(self.proof(lab, settle="0s"))
        code, out, err = self.command("store", "verify", "--path", self.store)
        self.assertEqual(code, 0, out + err)


if __name__ == "__main__":
    unittest.main()
