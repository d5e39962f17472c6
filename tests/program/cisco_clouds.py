"""What the tests of Cisco Duo and Cisco Secure Endpoint share: a lab with one of them alone, and a connector that reads it."""
import json
import time

from harness import ProgramTest, wait_for

DUO = {"type": "cisco_duo", "integration_key": "DILABLABLABLABLABLAB",
       "secret_key": "lab0secret0lab0secret0lab0secret0lab0sec"}
ENDPOINT = {"type": "cisco_secure_endpoint", "client_id": "1ab1ab1ab1ab1ab1ab1a",
            "api_key": "1ab00000-0000-4000-8000-00000000ab1e"}
# Rows can be read so long after they happened; a little longer than what a collector leaves out as unsettled, so that a
# test does not wait for what can be read and is not yet asked for.
LATENESS = 152


class CiscoCloudsTest(ProgramTest):
    def cloud_lab(self, **options):
        """Nothing of the other vendors, so that the proof is about the one that is given a history."""
        none = {"history_per_hour": 0, "live_per_second": 0, "umbrella_history": "10m", "umbrella_rows_per_hour": 0,
                "umbrella_live_per_second": 0}
        return self.lab(**dict(none, **options))

    def configure_duo(self, lab, destination=None, **options):
        self.configure(lab.url, connectors={"duo": dict(DUO, host=lab.url, **options)}, destination=destination)

    def configure_endpoint(self, lab, destination=None, **options):
        self.configure(lab.url, connectors={"endpoint": dict(ENDPOINT, api_url=lab.url, **options)}, destination=destination)

    def collect_all(self, lab, seconds):
        """Freezes the lab and lets a run store and deliver all that it owes; the proof of that."""
        lab.freeze()
        process = self.start()
        found = {}

        def complete():
            self.assertIsNone(process.poll(), self.log_text()[-3000:])
            found.update(self.proof(lab))
            return found["lost"] == 0 and self.everything_delivered()

        deadline = time.monotonic() + seconds
        wait_for(lambda: self.everything_delivered(), seconds, lambda: "delivered: " + str(self.status()))
        while not complete() and time.monotonic() < deadline:
            time.sleep(1)
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        return self.proof(lab)

    def usage(self, lab):
        """Of Duo's endpoints, by path."""
        return {one["path"]: one for one in json.loads(lab.get("/lab/duo"))["endpoints"]}
