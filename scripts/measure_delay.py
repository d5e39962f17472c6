#!/usr/bin/env python3
"""Measures how long an event of a Falcon stream takes from the vendor to a line of a file, at 1,000 events a second.

Usage: measure_delay.py CISTERN. The lab stamps each event when it sends it; both clocks are this machine's.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

RATE = 1000
SECONDS = 20
WARM = 5


def wait_for_text(path, process):
    while process.poll() is None and not (os.path.exists(path) and open(path).read().strip()):
        time.sleep(0.02)
    return open(path).read().strip()


def configuration(folder, url):
    return {"store": {"path": os.path.join(folder, "store")}, "telemetry": {"listen": "off"},
            "connectors": {"falcon": {"type": "crowdstrike_falcon", "cloud": "us-1", "app_id": "delay", "api_url": url, "start": "now",
                                      "client_id": "fa1c0000000000000000000000000001", "client_secret": "lab-secret"}},
            "destinations": {"file": {"type": "file", "path": os.path.join(folder, "events.ndjson"), "start": "oldest"}}}


def delays(path, seconds):
    """Of each line that appears within the time: seconds since the vendor made the event."""
    found, rest = [], b""
    end = time.monotonic() + seconds
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        while time.monotonic() < end:
            piece = file.read()
            now = time.time()
            if not piece:
                time.sleep(0.002)
                continue
            *lines, rest = (rest + piece).split(b"\n")
            found += [now - json.loads(line)["crowdstrike"]["metadata"]["eventCreationTime"] / 1000 for line in lines if line.startswith(b"{")]
    return sorted(found)


def main():
    cistern = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="cistern-delay-")
    lab = run = None
    try:
        port_file = os.path.join(folder, "port")
        lab = subprocess.Popen([cistern, "lab", "--port", "0", "--port-file", port_file, "--faults", "calm", "--history", "1m", "--history-per-hour", "0",
                                "--live-per-second", "0", "--falcon-history-per-hour", "0", "--falcon-live-per-second", str(RATE),
                                "--falcon-partitions", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = "http://127.0.0.1:%s" % wait_for_text(port_file, lab)
        path = os.path.join(folder, "cistern.yaml")
        with open(path, "w") as file:
            json.dump(configuration(folder, url), file)
        run = subprocess.Popen([cistern, "run", "-c", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        output = os.path.join(folder, "events.ndjson")
        wait_for_text(output, run)
        time.sleep(WARM)
        found = delays(output, SECONDS)
        if len(found) < RATE * SECONDS / 2:
            print("error: only %d events within %d s" % (len(found), SECONDS), file=sys.stderr)
            return 1
        print("\nFalcon stream -> file at %d events a second: from the vendor's stamp to the line in the file (%d events)" % (RATE, len(found)))
        for name, share, goal in (("median", 0.5, ""), ("99th percentile", 0.99, "1 s"), ("longest", 1.0, "")):
            print("  %-52s %10.0f ms   %s" % (name, found[min(len(found) - 1, int(len(found) * share))] * 1000, goal))
        return 0
    finally:
        for process in (run, lab):
            if process:
                process.terminate()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
