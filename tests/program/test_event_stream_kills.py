"""The process killed at random moments while it consumes an event stream whose broker breaks connections: of what was
published nothing is lost, and nothing is stored twice. Nothing of it can be had by asking."""
import os
import random
import threading
import time
import unittest

from event_streams import EventStreamTest
from harness import CISTERN, LONG, SLOW, wait_for
from moments import Moments

PARTS = 4
PART = int(os.environ.get("CISTERN_PART", 0))
KILLS = int(os.environ.get("CISTERN_KILLS", (200 if LONG else 12 if SLOW else 40) // PARTS))
SEED = int(os.environ.get("CISTERN_SEED", int(time.time()) * PARTS + PART))


class EventStreamKills(EventStreamTest):
    def test_random_kills_lose_and_repeat_nothing(self):
        repeat = "CISTERN_SEED=%d CISTERN_KILLS=%d CISTERN=%s python3 -B %s" % (SEED, KILLS, CISTERN, os.path.abspath(__file__))
        print("seed %d, %d kills" % (SEED, KILLS))
        try:
            self.kill_and_compare(random.Random(SEED))
        except AssertionError as error:
            raise AssertionError("%s\nrepeat with: %s" % (error, repeat)) from error

    def kill_and_compare(self, chance):
        self.configure_stream()
        process = self.start()
        self.wait_consuming(seconds=120)
        process.kill()
        process.wait()
        going = threading.Event()
        going.set()
        troubles = []
        threads = [threading.Thread(target=self.keep, args=(going, troubles, what)) for what in (self.happen, self.disturb)]
        for thread in threads:
            thread.start()
        moments = Moments(chance, starting=(0.2, 0.0, 0.15), working=(0.15, 0.9))
        try:
            for _ in moments.times(KILLS):
                before = self.store_bytes()
                process = self.start()
                # The moment of the kill is the experiment; nothing is waited for.
                time.sleep(moments.next())
                self.assertIsNone(process.poll(), self.log_text()[-3000:])
                process.kill()
                process.wait()
                moments.note(self.store_bytes() != before)
        finally:
            going.clear()
            for thread in threads:
                thread.join()
        self.assertEqual(troubles, [])
        print("%d kills, %d after something was stored, %d events" % (KILLS, sum(moments.stored), len(self.vendor.events)))
        self.assertTrue(moments.meaningful())
        process = self.start()
        queue = self.vendor.stream()["queue"]
        wait_for(lambda: self.stored() >= len(self.vendor.events) or process.poll() is not None, 240,
                 lambda: "%d stored of %d: %s" % (self.stored(), len(self.vendor.events), self.log_text()[-3000:]))
        wait_for(lambda: self.node.depth(queue) == 0, 120, "all acknowledged")
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        self.assertEqual(len(self.vendor.streams), 1, "a kill made a second stream")
        self.assert_each_once()
        code, out, err = self.command("store", "verify", "--path", self.store)
        self.assertEqual(code, 0, out + err)

    def keep(self, going, troubles, what):
        while going.is_set():
            try:
                what()
            except Exception as error:  # pylint: disable=broad-except
                troubles.append(repr(error))
                return

    def happen(self):
        self.vendor.publish(10, pause=0.01)

    def disturb(self):
        time.sleep(3)
        self.node.close_connections()

    def store_bytes(self):
        journal = os.path.join(self.store, "journal")
        return sum(entry.stat().st_size for entry in os.scandir(journal)) if os.path.isdir(journal) else 0


if __name__ == "__main__":
    unittest.main()
