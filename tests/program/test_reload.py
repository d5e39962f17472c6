"""A running cistern brought to another configuration, and the commands that change names in its store."""
import json
import os
import signal
import subprocess
import unittest

from harness import CONNECTOR, ProgramTest, wait_for


class ReloadTest(ProgramTest):
    def write(self, **parts):
        with open(self.configuration, "w") as file:
            json.dump(parts, file, indent=1)

    def connector(self, lab, tenant=1, **changes):
        return dict(CONNECTOR, tenant="contoso%d.onmicrosoft.com" % tenant, login_url=lab.url, manage_url=lab.url, **changes)

    def destination(self, name, **changes):
        return dict({"type": "file", "path": os.path.join(self.folder, name + ".ndjson"), "format": "ecs", "start": "oldest"}, **changes)

    def parts(self, connectors, destinations):
        return {"store": {"path": self.store}, "telemetry": {"listen": "off"}, "connectors": connectors,
                "destinations": destinations}

    def reload(self):
        code, out, err = self.command("reload", "-c", self.configuration, "--json")
        self.assertIn(code, (0, 1), err)
        return json.loads(out)

    def events(self, connector):
        status = self.status()
        return next((c["events"] for c in status["connectors"] if c["name"] == connector), None) if status else None

    def flowing(self, *names):
        def condition():
            return all((self.events(name) or 0) > 0 for name in names)
        wait_for(condition, 60, "%s read: %s" % (names, self.status()))

    def changes(self, report):
        return {(c["kind"], c["name"]): (c["change"], c["options"]) for c in report["components"]}

    def test_only_what_changed_is_touched_and_nothing_is_lost(self):
        lab = self.lab(tenants=3, history="1h", history_per_hour=600, live_per_second=5, faults="calm")
        stay, change, gone = self.connector(lab, 1), self.connector(lab, 2), self.connector(lab, 3)
        self.write(**self.parts({"stay": stay, "change": change, "gone": gone},
                                {"archive": self.destination("archive"), "other": self.destination("other")}))
        process = self.start()
        self.flowing("stay", "change", "gone")
        before = self.events("stay")

        self.write(**self.parts({"change": dict(change, poll_interval="2s"), "stay": stay, "new": gone},
                                {"archive": self.destination("archive"), "other": self.destination("other", format="raw")}))
        report = self.reload()
        self.assertTrue(report["ok"], report)
        self.assertEqual(self.changes(report), {
            ("connector", "change"): ("changed", ["poll_interval"]),
            ("connector", "gone"): ("removed", []),
            ("connector", "new"): ("added", []),
            ("destination", "other"): ("changed", ["format"]),
        })
        self.assertEqual(report["unchanged"], 2)
        self.assertGreaterEqual(self.events("stay"), before, "an untouched connector keeps its counts")
        self.assertIsNone(self.events("gone"))
        self.collect_rest(lab, process)
        proof = self.proof(lab, outputs=[os.path.join(self.folder, "archive.ndjson")])
        self.assert_clean(proof)

    def collect_rest(self, lab, process):
        import time
        lab.freeze()
        moment = time.time()
        wait_for(lambda: process.poll() is not None or self.complete_through(moment + 6), 120, "complete: " + str(self.status()))
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])

    def test_a_file_with_mistakes_changes_nothing_and_says_where(self):
        lab = self.lab(history="10m", live_per_second=2, faults="calm")
        good = self.parts({"one": self.connector(lab)}, {"archive": self.destination("archive")})
        self.write(**good)
        process = self.start()
        self.flowing("one")
        bad = self.parts({"one": self.connector(lab, poll_interval="soon", tenat="x")}, {"archive": self.destination("archive")})
        self.write(**bad)
        report = self.reload()
        self.assertFalse(report["ok"])
        self.assertEqual(report["components"], [])
        whats = {p["what"]: p for p in report["problems"]}
        self.assertTrue(any("poll_interval" in what for what in whats), whats)
        self.assertTrue(any("tenat" in what for what in whats), whats)
        self.assertTrue(all(p["line"] > 0 and p["next_step"] for p in report["problems"]), whats)
        self.write(**good)  # `status` reads the store's path there
        seen = self.events("one")
        wait_for(lambda: self.events("one") > seen, 30, "the connector goes on")
        # The store's path cannot change while it runs, and the report says so.
        moved = self.parts({"one": self.connector(lab)}, {"archive": self.destination("archive")})
        moved["store"]["keep"] = "90d"
        self.write(**moved)
        os.kill(process.pid, signal.SIGHUP)
        wait_for(lambda: "store.keep was changed" in self.log_text(), 30, "SIGHUP: " + self.log_text()[-1000:])
        self.assertIsNone(process.poll())

    def test_a_secret_is_read_again_when_its_file_changes(self):
        lab = self.lab(history="10m", live_per_second=2, faults="calm")
        secret = os.path.join(self.folder, "secret")
        with open(secret, "w") as file:
            file.write("wrong")
        self.write(**self.parts({"one": self.connector(lab, client_secret="${file:%s}" % secret)},
                                {"archive": self.destination("archive")}))
        process = self.start()
        wait_for(lambda: (self.status() or {"connectors": []})["connectors"]
                 and "refused" in self.status()["connectors"][0]["state"] + self.status()["connectors"][0]["words"], 60, "refused")
        # Half written: empty. Nothing may change, and the process must not forget about it.
        with open(secret, "w") as file:
            file.flush()
            wait_for(lambda: "cannot be used yet" in self.log_text(), 40, "the empty file is noticed")
            file.write("lab-secret\n")
        self.flowing("one")
        self.assertIn("client_secret", self.log_text())
        self.assertNotIn("lab-secret", self.log_text())
        self.assertEqual(self.stop(process), 0)

    def test_a_connector_is_renamed_while_cistern_runs_and_while_it_does_not(self):
        lab = self.lab(history="1h", history_per_hour=600, live_per_second=2, faults="calm")
        destinations = {"archive": self.destination("archive")}
        self.write(**self.parts({"first": self.connector(lab)}, destinations))
        process = self.start()
        self.flowing("first")
        self.write(**self.parts({"second": self.connector(lab)}, destinations))
        code, out, err = self.command("check", "-c", self.configuration, "--json")
        self.assertEqual(code, 0, err)
        self.assertIn("cistern connector rename first second", out)
        code, out, err = self.command("connector", "rename", "first", "second", "-c", self.configuration)
        self.assertEqual(code, 0, out + err)
        self.flowing("second")
        self.assertEqual(self.stop(process), 0)
        self.write(**self.parts({"third": self.connector(lab)}, destinations))
        code, out, err = self.command("connector", "rename", "second", "third", "-c", self.configuration)
        self.assertEqual(code, 0, out + err)
        self.collect_everything(lab)
        path = os.path.join(self.folder, "archive.ndjson")
        proof = self.proof(lab, outputs=[path])
        self.assert_clean(proof)
        with open(path) as file:
            lines = file.readlines()
        self.assertFalse([line for line in lines if "no mapping" in line][:1], "old names are mapped as well")
        # One connector, with the whole history of all three names.
        code, out, err = self.command("coverage", "-c", self.configuration, "--json")
        self.assertEqual({s["connector"] for s in json.loads(out)["streams"]}, {"third"}, out + err)

    def test_a_removed_destination_is_forgotten(self):
        lab = self.lab(history="10m", live_per_second=2, faults="calm")
        connectors = {"one": self.connector(lab)}
        self.write(**self.parts(connectors, {"archive": self.destination("archive"), "old": self.destination("old")}))
        process = self.start()
        self.flowing("one")
        code, out, err = self.command("destination", "forget", "old", "-c", self.configuration, "--yes")
        self.assertEqual(code, 6, out + err)
        self.assertIn("still named", err)
        self.write(**self.parts(connectors, {"archive": self.destination("archive")}))
        code, out, err = self.command("destination", "forget", "old", "-c", self.configuration)
        self.assertEqual(code, 2, "without a terminal nobody has agreed: " + out + err)
        code, out, err = self.command("destination", "forget", "old", "-c", self.configuration, "--yes")
        self.assertEqual(code, 0, out + err)
        self.assertEqual([d["name"] for d in self.status()["destinations"]], ["archive"])
        self.assertEqual(self.stop(process), 0)
        _, out, _ = self.command("status", "-c", self.configuration, "--json")
        self.assertEqual([d["name"] for d in json.loads(out)["destinations"]], ["archive"])
        code, out, err = self.command("destination", "forget", "old", "-c", self.configuration, "--yes")
        self.assertEqual(code, 4, out + err)
        self.assertIn("holds nothing", err)


