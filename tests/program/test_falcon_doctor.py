"""`cistern doctor` against each fault of Falcon: what it concludes, the cure it names, its exit code; and what a running
connector says of the same."""
import json
import unittest

import falcon
from falcon import FalconTest
from harness import wait_for

# name: what is different, the probe that finds it, its outcome, code, a part of its cure; `words` is a part of the state
# that a running connector shows (None: it meets no such fault).
FAULTS = {
    "secret wrong": dict(options={"client_secret": "not-the-secret"}, probe="token",
                         code="crowdstrike_falcon/secret-refused", cure="create a new secret", words="login refused"),
    "client revoked": dict(options={"client_id": falcon.REVOKED}, probe="token",
                           code="crowdstrike_falcon/secret-refused", cure="create a new secret", words="login refused"),
    "client unknown": dict(options={"client_id": "fa1c00000000000000000000000fffff"}, probe="token",
                           code="crowdstrike_falcon/", cure="client", words="login refused"),
    "scope missing": dict(options={"client_id": falcon.SCOPELESS}, probe="scope Event streams: Read",
                          code="crowdstrike_falcon/scope-missing", cure="tick Read for Event streams",
                          words="permission missing"),
    "other cloud": dict(options={"cloud": "us-1"}, settings={"region": "eu-1"}, probe="cloud",
                        code="crowdstrike_falcon/wrong-cloud", cure="cloud: eu-1", words="login refused"),
    "address not allowed": dict(settings={"address_refused": True}, probe="token",
                                code="crowdstrike_falcon/address-refused", cure="IP allowlist management",
                                words="login refused"),
    "streaming off": dict(settings={"streaming_enabled": False}, probe="streams", outcome="warning",
                          code="crowdstrike_falcon/no-streams", cure="Streaming API", words="retrying"),
    "label with marks": dict(options={"app_id": "SIEM-Connector-v2.0.0"}, probe="configuration", outcome="warning",
                             code="crowdstrike_falcon/app-id-marks", cure="letters and digits", words=None),
    "login throttled": dict(fault={"kind": "error", "status": 429, "match": {"operation": "token"}}, probe="token",
                            code="crowdstrike_falcon/throttled", cure="nothing, if", words="retrying"),
    "discovery away": dict(fault={"kind": "error", "status": 503, "match": {"operation": "discovery"}},
                           probe="api host", code="crowdstrike_falcon/unexpected-answer", cure="no proxy",
                           words="retrying"),
    "host unknown": dict(options={"api_url": "https://nowhere.invalid"}, probe="api host", code="net/dns", cure="",
                         words="retrying"),
    "nobody listens": dict(options={"api_url": "http://127.0.0.1:1"}, probe="api host", code="net/connect", cure="",
                           words="retrying"),
    "proxy away": dict(options={"proxy": "http://127.0.0.1:1"}, probe="api host", code="net/proxy", cure="proxy",
                       words="retrying"),
    "no TLS there": dict(options={"api_url": "https://127.0.0.1:{port}"}, probe="api host", code="net/tls", cure="",
                         words="retrying"),
    "partition unknown": dict(options={"partitions": ["77"]}, probe="streams",
                              code="crowdstrike_falcon/no-such-partition", cure="`partitions`", words="stopped"),
}


class FalconDoctor(FalconTest):
    def probes(self):
        code, out, err = self.command("doctor", "-c", self.configuration, "--json", seconds=200)
        self.assertIn(code, (0, 1, 2, 3), err)
        document = json.loads(out)
        return code, {probe["name"]: probe for probe in document["connectors"][0]["probes"]}, out

    def test_a_sound_vendor_passes_and_no_stream_is_opened(self):
        lab = self.falcon_lab(faults="calm", history="1h")
        self.configure_falcon(lab.url)
        code, probes, out = self.probes()
        self.assertEqual(code, 0, out)
        self.assertEqual({probe["outcome"] for probe in probes.values()}, {"ok"}, out)
        self.assertEqual(self.feeds(lab)["streams_opened"], 0)
        self.assertNotIn("lab-secret", out)

    def test_a_running_collector_is_not_called_a_fault(self):
        lab = self.falcon_lab(faults="calm", history="1h")
        self.configure_falcon(lab.url)
        self.start()
        wait_for(lambda: self.feeds(lab)["streams_connected"] == 2, 30, "both streams are read")
        code, probes, out = self.probes()
        self.assertEqual(code, 0, out)
        self.assertEqual(probes["streams"]["outcome"], "warning")
        self.assertIn("if this connector is running just now", probes["streams"]["meaning"])
        self.assertEqual(self.feeds(lab)["streams_connected"], 2, "the doctor took a stream away")

    def test_each_fault_is_named_with_its_cure(self):
        for name, fault in FAULTS.items():
            with self.subTest(name):
                self.examine(fault)

    def examine(self, fault):
        lab = self.falcon_lab(faults="calm", history="1h")
        try:
            options = {key: value.format(port=lab.port) if isinstance(value, str) else value
                       for key, value in fault.get("options", {}).items()}
            self.configure_falcon(lab.url, **options)
            if "settings" in fault:
                self.settings(lab, **fault["settings"])
            if "fault" in fault:
                planted = dict(fault["fault"])
                match = dict(planted.pop("match"), vendor="crowdstrike_falcon")
                lab.plant(count=1000000, match=match, **planted)
            code, probes, out = self.probes()
            probe = probes[fault["probe"]]
            outcome = fault.get("outcome", "failed")
            self.assertEqual(probe["outcome"], outcome, out)
            self.assertTrue(probe["code"].startswith(fault["code"]), probe)
            self.assertIn(fault["cure"], probe["next_step"])
            self.assertNotIn("lab-secret", out)
            self.assertEqual(code == 0, outcome == "warning", out)
            if fault["words"]:
                process = self.start()
                wait_for(lambda: fault["words"] in self.words("falcon"), 30,
                         lambda: "status says %s, not %s" % (self.words("falcon"), fault["words"]))
                self.stop(process)
        finally:
            lab.stop()


if __name__ == "__main__":
    unittest.main()
