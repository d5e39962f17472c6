#!/usr/bin/env python3
"""Measures syslog over TCP into a private rsyslog that writes a file, beside a sender that others wrote (loggen).

Usage: measure_syslog.py BENCH, the program cistern_bench. Without rsyslog (scripts/prepare-receivers) only the sink in
the program itself is measured.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "program"))
sys.dont_write_bytecode = True

import unittest

from receivers import ROOT, Rsyslog, environment, free_port


class Scene:
    """What a receiver needs of a test."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []


def loggen(port):
    """Messages a second that rsyslog takes from loggen, or nothing."""
    program = os.path.join(ROOT, "usr", "bin", "loggen")
    if not os.path.exists(program):
        return None
    done = subprocess.run([program, "--inet", "--stream", "--size", "300", "--rate", "10000000", "--interval", "3", "127.0.0.1", str(port)],
                          capture_output=True, text=True,
                          env=dict(environment(), SYSLOGNG_PREFIX=os.path.join(ROOT, "usr")))
    found = re.search(r"average rate = ([0-9.]+)", done.stderr + done.stdout)
    return float(found.group(1)) if found else None


def main():
    bench = sys.argv[1]
    folder = tempfile.mkdtemp(prefix="cistern-bench-")
    scene = Scene(folder)
    port = free_port()
    try:
        Rsyslog(scene, "rsyslog", {"out": ("imtcp", port, "")}).start()
    except unittest.SkipTest as reason:
        print("note: %s" % reason)
        port = 0
    try:
        done = subprocess.run([bench, "--only", "syslog", "--repeat", "3", "--receiver", str(port)])
        rate = loggen(port) if port else None
        if rate:
            print("  the same receiver takes from loggen: %.0f/s" % rate)
        return done.returncode
    finally:
        for process in scene.processes:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
