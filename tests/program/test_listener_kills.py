"""The process killed at random moments while firewalls and a mail appliance send to it, under faults of theirs: nothing that
was acknowledged is lost (RELP, files by SSH), nothing but the unacknowledged window of RELP is there twice, and of TCP only
the end of a broken connection is missing."""
import os
import random
import time
import unittest

from harness import CISTERN, LONG, SLOW
from moments import Moments
from senders import SendersTest

# The parts run beside each other, each with a store and senders of its own.
PARTS = 4
PART = int(os.environ.get("CISTERN_PART", 0))
KILLS = int(os.environ.get("CISTERN_KILLS", (2000 if LONG else 40 if SLOW else 200) // PARTS))
SEED = int(os.environ.get("CISTERN_SEED", int(time.time()) * PARTS + PART))


class ListenerKills(SendersTest):
    def test_random_kills_lose_nothing_that_was_acknowledged(self):
        repeat = "CISTERN_SEED=%d CISTERN_KILLS=%d CISTERN=%s python3 -B %s" % (SEED, KILLS, CISTERN, os.path.abspath(__file__))
        print("seed %d, %d kills" % (SEED, KILLS))
        try:
            self.kill_and_compare(random.Random(SEED))
        except AssertionError as error:
            raise AssertionError("%s\nrepeat with: %s" % (error, repeat)) from error

    def kill_and_compare(self, chance):
        lab = self.senders_lab(faults="hostile", syslog_per_second=100, mail_history="2h", mail_per_second=4, mail_roll="2s",
                               seed=SEED % 100000)
        self.configure_listeners(lab, rotate_size="8MiB")
        moments = Moments(chance, starting=(0.2, 0.0, 0.15), working=(0.15, 0.9))
        began = time.monotonic()
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
        self.assertTrue(moments.meaningful())
        process = self.start()
        proof = self.take_everything(lab, seconds=300, killed=True)
        self.assertIsNone(process.poll(), self.log_text()[-3000:])
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        self.assert_sent_clean(proof)
        self.assert_losses_are_unread(proof["vendors"])
        code, out, err = self.command("store", "verify", "--path", self.store)
        self.assertEqual(code, 0, out + err)

    def assert_losses_are_unread(self, vendors):
        for name in ("TCP", "TLS"):
            share = vendors["Syslog over " + name]
            print("%s: sent %d, unread %d, the oldest for %d ms" % (name, share["sent"], share["unread"], share["oldest_unread_ms"]))
            # A commit takes a fraction of a second; what was sent long before a kill has been read and kept.
            self.assertLess(share["oldest_unread_ms"], (40 if SLOW else 10) * 1000)
        relp = vendors["Syslog over RELP"]
        print("RELP: sent %d, twice %d" % (relp["sent"], relp["twice"]))
        # A window of 128 may be repeated for each broken connection, and never more.
        self.assertGreater(relp["owed"], 0)
        self.assertGreater(vendors["Mail log lines"]["owed"], 0)

    def store_bytes(self):
        journal = os.path.join(self.store, "journal")
        return sum(entry.stat().st_size for entry in os.scandir(journal)) if os.path.isdir(journal) else 0


if __name__ == "__main__":
    unittest.main()
