"""The process stopped and continued, and the clock moved by a day while it runs: it goes on by itself, and nothing is
lost, repeated or altered."""
import os
import random
import signal
import struct
import time
import unittest

from harness import ProgramTest, wait_for

# A library that moves a program's wall clock; not built for sanitizers, whose runtime must come first.
SHIFTED_CLOCK = os.environ.get("CISTERN_SHIFTED_CLOCK", "")
DAY = 24 * 3600


class Interruptions(ProgramTest):
    def collecting(self, **options):
        self.vendor = self.lab(faults="calm", history="1d", history_per_hour=1000, live_per_second=100)
        self.configure(self.vendor.url)
        process = self.start(**options)
        wait_for(lambda: self.stored() > 200, 60, lambda: "it collects: " + self.words())
        return process

    def goes_on(self, process, seconds=60):
        """Something new is stored and delivered, without anybody's help, and status says so."""
        before = self.stored()
        wait_for(lambda: self.stored() > before + 100, seconds, lambda: "it goes on: " + self.words())
        wait_for(lambda: self.words().startswith(("flowing", "catching up")), seconds, lambda: "status says so: " + self.words())
        self.assertIsNone(process.poll(), self.log_text()[-3000:])

    def finish(self, process):
        self.assertEqual(self.stop(process), 0)
        self.collect_everything(self.vendor)
        self.assert_clean(self.proof(self.vendor, settle="0s"))

    def test_stopped_and_continued(self):
        process = self.collecting()
        chance = random.Random(5)
        for _ in range(5):
            process.send_signal(signal.SIGSTOP)
            time.sleep(chance.uniform(0.05, 1.0))
            process.send_signal(signal.SIGCONT)
            time.sleep(chance.uniform(0.05, 0.5))
        self.goes_on(process)
        self.finish(process)

    def test_status_of_a_stopped_process_says_that_it_does_not_answer(self):
        process = self.collecting()
        process.send_signal(signal.SIGSTOP)
        code, out, err = self.command("status", "-c", self.configuration, seconds=60)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(code, 6, out + err)
        self.assertIn("did not answer", err)
        self.goes_on(process)
        self.finish(process)

    def shifted_clock(self):
        """An environment in which the wall clock follows a file, and the steady clock does not."""
        if not os.path.exists(SHIFTED_CLOCK):
            self.skipTest("no library to shift the clock with (CISTERN_SHIFTED_CLOCK)")
        self.shift = os.path.join(self.folder, "shift")
        with open(self.shift, "wb") as file:
            file.write(struct.pack("q", 0))
        return {"LD_PRELOAD": SHIFTED_CLOCK, "SHIFTED_CLOCK_FILE": self.shift}

    def shift_clock(self, seconds):
        with open(self.shift, "r+b") as file:
            file.write(struct.pack("q", seconds))

    def test_the_clock_jumps_a_day_ahead_and_back(self):
        process = self.collecting(environment=self.shifted_clock())
        for seconds in (DAY, 0, -DAY, 0):
            self.shift_clock(seconds)
            self.goes_on(process)
        # Told, because a clock that is wrong by a day makes every dashboard wrong.
        self.assertIn("this machine's clock is", self.log_text())
        self.finish(process)

    def test_stopped_while_the_clock_jumps(self):
        process = self.collecting(environment=self.shifted_clock())
        for seconds in (DAY, 0):
            process.send_signal(signal.SIGSTOP)
            self.shift_clock(seconds)
            time.sleep(0.5)
            process.send_signal(signal.SIGCONT)
            self.goes_on(process)
        self.finish(process)


if __name__ == "__main__":
    unittest.main()