class CheckTest(ProgramTest):
    def test_ten_mistakes_are_found_at_once_each_with_line_and_cure(self):
        text = """store: {path: %s, keep: forever}
telemtry: {listen: off}
connectors:
  Contoso Audit: {type: microsoft_365, tenant: contoso.com, client_id: a6099727-0000-4000-8000-509acc563000, client_secret: x}
  two:
    type: microsoft_356
  three:
    type: microsoft_365
    tenant: not a tenant
    client_id: a6099727
    client_secret: a6099727-0000-4000-8000-509acc563000
    poll_intervall: 1m
  four:
    type: microsoft_365
    tenant: contoso.com
    client_id: a6099727-0000-4000-8000-509acc563000
    certificate: %s/missing.pem
destinations:
  one: {type: file, path: out.ndjson, start: yesterday}
  two: {type: file, path: out.ndjson, connectors: [nobody]}
""" % (self.store, self.folder)
        with open(self.configuration, "w") as file:
            file.write(text)
        code, out, err = self.command("check", "-c", self.configuration, "--json")
        self.assertEqual(code, 1, out + err)
        problems = json.loads(out)["problems"]
        expected = [
            (1, "keep"), (2, "telemtry"), (4, "Contoso Audit"), (6, "microsoft_356"), (12, "poll_intervall"),
            (13, "missing.pem"), (19, "yesterday"), (20, "nobody"), (20, "out.ndjson"),
        ]
        for line, word in expected:
            found = [p for p in problems if p["line"] == line and word in p["what"]]
            self.assertTrue(found, "line %d, %s: %s" % (line, word, json.dumps(problems, indent=1)))
            self.assertTrue(all(p["next_step"] for p in found))
        # Form and sense of a connector's own values are looked at once its names are right.
        with open(self.configuration, "w") as file:
            file.write(text.replace("poll_intervall", "poll_interval"))
        _, out, _ = self.command("check", "-c", self.configuration, "--json")
        lines = {p["line"] for p in json.loads(out)["problems"]}
        self.assertTrue({9, 10, 11} <= lines, out)

    def test_the_store_is_looked_at_as_well(self):
        lab = self.lab(history="10m", live_per_second=2, faults="calm")
        self.configure(lab.url)
        process = self.start()
        wait_for(lambda: (self.status() or {"connectors": [{"events": 0}]})["connectors"][0]["events"] > 0, 60, "events")
        code, out, err = self.command("check", "-c", self.configuration, "--json")
        self.assertEqual((code, json.loads(out)["problems"]), (0, [
            p for p in json.loads(out)["problems"] if "everyone who may read" in p["what"]]), out + err)
        self.configure(lab.url, destination={"type": "file", "path": self.output})
        with open(self.configuration) as file:
            whole = json.load(file)
        whole["destinations"]["renamed"] = whole["destinations"].pop("archive")
        one = whole["connectors"].pop("contoso-audit")
        whole["connectors"] = {"twin": one, "other": dict(one)}
        with open(self.configuration, "w") as file:
            json.dump(whole, file, indent=1)
        for running in (True, False):
            code, out, err = self.command("check", "-c", self.configuration, "--json")
            whats = "\n".join(p["what"] + " => " + p["next_step"] for p in json.loads(out)["problems"])
            self.assertIn("'archive' is not configured any more", whats)
            self.assertIn("cistern destination forget archive", whats)
            self.assertIn("destination 'renamed' has no place", whats)
            self.assertIn("read the same", whats)
            self.assertIn("'contoso-audit' that is not configured", whats)
            if running:
                self.assertEqual(self.stop(process), 0)
        with open(os.path.join(self.folder, "file"), "w") as file:
            file.write("x")
        self.configure(lab.url, store={"path": self.folder})
        code, out, _ = self.command("check", "-c", self.configuration, "--json")
        self.assertEqual(code, 1)
        self.assertIn("no store of cistern", out)


if __name__ == "__main__":
    unittest.main()
