#!/usr/bin/env python3
"""Counts the tests of a run and names what was skipped and why.

Usage: summarise_tests.py RESULTS_DIR (GoogleTest's XML files and ctest.xml). Exit 1 if any failed
or none ran. The last line reads: N passed, N failed, N skipped.
"""
import glob
import os
import sys
import xml.etree.ElementTree as ET


def cases(path):
    """Yields (name, outcome, reason) of one XML file; a file cut by a crash yields nothing."""
    try:
        root = ET.parse(path).getroot()
    except ET.ParseError:
        return
    for case in root.iter("testcase"):
        name = "%s.%s" % (case.get("classname", ""), case.get("name", ""))
        if case.find("failure") is not None or case.get("status") == "fail":
            yield name, "failed", ""
        elif case.find("skipped") is not None or case.get("result") == "skipped" or case.get("status") == "notrun":
            skipped = case.find("skipped")
            reason = (skipped.get("message") or "") if skipped is not None else ""
            yield name, "skipped", reason.strip().splitlines()[-1] if reason.strip() else "not run"
        else:
            yield name, "passed", ""


def main():
    folder = sys.argv[1]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    skipped = []
    detailed = set()
    for path in sorted(glob.glob(os.path.join(folder, "*.xml"))):
        if os.path.basename(path) == "ctest.xml":
            continue
        rows = list(cases(path))
        if rows:
            detailed.add(os.path.splitext(os.path.basename(path))[0])
        for name, outcome, reason in rows:
            counts[outcome] += 1
            if outcome == "skipped":
                skipped.append("%s (%s)" % (name, reason))
    for name, outcome, reason in cases(os.path.join(folder, "ctest.xml")):
        program = name.split(".")[-1]
        if program in detailed and outcome != "failed":
            continue  # counted test by test above
        if program in detailed and counts["failed"]:
            continue  # its failing test is counted above
        counts[outcome] += 1
        if outcome == "skipped":
            skipped.append("%s (%s)" % (program, reason))
    print("skipped: " + ("; ".join(skipped) if skipped else "nothing"))
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % counts)
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
