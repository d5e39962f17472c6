"""Taking over from the Falcon SIEM Connector: its file in, cistern's configuration and the same lines out."""
import json
import os
import shutil
import stat
import subprocess
import tempfile
import unittest

CISTERN = os.environ.get("CISTERN", "build/release/src/app/cistern")
SECRET = "PlantedConnectorSecret77"
PROXY_PASSWORD = "PlantedProxyPassword78"

SETTINGS = """# ours
[Settings]
version = 3
api_url = https://api.us-2.crowdstrike.com/sensors/entities/datafeed/v2
request_token_url = https://api.us-2.crowdstrike.com/oauth2/token
app_id = %(app)s
client_id = 0000000000000000000000000000c11e
client_secret = %(secret)s
http_proxy = http://me:%(proxy)s@proxy.example.org:3128
partition = all
output_format = %(format)s
output_to_file = true
output_path = %(output)s
offset_path = %(offsets)s

[Output_File_Rotation]
rotate_file = true
max_size = 20
max_backups = 4
max_age = 9

[Syslog]
send_to_syslog_server = %(syslog)s
host = siem.example.org
port = 6514
protocol = tcp
time_fields = end

[EventTypeCollection]
UserActivityAuditEvent = true
HashSpreadingEvent = false

[UserActivityAuditEvent]
__header.0 = event.OperationName
__header.1 = 'audit'
suser = event.UserId
end = event.UTCTimestamp
cn3Label = 'Offset'
cn3 = metadata.offset

[UserActivityAuditEvent_AuditKeyValues]
__header.0 = event.subType
cs1 = event.AuditKeyValues.Key

[HashSpreadingEvent]
__header.0 = 'spreading'
"""

EVENTS = [
    {"metadata": {"offset": 18446744073709551615, "eventType": "UserActivityAuditEvent"},
     "event": {"OperationName": "a|b", "UserId": "x=y", "UTCTimestamp": 1784584044,
               "AuditKeyValues": [{"Key": "one"}, {"Key": "two"}]}},
    {"metadata": {"offset": 2, "eventType": "HashSpreadingEvent"}, "event": {}},
    {"metadata": {"offset": 3, "eventType": "NeverHeardOf"}, "event": {}},
]
LINES = ("CEF:0|CrowdStrike|FalconHost|1.0|a\\|b|audit|suser=x\\=y end=Jul 20 2026 21:47:24 cn3Label=Offset "
         "cn3=18446744073709551615\n"
         "CEF:0|CrowdStrike|FalconHost|1.0|AuditKeyValues|cs1=one\n"
         "CEF:0|CrowdStrike|FalconHost|1.0|AuditKeyValues|cs1=two\n")


