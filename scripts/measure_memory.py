#!/usr/bin/env python3
"""Memory of a running cistern against the lab: idle, at full load, and with a destination that is dead.

Usage: measure_memory.py CISTERN
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time


def resident(process):
    with open("/proc/%d/status" % process.pid) as file:
        for line in file:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


def connector(number, url, history):
    return {"type": "microsoft_365", "tenant": "contoso%d.onmicrosoft.com" % number, "client_id": "aaaaaaaa-0000-4000-8000-000000000001",
            "client_secret": "lab-secret", "login_url": url, "manage_url": url, "poll_interval": "1s", "requests_per_minute": 60000, "backfill": history}


def measure(cistern, folder, name, tenants, live, history, destination, seconds):
    port_file = os.path.join(folder, name + ".port")
    lab = subprocess.Popen([cistern, "lab", "--port", "0", "--requests-per-minute", "0", "--port-file", port_file, "--faults", "calm", "--history", history,
                            "--history-per-hour", str(60000 // tenants), "--live-per-second", str(live), "--tenants", str(tenants)],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while lab.poll() is None and not (os.path.exists(port_file) and open(port_file).read().strip()):
        time.sleep(0.05)
    url = "http://127.0.0.1:%s" % open(port_file).read().strip()
    configuration = os.path.join(folder, name + ".yaml")
    with open(configuration, "w") as file:
        json.dump({"store": {"path": os.path.join(folder, name)}, "telemetry": {"listen": "off"},
                   "connectors": {"a%d" % number: connector(number, url, history) for number in range(1, tenants + 1)},
                   "destinations": {"f": dict({"type": "file", "start": "oldest"}, **destination)}}, file)
    process = subprocess.Popen([cistern, "run", "-c", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        most = max(most, resident(process))
        time.sleep(0.1)
    last = resident(process) if process.poll() is None else 0.0
    process.terminate()
    process.wait()
    lab.terminate()
    lab.wait()
    return most, last


def main():
    cistern = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="cistern-memory-")
    try:
        print("\nMemory of the process (resident)")
        rows = [("idle after an hour's history, nine connectors", "idle", 9, 0, "1h", {"path": folder + "/idle.ndjson"}, 30, "30 MiB with nine connectors"),
                ("at full load", "load", 1, 5000, "12h", {"path": folder + "/load.ndjson"}, 20, "256 MiB"),
                ("at full load, destination dead", "dead", 1, 5000, "12h", {"path": "/proc/cistern/none.ndjson"}, 20, "flat")]
        for text, name, tenants, live, history, destination, seconds, goal in rows:
            most, last = measure(cistern, folder, name, tenants, live, history, destination, seconds)
            value = last if name == "idle" else most
            print("  %-52s %10.1f MiB  %-26s most %.1f MiB" % (text, value, goal, most))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
