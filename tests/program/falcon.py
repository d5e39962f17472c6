"""What the tests of Falcon share: a lab with Falcon alone, and a connector that reads it."""
import json

from harness import ProgramTest

CLIENT = "fa1c0000000000000000000000000001"
SCOPELESS = "fa1c0000000000000000000000000a02"
REVOKED = "fa1c0000000000000000000000000a03"


class FalconTest(ProgramTest):
    def falcon_lab(self, **options):
        """Nothing of the other vendors, so that the proof is about Falcon."""
        return self.lab(**dict({"history_per_hour": 0, "live_per_second": 0}, **options))

    def configure_falcon(self, lab_url, destination=None, **options):
        connector = dict({"type": "crowdstrike_falcon", "client_id": CLIENT, "client_secret": "lab-secret",
                          "app_id": "cistern01", "api_url": lab_url, "reconnect_delay": "1s", "read_timeout": "20s"}, **options)
        connector = {name: value for name, value in connector.items() if value is not None}
        self.configure(lab_url, connectors={"falcon": connector}, destination=destination)

    def settings(self, lab, **values):
        lab.post("/lab/falcon", dict({"customer": 1}, **values))

    def feeds(self, lab):
        """Of the first customer, by partition."""
        return json.loads(lab.get("/lab/falcon"))

    def gaps(self):
        """What `cistern coverage` calls lost, as FEED:FROM-TO."""
        _, out, err = self.command("coverage", "-c", self.configuration, "--json")
        self.assertTrue(out, err)
        return [gap["item"] for stream in json.loads(out)["streams"] for gap in stream["gaps"] if gap["kind"] == "lost"]
