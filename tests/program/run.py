#!/usr/bin/env python3
"""Runs one file of tests and writes what became of each, where GoogleTest's programs write theirs.

Usage: run.py FILE. With GTEST_OUTPUT=xml:FOLDER/ and CISTERN_TEST_NAME=NAME in the environment the results stand in
FOLDER/NAME.xml, so that the summary counts test by test and names what was skipped.
"""
import importlib
import os
import sys
import unittest
import xml.etree.ElementTree as ET


class Recorded(unittest.TextTestResult):
    """Also remembers the tests that passed."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.passed = []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed.append(test)


def write(result, folder, name):
    root = ET.Element("testsuite", name=name)

    def add(test, kind=None, message=""):
        words = test.id().split(".")
        case = ET.SubElement(root, "testcase", classname=".".join(words[:-1]), name=words[-1])
        if kind:
            ET.SubElement(case, kind, message=message)
    for test in result.passed:
        add(test)
    for test, reason in result.skipped:
        add(test, "skipped", reason)
    for test, trace in result.failures + result.errors:
        add(test, "failure", trace)
    ET.ElementTree(root).write(os.path.join(folder, name + ".xml"))


def main():
    file = os.path.abspath(sys.argv[1])
    sys.path.insert(0, os.path.dirname(file))
    module = importlib.import_module(os.path.splitext(os.path.basename(file))[0])
    # A file may have to become another process first.
    getattr(module, "prepare", lambda: None)()
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(resultclass=Recorded, verbosity=2).run(suite)
    wanted, name = os.environ.get("GTEST_OUTPUT", ""), os.environ.get("CISTERN_TEST_NAME", "")
    if wanted.startswith("xml:") and name:
        write(result, wanted[len("xml:"):], name)
    # Nothing run is no success: a mistake in a name must not pass.
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
