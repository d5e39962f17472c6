"""The commands as a user meets them."""
import json
import os
import unittest

from harness import ProgramTest, wait_for


class Commands(ProgramTest):
    def test_check_finds_a_typo_with_line_and_cure(self):
        with open(self.configuration, "w") as file:
            file.write("store: {path: %s}\nconnectors:\n  a:\n    type: microsoft_365\n    tenat: contoso.com\n" % self.store)
        code, _, err = self.command("check", "-c", self.configuration)
        self.assertEqual(code, 1)
        self.assertIn("cistern.yaml:5", err)
        self.assertIn("tenant", err)
        code, out, _ = self.command("check", "-c", self.configuration, "--json")
        self.assertEqual(code, 1)
        self.assertIn(5, [problem["line"] for problem in json.loads(out)["problems"]])

    def test_every_command_teaches(self):
        for words in (["run"], ["check"], ["guide"], ["doctor"], ["status"], ["tail"], ["normalize"], ["explain"], ["coverage"],
                      ["store"], ["store", "verify"], ["store", "dump"], ["lab"], ["lab", "verify"], ["docs"], ["version"]):
            code, out, err = self.command(*words, "--help")
            self.assertEqual(code, 0, words)
            self.assertGreater(len(out), 80, words)

    def test_wrong_usage_is_exit_code_2(self):
        self.assertEqual(self.command("frobnicate")[0], 2)
        self.assertEqual(self.command("run", "--for", "soon")[0], 2)
        self.assertEqual(self.command("guide", "no_such_vendor")[0], 2)

    def test_guide_fills_in_the_users_values(self):
        self.configure("http://127.0.0.1:9")
        code, out, err = self.command("guide", "microsoft_365", "-c", self.configuration, "--connector", "contoso-audit")
        self.assertEqual(code, 0, err)
        self.assertIn("ActivityFeed.Read", out)
        self.assertIn("contoso1.onmicrosoft.com", out)
        self.assertNotIn("lab-secret", out)
        self.assertIsInstance(json.loads(self.command("guide", "microsoft_365", "--json")[1]), dict)

    def test_a_run_can_be_watched_and_explained(self):
        lab = self.lab(faults="calm", history="6h", history_per_hour=200, live_per_second=20)
        self.configure(lab.url)
        process = self.start()
        wait_for(lambda: (self.status() or {}).get("store", {}).get("last_sequence", 0) > 300, 60, "events are stored")
        code, out, _ = self.command("status", "-c", self.configuration)
        self.assertEqual(code, 0)
        self.assertIn("contoso-audit", out)

        code, out, err = self.command("tail", "-c", self.configuration, "-n", "3", "--no-follow")
        self.assertEqual(code, 0, err)
        documents = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(documents), 3)
        document = documents[-1]
        code, out, err = self.command("tail", "-c", self.configuration, "-n", "2", "--count", "4", "--format", "raw")
        self.assertEqual(code, 0, err)
        self.assertEqual(len(out.splitlines()), 4)

        code, out, err = self.command("explain", document["cistern"]["id"], "-c", self.configuration, "--json")
        self.assertEqual(code, 0, err)
        way = json.loads(out)
        self.assertEqual(way["sequence"], document["cistern"]["sequence"])
        self.assertIn("blob", way["meta"])
        self.assertIn("archive", [row["destination"] for row in way["destinations"]])
        self.assertEqual(self.command("explain", "0" * 32, "-c", self.configuration)[0], 1)

        second, _, err = self.command("run", "-c", self.configuration)
        self.assertEqual(second, 4)
        self.assertIn("journal/locked", err)
        self.assertIn(str(process.pid), err)

        self.assertEqual(self.stop(process), 0)
        code, out, _ = self.command("status", "-c", self.configuration)
        self.assertEqual(code, 5)
        self.assertIn("not running", out)

    def test_store_dump_and_verify(self):
        lab = self.lab(faults="calm", history="3h", history_per_hour=100, live_per_second=5)
        self.configure(lab.url)
        self.collect_everything(lab)
        code, out, _ = self.command("store", "dump", "--path", self.store)
        self.assertEqual(code, 0)
        sequences = [json.loads(line)["seq"] for line in out.splitlines()]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))
        code, out, err = self.command("store", "verify", "--path", self.store, "--json")
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["events"], len(sequences))
        self.assertEqual(self.command("store", "verify", "--path", self.folder + "/nowhere")[0], 4)

    def test_normalize_keeps_order_and_bad_records(self):
        lines = ['{"Id":"1","CreationTime":"2026-03-04T05:06:07","RecordType":1,"Operation":"Set-Mailbox","Workload":"Exchange"}',
                 '{"raw":"{\\"Id\\":\\"2\\",\\"RecordType\\":9007199254740993}","meta":{"blob":"b"}}',
                 '{"Id":"3",']
        code, out, err = self.command("normalize", "microsoft_365", input="\n".join(lines) + "\n")
        self.assertEqual(code, 0, err)
        documents = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(documents[0]["event"]["action"], "Set-Mailbox")
        self.assertIn("9007199254740993", out)
        self.assertEqual(documents[2]["event"]["kind"], "pipeline_error")
        self.assertEqual(documents[2]["event"]["original"], lines[2])

    def test_normalize_takes_lines_of_text(self):
        firewall = ('<30>device="SFW" date=2026-07-01 time=00:10:00 timezone="IST" device_id=S1234567890ABCD log_id=010102600002 '
                    'log_type="Firewall" log_component="Firewall Rule" log_subtype="Denied" src_ip=198.51.100.1 dst_ip=203.0.113.1')
        lines = [firewall, json.dumps({"raw": firewall, "meta": {"zone": "Europe/Dublin"}}),
                 json.dumps({"raw": "<13>no CEF", "stream": "cef"}), '<13>Nov 22 02:13:08 h app: {"message":"an object"}']
        code, out, err = self.command("normalize", "syslog", "--original", input="\n".join(lines) + "\n")
        self.assertEqual(code, 0, err)
        documents = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(documents[0]["@timestamp"], "2026-06-30T18:40:00.000Z")
        self.assertEqual(documents[0]["event"]["original"], firewall)
        self.assertEqual(documents[1]["@timestamp"], "2026-06-30T23:10:00.000Z")
        self.assertEqual(documents[2]["event"]["kind"], "pipeline_error")
        self.assertEqual(documents[2]["event"]["original"], "<13>no CEF")
        self.assertEqual(documents[3]["cistern"]["stream"], "json")
        self.assertEqual(documents[3]["message"], "an object")

    def test_normalize_reports_drift(self):
        record = '{"Id":"1","CreationTime":"2026-03-04T05:06:07","RecordType":1,"Operation":["x"],"NeverSeenBefore":7}\n'
        code, out, err = self.command("normalize", "microsoft_365", "--drift", input=record)
        self.assertEqual(code, 0, err)
        self.assertIn("NeverSeenBefore", err)
        self.assertIn("unexpected type", err)
        self.assertEqual(json.loads(out)["o365"]["audit"]["NeverSeenBefore"], 7)

    def test_version_and_docs(self):
        self.assertEqual(self.command("version")[0], 0)
        folder = os.path.join(self.folder, "docs")
        self.assertEqual(self.command("docs", "--out", folder)[0], 0)
        self.assertEqual(self.command("docs", "--out", folder, "--compare")[0], 0)
        with open(os.path.join(folder, "metrics.md"), "a") as file:
            file.write("x")
        self.assertEqual(self.command("docs", "--out", folder, "--compare")[0], 1)
        self.assertIn("connectors", json.loads(self.command("docs", "--schema")[1])["properties"])


if __name__ == "__main__":
    unittest.main()
