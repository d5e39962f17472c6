"""Umbrella's export through the whole program: a managed bucket, an own one with its queue, a kill in the middle of a large
object, a vendor that comes back, a key that is rotated, objects that are purged, and what doctor says of each mistake."""
import json
import os
import unittest

from harness import SLOW, wait_for
from umbrella import FOLDER, MANAGED, UmbrellaTest

KINDS = ["dnslogs", "proxylogs", "firewalllogs", "iplogs", "auditlogs", "intrusionlogs", "dlplogs", "ravpnlogs", "ztnalogs",
         "ztnaflowlogs", "fileeventlogs"]


class Umbrella(UmbrellaTest):
    def test_every_kind_of_log_of_a_managed_bucket_is_stored_and_delivered_once(self):
        lab = self.umbrella_lab(umbrella_history="3h", umbrella_rows_per_hour=2000, umbrella_schema=15)
        self.settings(lab, max_keys=5)
        self.configure_umbrella(lab.url)
        self.collect_everything(lab)
        proof = self.proof(lab, settle="0s")
        self.assert_clean(proof)
        self.assertEqual(list(proof["vendors"]), ["Umbrella"])
        folders = {row["meta"]["key"].split("/")[1] for row in self.rows()}
        self.assertEqual(folders, set(KINDS))
        # Nothing was asked for that a managed bucket refuses.
        for operation in ("location", "head_bucket", "head", "other"):
            self.assertEqual(self.counted(lab, operation), 0)

    def test_header_rows_name_the_columns_and_are_no_events(self):
        lab = self.umbrella_lab(["dnslogs", "auditlogs"], faults="hostile", umbrella_history="2h",
                                umbrella_rows_per_hour=1000, umbrella_headers=True, umbrella_schema=17)
        self.configure_umbrella(lab.url)
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_an_own_bucket_is_read_by_its_queue(self):
        for way in ("direct", "sns", "eventbridge"):
            with self.subTest(way):
                self.tearDown()
                self.setUp()
                lab = self.umbrella_lab(["dnslogs", "proxylogs"], umbrella_history="1h", umbrella_rows_per_hour=500,
                                        umbrella_live_per_second=30, umbrella_notification=way)
                self.settings(lab, visibility=5)
                self.configure_own(lab, queue=True)
                process = self.start()
                wait_for(lambda: self.export(lab)["queue"]["deleted"] >= 6, 60,
                         lambda: "messages are deleted: %s %s" % (self.export(lab)["queue"], self.words("umbrella")))
                self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
                self.collect_from_queue(lab)
                proof = self.proof(lab, settle="0s")
                self.assert_clean(proof)
                # What lies in the bucket beside the export is left alone.
                self.assertFalse([row for row in self.rows() if "reports" in row["meta"]["key"]])

    def test_a_kill_in_a_large_object_goes_on_at_the_next_row(self):
        lab = self.umbrella_lab(["dnslogs"], faults="calm", umbrella_history="1h", umbrella_rows_per_hour=60,
                                umbrella_live_per_second=0, umbrella_large_rows=60000 if SLOW else 250000)
        self.configure_umbrella(lab.url)
        process = self.start()
        # The first commit of 8 MiB: more follow.
        wait_for(lambda: self.stored() > 20000, 60, lambda: "a part is stored: " + self.words("umbrella"))
        process.kill()
        process.wait()
        part = len(self.rows())
        self.collect_everything(lab)
        proof = self.proof(lab, settle="0s")
        self.assert_clean(proof)
        self.assertLess(part, proof["stored"])

    def test_the_cloud_comes_back_as_the_same_vendor(self):
        lab = self.umbrella_lab(["dnslogs", "firewalllogs"], umbrella_history="2h", umbrella_rows_per_hour=600,
                                umbrella_live_per_second=40, state=os.path.join(self.folder, "lab.state"))
        self.configure_umbrella(lab.url)
        process = self.start()
        wait_for(lambda: self.stored() > 800, 60, lambda: "the history is stored: " + self.words("umbrella"))
        for hard in (True, False):
            before = self.stored()
            lab.restart(hard=hard)
            wait_for(lambda: self.stored() > before + 100, 90, lambda: "it goes on: " + self.words("umbrella"))
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_a_rotated_key_is_said_and_the_new_one_goes_on(self):
        lab = self.umbrella_lab(["dnslogs"], faults="calm", umbrella_history="1h", umbrella_live_per_second=20)
        self.configure_umbrella(lab.url)
        process = self.start()
        wait_for(lambda: self.stored() > 50, 60, "something is stored")
        self.settings(lab, rotate_key=True)
        wait_for(lambda: "InvalidAccessKeyId" in self.words("umbrella") or "key" in self.words("umbrella").lower(), 60,
                 lambda: "the refused key is said: " + self.words("umbrella"))
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        self.use_key_of(lab)
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_an_object_that_is_late_or_replaced_is_read_as_well(self):
        lab = self.umbrella_lab(["dnslogs"], faults="calm", umbrella_history="2h", umbrella_live_per_second=5)
        self.configure_umbrella(lab.url)
        process = self.start()
        wait_for(lambda: self.stored() > 50, 60, "something is stored")
        # Uploaded now, named after a slot of long ago, before names that were read.
        self.settings(lab, add={"folder": "dnslogs", "age": 1500, "rows": 7, "suffix": "0000"})
        wait_for(lambda: any("-0000.csv.gz" in row["meta"]["key"] for row in self.rows()), 60, "the late one is stored")
        name = self.export(lab)["names"][-1]["name"]
        wait_for(lambda: any(name in row["meta"]["key"] for row in self.rows()), 60, "the newest is stored")
        self.settings(lab, replace=name)
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_doctor_tells_the_mistakes_apart(self):
        lab = self.umbrella_lab(["dnslogs"], faults="calm", umbrella_history="1h")
        cases = [
            ({}, {}, None),
            ({"secret_access_key": "lab/umbrella+secret0123456789abcdefABCDX"}, {}, "secret"),
            ({"access_key_id": "AKIALABUMBRELLA99999"}, {}, "key"),
            ({"data_path": "s3://%s/2003478_0000" % MANAGED}, {}, "path"),
            ({}, {"clock_ahead": 1200}, "clock"),
            ({}, {"clock_ahead": 0, "region": "us-west-1"}, "region"),
            ({}, {"region": "eu-west-1", "key_refusal": "AccessDenied"}, "90"),
        ]
        for options, settings, word in cases:
            with self.subTest(word=word, settings=settings):
                self.settings(lab, **settings)
                self.configure_umbrella(lab.url, **options)
                code, out, err = self.command("doctor", "-c", self.configuration)
                if word is None:
                    self.assertEqual(code, 0, out + err)
                else:
                    self.assertNotEqual(code, 0, out + err)
                    self.assertIn(word, (out + err).lower())
                self.assertNotIn("lab/umbrella", out + err)


if __name__ == "__main__":
    unittest.main()
