#!/usr/bin/env python3
"""Measures cistern as a receiver of syslog, beside rsyslog and syslog-ng that write the same messages to a file.

Usage: measure_syslog_listen.py CISTERN [SECONDS]. TCP: loggen sends 300-byte messages as fast as they are taken; for each
receiver, processor time a message, and for cistern by thread (receive, journal, view and file). UDP: a sender here at rising
rates, and what the system dropped. Needs scripts/prepare-receivers; without it only UDP is measured.
"""
import collections
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "program"))
sys.dont_write_bytecode = True

from receivers import ROOT, Rsyslog, SyslogNg, environment, free_port

TICK = os.sysconf("SC_CLK_TCK")
SIZE = 300


class Scene:
    """What a receiver needs of a test."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []


def processor_time(pid):
    """Seconds by thread: (number, name) to time."""
    times = {}
    for thread in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/stat" % (pid, thread)) as file:
                words = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        times[thread] = (int(words[11]) + int(words[12])) / TICK
    return times


def loggen(port, seconds):
    """How many messages were sent; nothing without loggen."""
    program = os.path.join(ROOT, "usr", "bin", "loggen")
    if not os.path.exists(program):
        return None
    done = subprocess.run([program, "--inet", "--stream", "--size", str(SIZE), "--rate", "10000000", "--interval", str(seconds),
                           "127.0.0.1", str(port)], capture_output=True, text=True,
                          env=dict(environment(), SYSLOGNG_PREFIX=os.path.join(ROOT, "usr")))
    found = re.findall(r"count=(\d+)", done.stderr + done.stdout)
    return int(found[-1]) if found else None


class Cistern:
    def __init__(self, program, folder):
        self.program = program
        self.tcp, self.udp = free_port(), free_port(socket.SOCK_DGRAM)
        self.configuration = os.path.join(folder, "cistern.yaml")
        whole = {"store": {"path": os.path.join(folder, "store")}, "telemetry": {"listen": "off"},
                 "connectors": {"devices": {"type": "syslog", "listen": ["tcp://127.0.0.1:%d" % self.tcp, "udp://127.0.0.1:%d" % self.udp]}},
                 "destinations": {"file": {"type": "file", "path": os.path.join(folder, "out.ndjson"), "format": "ecs", "start": "oldest"}}}
        with open(self.configuration, "w") as file:
            json.dump(whole, file)
        self.process = subprocess.Popen([program, "run", "-c", self.configuration], stderr=subprocess.DEVNULL)
        while not self.status():
            time.sleep(0.1)

    def status(self):
        done = subprocess.run([self.program, "status", "--json", "-c", self.configuration], capture_output=True, text=True)
        try:
            status = json.loads(done.stdout)
        except ValueError:
            return None
        return status if "listening" in (status.get("connectors") or [{}])[0] else None

    def settled(self):
        """The status once everything that came is delivered."""
        last = None
        while True:
            time.sleep(1.1)
            status = self.status()
            taken = status["connectors"][0]["listening"]["messages"]
            if taken == last and status["destinations"][0]["backlog"] == 0:
                return status
            last = taken

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def measure_tcp(cistern, seconds):
    before = processor_time(cistern.process.pid)
    if loggen(cistern.tcp, seconds) is None:
        return print("note: loggen is missing (scripts/prepare-receivers): TCP is not measured")
    status = cistern.settled()
    after = processor_time(cistern.process.pid)
    count = status["connectors"][0]["listening"]["messages"]
    used = collections.Counter({thread: after[thread] - before.get(thread, 0) for thread in after})
    print("  cistern     %6.2f us a message, %8.0f/s, durable, as ECS; by thread: %s" % (
        sum(used.values()) * 1e6 / count, count / seconds,
        ", ".join("%.2f" % (time * 1e6 / count) for _, time in used.most_common(4))))


def measure_other(receiver, name, port, seconds):
    before = sum(processor_time(receiver.process.pid).values())
    count = loggen(port, seconds)
    time.sleep(2)
    after = sum(processor_time(receiver.process.pid).values())
    if count:
        print("  %-11s %6.2f us a message, %8.0f/s, not durable, as it came" % (name, (after - before) * 1e6 / count, count / seconds))


def flood(port, rate, seconds):
    """Sends as near to the rate as it can; what was sent."""
    message = b"<134>1 2026-11-22T02:13:08.123456Z fw1 app 4711 EVT - "
    message += b"x" * (SIZE - len(message))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", port))
        send, clock = one.send, time.perf_counter
        begin, sent = clock(), 0
        while clock() - begin < seconds:
            while sent < min(clock() - begin, seconds) * rate and clock() - begin < seconds:
                for _ in range(32):
                    send(message)
                sent += 32
        return sent, sent / (clock() - begin)


def measure_udp(cistern, rate, seconds):
    before = cistern.status()["connectors"][0]["listening"]["messages"]
    used = sum(processor_time(cistern.process.pid).values())
    sent, reached = flood(cistern.udp, rate, seconds)
    listening = cistern.settled()["connectors"][0]["listening"]
    used = sum(processor_time(cistern.process.pid).values()) - used
    taken = listening["messages"] - before
    print("  udp         %6.2f us a message at %8.0f/s: %d sent, %d stored, %d dropped by the system (%d counted in all)" % (
        used * 1e6 / max(taken, 1), reached, sent, taken, sent - taken, listening["incidents"].get("kernel_drop", 0)))


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        return 0 if {"-h", "--help"} & set(sys.argv) else 2
    program, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 3
    folder = tempfile.mkdtemp(prefix="cistern-bench-")
    scene = Scene(folder)
    cistern = Cistern(program, folder)
    try:
        print("Syslog, messages of %d bytes, received:" % SIZE)
        measure_tcp(cistern, int(seconds))
        for rate in (100_000, 200_000, 300_000):
            measure_udp(cistern, rate, seconds)
        cistern.end()
        for name, make in (("rsyslog", lambda port: Rsyslog(scene, "rsyslog", {"out": ("imtcp", port, "")})),
                           ("syslog-ng", lambda port: SyslogNg(scene, "syslog-ng", {"out": ("network", port)}))):
            port = free_port()
            try:
                measure_other(make(port).start(), name, port, int(seconds))
            except unittest.SkipTest as reason:
                print("note: %s" % reason)
    finally:
        if cistern.process.poll() is None:
            cistern.process.kill()
        for process in scene.processes:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