class FalconImport(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cistern-test-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.output = os.path.join(self.folder, "output")
        self.offsets = os.path.join(self.folder, "stream_offsets")
        self.cfg = self.write("cs.falconhoseclient.cfg")
        self.events = os.path.join(self.folder, "events.ndjson")
        with open(self.events, "w") as file:
            file.write("".join(json.dumps(event) + "\n" for event in EVENTS))

    def write(self, name, **changes):
        path = os.path.join(self.folder, name)
        values = {"app": "ours01", "secret": SECRET, "proxy": PROXY_PASSWORD, "format": "syslog", "syslog": "true",
                  "output": self.output, "offsets": self.offsets}
        values.update(changes)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(SETTINGS % values)
        return path

    def cistern(self, *arguments, code=0, store=None):
        environment = dict(os.environ, CISTERN_STORE=store or os.path.join(self.folder, "store"))
        done = subprocess.run([CISTERN] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              universal_newlines=True, env=environment, timeout=60)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, said)
        self.assertNotIn(SECRET, said)
        self.assertNotIn(PROXY_PASSWORD, said)
        return done.stdout, done.stderr

    def import_(self, *arguments, code=0):
        return self.cistern("import", "falcon-siem-connector", *arguments, code=code)

    def test_lines_are_those_of_the_connector(self):
        lines, _ = self.import_(self.cfg, "--events", self.events, "--lines", "--choice", "zone=UTC")
        self.assertEqual(lines, LINES)

    def test_a_dry_run_shows_one_event_of_each_type(self):
        shown, said = self.import_(self.cfg, "--dry-run", "--choice", "zone=UTC", "--events", self.events)
        self.assertIn("CEF:0|CrowdStrike|FalconHost|1.0|a\\|b|audit", shown)
        self.assertIn("# HashSpreadingEvent\n# not collected", shown)
        self.assertIn("# NeverHeardOf\n# no line", shown)
        self.assertIn("note", said)
        samples, _ = self.import_(self.cfg, "--dry-run")
        self.assertIn("# DetectionSummaryEvent", samples)

    def test_written_files_are_a_configuration_that_checks(self):
        out = os.path.join(self.folder, "new")
        self.import_(self.cfg, "--out", out, "--store", os.path.join(self.folder, "store"))
        secret = os.path.join(out, "secrets", "falcon.secret")
        with open(secret) as file:
            self.assertEqual(file.read(), SECRET)
        self.assertEqual(stat.S_IMODE(os.stat(secret).st_mode), 0o600)
        with open(os.path.join(out, "secrets", "falcon.proxy")) as file:
            self.assertEqual(file.read(), PROXY_PASSWORD)
        with open(os.path.join(out, "cistern.yaml")) as file:
            text = file.read()
        self.assertNotIn(SECRET, text)
        for words in ('cloud: "us-2"', 'exclude_event_types: ["HashSpreadingEvent"]', "rotate_size: 20MiB",
                      "keep_files: 4", "keep_for: 9d", "tcp://siem.example.org:6514", "header: none",
                      'proxy: "http://proxy.example.org:3128"', "heartbeat: 1m"):
            self.assertIn(words, text)
        self.cistern("check", "-c", os.path.join(out, "cistern.yaml"))
        _, said = self.import_(self.cfg, "--out", out, code=6)
        self.assertIn("import/exists", said)

    def test_nothing_is_written_without_a_folder(self):
        before = sorted(os.listdir(self.folder))
        shown, _ = self.import_(self.cfg)
        self.assertIn("would write ./cistern.yaml", shown)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_offsets_come_from_what_the_connector_left(self):
        def start():
            found, _ = self.import_(self.cfg)
            return found

        self.assertIn('start: "oldest"', start())
        with open(self.output, "w") as file:
            file.write(LINES + "CEF:0|x|cn3Label=Offset cn3=41 \n")
        self.assertIn('start: "18446744073709551615"', start())
        with open(self.offsets, "w") as file:
            file.write('{"https://firehose.example.com/sensors/entities/datafeed/v1/0?appId=ours01": 77}')
        self.assertIn('"0": "77"', start())
        found, _ = self.import_(self.cfg, "--start", "now")
        self.assertIn('start: "now"', found)

    def test_a_folder_of_tenants_is_one_configuration(self):
        tenants = os.path.join(self.folder, "tenants")
        self.write("tenants/Contoso North.cfg", app="north", output=self.output + "1", syslog="false")
        self.write("tenants/south.cfg", app="south", output=self.output + "2", format="json", syslog="false")
        out = os.path.join(self.folder, "new")
        text, _ = self.import_(tenants, "--out", out, "--json")
        told = json.loads(text)
        self.assertEqual([one["name"] for one in told["connectors"]], ["contoso-north", "south"])
        self.assertEqual([one["format"] for one in told["connectors"]], ["template", "falcon-pretty"])
        self.assertTrue(all(finding["what"] for finding in told["findings"]))
        self.cistern("check", "-c", os.path.join(out, "cistern.yaml"))

    def test_the_file_itself_is_a_configuration(self):
        self.cistern("check", "-c", self.cfg)
        with open(self.cfg) as file:
            text = file.read()
        with open(self.cfg, "w") as file:
            file.write(text.replace("https://api.us-2.crowdstrike.com", "http://127.0.0.1:28365"))
        _, said = self.cistern("check", "-c", self.cfg)
        self.assertIn("no cloud of the vendor", said)
        with open(os.path.join(self.folder, "other.yaml"), "w") as file:
            file.write("store: {path: /nowhere}\n")
        _, said = self.cistern("run", "--falcon-config", file.name, code=3)
        self.assertIn("import/not-falcon", said)

    def test_bad_files_are_told_with_their_line(self):
        broken = os.path.join(self.folder, "broken.cfg")
        with open(broken, "w") as file:
            file.write("[Settings]\nclient_id = x\n[never closed\n")
        _, said = self.import_(broken, code=3)
        self.assertIn("broken.cfg:3", said)
        _, said = self.import_(self.cfg, "--choice", "missing=perhaps", code=2)
        self.assertIn("missing=perhaps", said)
        with open(self.events, "a") as file:
            file.write("{\n")
        _, said = self.import_(self.cfg, "--lines", "--events", self.events, code=3)
        self.assertIn("events.ndjson:4", said)


if __name__ == "__main__":
    unittest.main()
