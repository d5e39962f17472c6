"""The process killed at random moments under faults: nothing lost, repeated or altered."""
import os
import random
import time
import unittest

from harness import LONG, SLOW, ProgramTest

KILLS = int(os.environ.get("CISTERN_KILLS", 10000 if LONG else 25 if SLOW else 200))


class Kills(ProgramTest):
    def test_random_kills_lose_and_repeat_nothing(self):
        seed = int(os.environ.get("CISTERN_SEED", time.time()))
        print("seed %d, %d kills" % (seed, KILLS))
        chance = random.Random(seed)
        lab = self.lab(faults="hostile", history="2d", history_per_hour=600, live_per_second=200, seed=seed % 1000)
        self.configure(lab.url, destination={"rotate_size": "4MiB"})
        for _ in range(KILLS):
            process = self.start()
            # The moment of the kill is the experiment; nothing is waited for.
            time.sleep(chance.uniform(0.02, 1.0) * (3 if SLOW else 1))
            self.assertIsNone(process.poll(), self.log_text()[-3000:])
            process.kill()
            process.wait()
        # A hostile vendor asks to wait for minutes; the rest is collected from a calm one.
        lab.silence()
        self.collect_everything(lab, seconds=240)
        outputs = sorted(os.path.join(self.folder, name) for name in os.listdir(self.folder) if name.startswith("events.ndjson"))
        self.assert_clean(self.proof(lab, outputs=outputs, settle="0s"))
        code, out, err = self.command("store", "verify", "--path", self.store)
        self.assertEqual(code, 0, out + err)


if __name__ == "__main__":
    unittest.main()
