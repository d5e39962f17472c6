"""Many tenants in one process: fair, and in bounded memory.

Two measures. `delay_seconds` of each connector: how long it waited at most for what it shares with the others, a turn
on the loop or memory; that is what others cost it, and it must stay below a second. And from the outside: a content's
delay is the time from when its vendor could list it until its events are durable (`received` less the content's
`created`), at most the poll interval and the work of a moment.

Short form 100 tenants, long form 1,000; in both one tenant is throttled, one refuses, one has 100 times the volume.
"""
import json
import os
import subprocess
import time
import unittest

from harness import CISTERN, CONNECTOR, LONG, SLOW, Lab, ProgramTest, instant, wait_for

TENANTS = 1000 if LONG else 100
POLL = 60 if LONG else 5
PER_TENANT = 0.05 if LONG else 0.3  # records a second
WATCHED = 4 * POLL if not LONG else 3 * POLL  # seconds of live content that are judged
MOST_MEMORY = 1 << 30 if LONG else 512 << 20
THROTTLED, REFUSING, LARGE = "t0002", "t0003", "large"


def resident(pid):
    with open("/proc/%d/status" % pid) as file:
        for line in file:
            if line.startswith(("VmRSS", "VmHWM")):
                key, value = line.split(":")
                yield key, int(value.split()[0]) * 1024


class TenantsTest(ProgramTest):
    def connector(self, lab, tenant):
        return dict(CONNECTOR, tenant="11111111-2222-3333-4444-555555%06d" % (500000 + tenant), login_url=lab.url,
                    manage_url=lab.url, client_secret="${file:%s/secret}" % self.folder, poll_interval="%ds" % POLL, sweep_interval="1h", backfill="5m", overlap="1m")

    def test_nobody_is_held_up_by_another(self):
        ordinary = self.lab(tenants=TENANTS, history="1m", history_per_hour=60, live_per_second=PER_TENANT, faults="calm")
        other = os.path.join(self.folder, "large")
        os.mkdir(other)
        large = Lab(other, tenants=1, history="1m", history_per_hour=6000, live_per_second=100 * PER_TENANT, faults="calm",
                    seed=2)
        self.labs.append(large)
        ordinary.post("/lab/tenants/11111111-2222-3333-4444-555555500002", {"requests_per_minute": 20})
        ordinary.post("/lab/tenants/11111111-2222-3333-4444-555555500003", {"token_error": 53003})
        with open(os.path.join(self.folder, "secret"), "w") as file:
            file.write("lab-secret\n")
        connectors = {"t%04d" % n: self.connector(ordinary, n) for n in range(1, TENANTS + 1)}
        connectors[LARGE] = self.connector(large, 1)
        self.configure(ordinary.url, connectors=connectors)
        process = self.start()

        def settled():
            status = self.status() or {"connectors": []}
            done = [c for c in status["connectors"] if c.get("through")]
            return len(done) >= TENANTS - 2
        wait_for(settled, 60 + TENANTS / 2, "all have begun")
        begun = time.time()
        wait_for(lambda: time.time() > begun + WATCHED or process.poll() is not None, WATCHED * 2, "time passes")
        self.assertIsNone(process.poll(), self.log_text()[-2000:])
        memory = dict(resident(process.pid))
        status = self.status()["connectors"]
        states = {c["name"]: c["state"] for c in status}
        waited = sorted((c["delay_seconds"], c["name"]) for c in status)
        self.assertEqual(self.stop(process), 0, self.log_text()[-2000:])

        delays = self.delays(begun)
        judged = {name: worst for name, worst in delays.items() if name not in (THROTTLED, REFUSING, LARGE)}
        worst = sorted(judged.values())
        summary = "%d tenants, poll %d s: delay median %.1f s, 99 %% %.1f s, worst %.1f s; large %.1f s; for others median %.3f s, most %.3f s (%s); resident %d MiB, most %d MiB" % (
            TENANTS, POLL, worst[len(worst) // 2], worst[len(worst) * 99 // 100 - 1], worst[-1], delays.get(LARGE, -1),
            waited[len(waited) // 2][0], *waited[-1],
            memory["VmRSS"] >> 20, memory["VmHWM"] >> 20)
        print(summary)
        self.assertGreater(len(judged), (TENANTS - 3) * 0.9, summary)
        self.assertLess(waited[-1][0], 4 if SLOW else 1, summary)
        # A record of the last moment of a bucket is created with the bucket.
        self.assertLess(worst[len(worst) * 99 // 100 - 1], POLL + (4 if SLOW else 1) + 1, summary)
        self.assertLessEqual(memory["VmHWM"], MOST_MEMORY * (4 if SLOW else 1), summary)
        self.assertIn(LARGE, delays, summary)
        self.assertNotIn(REFUSING, delays)
        self.assertNotIn(states[REFUSING], ("flowing", "quiet"), states[REFUSING])

    def delays(self, begun):
        """By connector: the longest delay of content that came while everything was settled."""
        worst = {}
        with subprocess.Popen([CISTERN, "store", "dump", "--path", self.store], stdout=subprocess.PIPE, text=True) as dump:
            for line in dump.stdout:
                event = json.loads(line)
                created = instant(event["meta"]["created"]) if "created" in event.get("meta", {}) else 0
                if created < begun + 1:
                    continue
                delay = instant(event["received"]) - created
                worst[event["connector"]] = max(worst.get(event["connector"], 0), delay)
        self.assertEqual(dump.returncode, 0)
        return worst


if __name__ == "__main__":
    unittest.main()
