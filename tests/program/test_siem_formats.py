"""CEF, LEEF and pretty JSON in files, read back by parsers that are not ours."""
import json
import os
import re
import sys
import unittest

from harness import CONNECTOR, ProgramTest, wait_for

VENV = os.environ.get("CISTERN_TEST_VENV", "")
if VENV and os.path.isdir(os.path.join(VENV, "lib")):
    for name in os.listdir(os.path.join(VENV, "lib")):
        sys.path.append(os.path.join(VENV, "lib", name, "site-packages"))
try:
    import pycef
except ImportError:
    pycef = None


def lines_of(path):
    with open(path, newline="\n", encoding="utf-8") as file:
        return file.read().split("\n")[:-1]


class SiemFormats(ProgramTest):
    def collect(self, **destinations):
        """Runs until the lab's history is in all files; returns the paths by name."""
        lab = self.lab(faults="calm", history="6h", history_per_hour=150, live_per_second=1)
        self.configure(lab.url)
        paths = {name: os.path.join(self.folder, name + ".out") for name in destinations}
        for name, options in destinations.items():
            self.add_destination(name, dict(options, type="file", path=paths[name], start="oldest"))
        process = self.start()
        wait_for(lambda: (self.status() or {}).get("store", {}).get("last_sequence", 0) > 300, 60, "events are stored")
        self.assertEqual(self.stop(process), 0)
        return paths

    def test_lines_say_what_the_documents_say(self):
        paths = self.collect(ecs={"format": "ecs"}, cef={"format": "cef"}, leef={"format": "leef"},
                             caret={"format": "leef", "leef_delimiter": "^"}, old={"format": "leef", "leef_version": "1.0"})
        documents = [json.loads(line) for line in lines_of(paths["ecs"])]
        self.assertGreater(len(documents), 300)
        cef, leef = lines_of(paths["cef"]), lines_of(paths["leef"])
        self.assertEqual(len(cef), len(documents))
        self.assertEqual(len(leef), len(documents))
        for document, line in zip(documents, cef):
            self.assertRegex(line, r"^CEF:0\|Microsoft\|Microsoft 365\|1\.0\|")
            self.assertIn(" externalId=%s " % document["cistern"]["id"], line)
        for document, line in zip(documents, leef):
            head, attributes = line.split("|x09|", 1)
            self.assertEqual(head.split("|")[:4], ["LEEF:2.0", "Microsoft", "Microsoft 365", "1.0"])
            pairs = dict(piece.split("=", 1) for piece in attributes.split("\t"))
            self.assertEqual(pairs["externalId"], document["cistern"]["id"])
            self.assertEqual(pairs["action"], document["event"]["action"])
            self.assertEqual(int(pairs["sequence"]), document["cistern"]["sequence"])
            self.assertRegex(pairs["devTime"], r"^\d{13}$")
        for line, tabs in zip(lines_of(paths["old"]), leef):
            self.assertEqual(line.replace("LEEF:1.0", "LEEF:2.0", 1).split("|", 5)[5], tabs.split("|x09|", 1)[1])
        for line in lines_of(paths["caret"]):
            self.assertRegex(line, r"^LEEF:2\.0\|[^|]*\|[^|]*\|[^|]*\|[^|]*\|\^\|sev=")

    @unittest.skipUnless(pycef, "pycef (a CEF parser from PyPI) is not installed")
    def test_a_foreign_parser_reads_the_same_fields(self):
        paths = self.collect(ecs={"format": "ecs"}, cef={"format": "cef"})
        unescape = lambda text: re.sub(r"\\([=\\nr])", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), text)
        read = 0
        for document, line in zip([json.loads(one) for one in lines_of(paths["ecs"])], lines_of(paths["cef"])):
            fields = pycef.parse(line)
            self.assertIsNotNone(fields, line)
            self.assertEqual(fields["DeviceVendor"], "Microsoft")
            self.assertEqual(fields["externalId"], document["cistern"]["id"])
            self.assertEqual(fields["outcome"], document["event"]["outcome"])
            self.assertEqual(int(fields["Sequence"]), document["cistern"]["sequence"])
            self.assertEqual(unescape(fields["act"]), document["event"]["action"][:63])
            if "user_agent" in document:
                self.assertEqual(unescape(fields["requestClientApplication"]), document["user_agent"]["original"])
                read += 1
        self.assertGreater(read, 10)

    def test_pretty_json_is_the_vendors_json(self):
        paths = self.collect(raw={"format": "raw"}, pretty={"format": "falcon-pretty"})
        with open(paths["pretty"], encoding="utf-8") as file:
            text = file.read()
        events = re.split(r"(?m)^(?=\{)", text)[1:]
        raw = lines_of(paths["raw"])
        self.assertEqual(len(events), len(raw))
        for pretty, line in zip(events, raw):
            self.assertEqual(json.dumps(json.loads(pretty)), json.dumps(json.loads(line)))
            self.assertIn("\n    \"", pretty)

    def test_check_refuses_what_does_nothing(self):
        with open(self.configuration, "w") as file:
            json.dump({"store": {"path": self.store}, "connectors": {"a": dict(CONNECTOR)},
                       "destinations": {"b": {"type": "file", "path": "x", "format": "cef", "leef_version": "1.0"}}}, file)
        code, _, err = self.command("check", "-c", self.configuration)
        self.assertEqual(code, 1)
        self.assertIn("'leef_version' does nothing with format cef", err)
        self.assertIn("set 'format' to leef", err)


if __name__ == "__main__":
    unittest.main()
