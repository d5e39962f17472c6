"""The process killed at random moments, under faults drawn from a seed, while the vendor goes away and comes back:
nothing is lost, repeated or altered."""
import os
import random
import time
import unittest

from harness import CISTERN, LONG, SLOW, ProgramTest
from moments import Moments

# The parts run beside each other, each with a store and a vendor of its own.
PARTS = 4
PART = int(os.environ.get("CISTERN_PART", 0))
KILLS = int(os.environ.get("CISTERN_KILLS", (10000 if LONG else 40 if SLOW else 500) // PARTS))
SEED = int(os.environ.get("CISTERN_SEED", int(time.time()) * PARTS + PART))


class Kills(ProgramTest):
    def test_random_kills_lose_and_repeat_nothing(self):
        repeat = "CISTERN_SEED=%d CISTERN_KILLS=%d CISTERN=%s python3 -B %s" % (SEED, KILLS, CISTERN, os.path.abspath(__file__))
        print("seed %d, %d kills" % (SEED, KILLS))
        try:
            self.kill_and_compare(random.Random(SEED))
        except AssertionError as error:
            raise AssertionError("%s\nrepeat with: %s" % (error, repeat)) from error

    def kill_and_compare(self, chance):
        lab = self.lab(faults="hostile", history="2d", history_per_hour=800, live_per_second=100, seed=SEED % 100000,
                       state=os.path.join(self.folder, "lab.state"))
        self.configure(lab.url, destination={"rotate_size": "4MiB"})
        began = time.monotonic()
        moments = Moments(chance)
        restarts = 0
        for _ in moments.times(KILLS):
            before = self.store_bytes()
            process = self.start()
            # One restart of the vendor in 25 kills: while the process runs, in order or by a kill.
            if chance.random() < 0.04:
                time.sleep(moments.next() / 2)
                lab.restart(hard=chance.random() < 0.5, pause=chance.uniform(0, 0.3))
                restarts += 1
            # The moment of the kill is the experiment; nothing is waited for.
            time.sleep(moments.next())
            self.assertIsNone(process.poll(), self.log_text()[-3000:])
            process.kill()
            process.wait()
            moments.note(self.store_bytes() != before)
        print("%d kills in %.0f s, %d after something was stored, %d restarts of the vendor"
              % (len(moments.stored), time.monotonic() - began, sum(moments.stored), restarts))
        self.assertTrue(moments.meaningful(), "the kills came too early to show anything")
        lab.restart(hard=True)
        # A hostile vendor asks to wait for minutes; the rest is collected from a calm one.
        lab.silence()
        self.collect_everything(lab, seconds=240)
        self.assert_clean(self.proof(lab, outputs=self.outputs(), settle="0s"))
        code, out, err = self.command("store", "verify", "--path", self.store)
        self.assertEqual(code, 0, out + err)

    def outputs(self):
        return sorted(os.path.join(self.folder, name) for name in os.listdir(self.folder) if name.startswith("events.ndjson"))

    def store_bytes(self):
        journal = os.path.join(self.store, "journal")
        return sum(entry.stat().st_size for entry in os.scandir(journal)) if os.path.isdir(journal) else 0


if __name__ == "__main__":
    unittest.main()
