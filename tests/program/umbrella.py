"""What the tests of Umbrella share: a lab with its export alone, and a connector that reads a bucket."""
import json
import os

from harness import ProgramTest, wait_for

KEY_ID = "AKIALABUMBRELLA00001"
SECRET = "lab/umbrella+secret0123456789abcdefABCDE"
FOLDER = "2003477_a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0"
MANAGED = "cisco-managed-eu-west-1"
OWN = "contoso-umbrella"


class UmbrellaTest(ProgramTest):
    def complete_through(self, moment):
        """The streams are those of the folders that the bucket has, so before the first look there are none."""
        status = self.status()
        return bool(status and status["connectors"][0]["streams"]) and super().complete_through(moment)

    def collect_from_queue(self, lab, seconds=120):
        """A queue proves nothing complete: only the daily listing moves `through`. So the lab's truth says when it is over."""
        lab.freeze()
        process = self.start()
        wait_for(lambda: self.everything_delivered() and self.proof(lab, settle="0s")["lost"] == 0, seconds,
                 lambda: "all is stored: %s %s" % (self.export(lab)["queue"], self.proof(lab, settle="0s")))
        self.assertIsNone(process.poll(), self.log_text()[-3000:])
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])

    def umbrella_lab(self, folders=(), **options):
        """Nothing of the other vendors, so that the proof is about Umbrella."""
        options = dict({"history_per_hour": 0, "live_per_second": 0, "umbrella_slot": "2s"}, **options)
        if folders:
            options["umbrella_folder"] = list(folders)
        return self.lab(**options)

    def configure_umbrella(self, lab_url, destination=None, **options):
        connector = dict({"type": "cisco_umbrella", "data_path": "s3://%s/%s/" % (MANAGED, FOLDER),
                          "access_key_id": KEY_ID, "secret_access_key": SECRET, "endpoint": lab_url,
                          "poll_every": "1s"}, **options)
        connector = {name: value for name, value in connector.items() if value is not None}
        self.configure(lab_url, connectors={"umbrella": connector}, destination=destination)

    def configure_own(self, lab, queue=False, **options):
        """The customer's own bucket, by listing or by its queue."""
        self.configure_umbrella(lab.url, data_path=None, bucket=OWN, region="eu-west-1",
                                queue_url=lab.url + "/111122223333/umbrella-logs" if queue else None, **options)

    def settings(self, lab, **values):
        lab.post("/lab/umbrella", values)

    def export(self, lab):
        return json.loads(lab.get("/lab/umbrella"))

    def counted(self, lab, operation):
        return json.loads(lab.get("/lab/status"))["requests"].get("umbrella_" + operation, 0)

    def rows(self):
        """What the store holds, as dictionaries."""
        code, out, err = self.command("store", "dump", "--path", self.store)
        self.assertEqual(code, 0, err)
        return [json.loads(line) for line in out.splitlines()]

    def use_key_of(self, lab):
        """Configures the key pair that is valid now."""
        now = self.export(lab)
        self.change_configuration(lambda whole: whole["connectors"]["umbrella"].update(
            {"access_key_id": now["access_key_id"], "secret_access_key": now["secret_access_key"]}))

    def store_bytes(self):
        journal = os.path.join(self.store, "journal")
        return sum(entry.stat().st_size for entry in os.scandir(journal)) if os.path.isdir(journal) else 0
