"""A destination that is dead, or takes and then hangs: nobody else waits for it, memory stays flat while its backlog
grows, and it goes on by itself."""
import fcntl
import os
import subprocess
import time
import unittest

from harness import CISTERN, LONG, SLOW, ProgramTest, wait_for

MIB = 1 << 20
# The backlog that grows meanwhile has about twice as many bytes; with nobody dead the same load moves by
# 10 MiB up and down.
MOST_GROWTH = 24 * MIB
MOST = 256 * MIB
RUSH_PER_HOUR = 7000 if LONG else 500 if SLOW else 3000


def resident(process):
    """Bytes of memory that the process holds, without pages of mapped files."""
    with open("/proc/%d/status" % process.pid) as file:
        for line in file:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    raise AssertionError("no RssAnon")


class DeadDestinations(ProgramTest):
    def watch_memory(self, process, seconds):
        """The highest value within the seconds."""
        began = time.monotonic()
        highest = 0
        while time.monotonic() < began + seconds:
            highest = max(highest, resident(process))
            time.sleep(0.25)
        return highest, time.monotonic() - began

    def test_memory_is_flat_while_a_destination_is_dead(self):
        self.vendor = self.lab(faults="calm", history="7d" if LONG else "1d", history_per_hour=RUSH_PER_HOUR,
                               live_per_second=300 if LONG or SLOW else 1500)
        dead = os.path.join(self.folder, "dead.ndjson")
        self.configure(self.vendor.url)
        self.add_destination("dead", {"type": "file", "path": dead, "format": "ecs", "start": "oldest"})
        process = self.start()
        wait_for(lambda: self.destination("dead").get("delivered", 0) > 500, 60, lambda: "both deliver: %s" % self.status())
        self.assertEqual(self.stop(process), 0)

        # Somebody else holds its file: every attempt fails until he lets go.
        holder = open(dead, "rb")
        self.addCleanup(holder.close)
        fcntl.flock(holder, fcntl.LOCK_EX)
        process = self.start()
        wait_for(lambda: self.destination("dead").get("state") == "retrying", 30, lambda: "status says so: %s" % self.destination("dead"))
        said = self.destination("dead")
        self.assertEqual(said["failure"]["code"], "file/locked")
        self.assertTrue(said["failure"]["next_step"])

        # The rush of the history fills the cache of groups (64 MiB) and the allocator's pools first.
        # Within an hour a million identities join them, with or without a dead destination: the long form
        # has them from the start.
        rush = 1100000 if LONG else 5000 if SLOW else 70000
        wait_for(lambda: self.destination("dead")["backlog"] > rush and self.destination("archive")["backlog"] < rush / 10, 600 if LONG else 90,
                 lambda: "the history is stored: %s" % self.status())
        before, _ = self.watch_memory(process, 15)
        backlog = self.destination("dead")["backlog"]
        during, within = self.watch_memory(process, 3600 if LONG else 20)
        grown = self.destination("dead")["backlog"]
        print("backlog from %d to %d events in %.0f s, memory at most %d MiB, before %d MiB"
              % (backlog, grown, within, during // MIB, before // MIB))
        self.assertGreater(grown, backlog + (1000 if SLOW else 16000))
        if not SLOW:
            self.assertLess(during, before + MOST_GROWTH)
            # A million identities and a rush of a week, as in the long form, are another load than the goal is for.
            if not LONG:
                self.assertLess(during, MOST)
        # The other one does not wait.
        self.assertEqual(self.destination("archive")["state"], "flowing")
        self.assertLess(self.destination("archive")["backlog"], grown / 2)

        holder.close()
        # The pause between two attempts has grown to a minute at most.
        wait_for(lambda: self.destination("dead")["state"] == "flowing", 90, lambda: "it goes on by itself: %s" % self.destination("dead"))
        self.assertEqual(self.stop(process), 0)
        self.collect_everything(self.vendor, seconds=900 if LONG else 300)
        self.assert_clean(self.proof(self.vendor, outputs=[dead], settle="0s"))

    def test_a_destination_that_hangs_makes_nobody_wait(self):
        """Standard output into a pipe that nobody reads: it takes 64 KiB, then a write never ends."""
        lab = self.lab(faults="calm", history="1d", history_per_hour=400, live_per_second=100)
        self.configure(lab.url)
        self.add_destination("console", {"type": "file", "path": "-", "format": "ecs", "start": "oldest"})
        with open(os.path.join(self.folder, "run.log"), "ab") as log:
            process = subprocess.Popen([CISTERN, "run", "-c", self.configuration], stdout=subprocess.PIPE, stderr=log,
                                       stdin=subprocess.DEVNULL)
        self.processes.append(process)
        wait_for(lambda: self.destination("console").get("backlog", 0) > 2000, 60, lambda: "a backlog: %s" % self.destination("console"))
        wait_for(lambda: self.destination("archive").get("backlog", 1) < 200, 60, lambda: "the other one delivers: %s" % self.destination("archive"))
        before = self.stored()
        wait_for(lambda: self.stored() > before + 100, 60, lambda: "collecting goes on: " + self.words())

        # The reader comes back and takes all of it, and the end is in order.
        lab.freeze()
        path = os.path.join(self.folder, "console.ndjson")
        with open(path, "wb") as taken:
            reader = subprocess.Popen(["cat"], stdin=process.stdout, stdout=taken)
            process.stdout.close()
            moment = time.time()
            wait_for(lambda: self.complete_through(moment + 6) and self.everything_delivered(), 120, lambda: "complete: %s" % self.status())
            self.assertEqual(self.stop(process), 0)
            reader.wait(timeout=30)
        for outputs in ([self.output], [path]):
            self.assert_clean(self.proof(lab, outputs=outputs, settle="0s"))

    def test_a_hanging_destination_does_not_keep_the_process_from_ending(self):
        lab = self.lab(faults="calm", history="1d", history_per_hour=400, live_per_second=100)
        self.configure(lab.url)
        self.add_destination("console", {"type": "file", "path": "-", "format": "ecs", "start": "oldest"})
        with open(os.path.join(self.folder, "run.log"), "ab") as log:
            process = subprocess.Popen([CISTERN, "run", "-c", self.configuration], stdout=subprocess.PIPE, stderr=log,
                                       stdin=subprocess.DEVNULL)
        self.processes.append(process)
        wait_for(lambda: self.destination("console").get("backlog", 0) > 500, 60, lambda: "a backlog: %s" % self.destination("console"))
        began = time.monotonic()
        self.assertEqual(self.stop(process), 0, self.log_text()[-2000:])
        print("ended in %.1f s" % (time.monotonic() - began))
        process.stdout.close()
        self.collect_everything_without("console", lab)

    def collect_everything_without(self, name, lab):
        self.remove_destination(name)
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))


if __name__ == "__main__":
    unittest.main()
