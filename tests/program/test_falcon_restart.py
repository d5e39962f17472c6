"""Falcon's cloud goes away and comes back, in order and by a kill, while cistern reads its streams: the truth is the same
afterwards, and nothing of it is lost, repeated or altered."""
import json
import os
import unittest

from falcon import FalconTest
from harness import wait_for


class FalconRestart(FalconTest):
    def test_the_cloud_comes_back_as_the_same_vendor(self):
        lab = self.falcon_lab(faults="calm", history="6h", falcon_history_per_hour=300, falcon_live_per_second=40,
                              state=os.path.join(self.folder, "lab.state"))
        self.configure_falcon(lab.url)
        process = self.start()
        wait_for(lambda: self.stored() > 1500, 60, lambda: "the backlog is stored: " + self.words("falcon"))
        for hard in (True, False):
            before = self.stored()
            lab.restart(hard=hard)
            wait_for(lambda: self.stored() > before + 100, 90, lambda: "it goes on: " + self.words("falcon"))
        self.assertIsNone(process.poll(), self.log_text()[-3000:])
        self.assertEqual(self.stop(process), 0)
        self.collect_everything(lab)
        proof = self.proof(lab, settle="0s")
        self.assert_clean(proof)
        self.assertEqual(list(proof["vendors"]), ["Falcon"])
        # What the lab remembers is there again: the streams of before the kill are on the feed.
        truth = [json.loads(line) for line in lab.get("/lab/truth").decode().splitlines()]
        started = [row for row in truth if row["kind"] == "record" and
                   row["record"]["event"].get("OperationName") == "streamStarted"]
        self.assertGreaterEqual(len(started), 6)


if __name__ == "__main__":
    unittest.main()
