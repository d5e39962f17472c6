"""The process killed at random moments while Falcon's streams break off, end, are refused and delivered again: nothing is
lost or repeated, in the store and in the file."""
import os
import random
import time
import unittest

from falcon import FalconTest
from harness import CISTERN, LONG, SLOW
from moments import Moments

# The parts run beside each other, each with a store and a vendor of its own.
PARTS = 4
PART = int(os.environ.get("CISTERN_PART", 0))
KILLS = int(os.environ.get("CISTERN_KILLS", (2000 if LONG else 40 if SLOW else 200) // PARTS))
SEED = int(os.environ.get("CISTERN_SEED", int(time.time()) * PARTS + PART))


class FalconKills(FalconTest):
    def test_random_kills_lose_and_repeat_nothing(self):
        repeat = "CISTERN_SEED=%d CISTERN_KILLS=%d CISTERN=%s python3 -B %s" % (SEED, KILLS, CISTERN, os.path.abspath(__file__))
        print("seed %d, %d kills" % (SEED, KILLS))
        try:
            self.kill_and_compare(random.Random(SEED))
        except AssertionError as error:
            raise AssertionError("%s\nrepeat with: %s" % (error, repeat)) from error

    def kill_and_compare(self, chance):
        lab = self.falcon_lab(faults="hostile", history="2d", falcon_history_per_hour=600, falcon_live_per_second=150,
                              falcon_partitions=3, seed=SEED % 100000)
        self.settings(lab, keep_alive=1)
        self.configure_falcon(lab.url)
        began = time.monotonic()
        moments = Moments(chance, starting=(0.2, 0.0, 0.15), working=(0.15, 0.8))
        for number in moments.times(KILLS):
            before = self.store_bytes()
            # A label of its own each time: the vendor may hold that of a killed process for a while.
            self.change_configuration(lambda whole: whole["connectors"]["falcon"].update({"app_id": "cistern%d" % number}))
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
        self.change_configuration(lambda whole: whole["connectors"]["falcon"].update({"app_id": "cisternlast"}))
        self.collect_everything(lab, seconds=240)
        self.assert_clean(self.proof(lab, settle="0s"))
        code, out, err = self.command("store", "verify", "--path", self.store)
        self.assertEqual(code, 0, out + err)

    def store_bytes(self):
        journal = os.path.join(self.store, "journal")
        return sum(entry.stat().st_size for entry in os.scandir(journal)) if os.path.isdir(journal) else 0


if __name__ == "__main__":
    unittest.main()
