"""Event streams of Cisco Secure Endpoint against a real broker with TLS."""
import json
import os
import time
import unittest

from event_streams import EventStreamTest, KEY
from harness import wait_for
import rabbitmq_node


class EventStream(EventStreamTest):
    def test_makes_the_stream_consumes_it_and_removes_it_with_the_connector(self):
        self.configure_stream()
        process = self.start()
        self.wait_consuming()
        stream = self.vendor.stream()
        self.assertRegex(stream["name"], r"^cistern-[0-9a-f]{8}$")
        self.vendor.publish(50)
        self.wait_stored(50)
        wait_for(lambda: self.node.depth(stream["queue"]) == 0, 60, "all acknowledged")
        self.assertEqual(self.stop(process), 0, self.log_text()[-2000:])
        self.assert_each_once()
        self.assert_no_secret(stream["password"], KEY)
        # Again: the same stream, with the password from the store, and nothing of before.
        process = self.start()
        self.wait_consuming()
        self.vendor.publish(5)
        self.wait_stored(55)
        self.assertEqual(len(self.vendor.streams), 1)
        self.assert_each_once()
        # Removed while it runs: the connector lets go first, then the vendor's stream, then the position.
        self.change_configuration(lambda whole: whole.update(connectors={"other": dict(
            whole["connectors"]["endpoint"], client_id="2ab1ab1ab1ab1ab1ab1a", streams=["audit"])}))
        self.change_configuration(lambda whole: whole["connectors"]["other"].pop("event_stream"))
        self.change_configuration(lambda whole: whole["connectors"]["other"].pop("event_stream_ca_file"))
        code, out, err = self.command("connector", "remove", "endpoint", "-c", self.configuration, "--yes")
        self.assertEqual(code, 0, out + err)
        self.assertIn("is removed", err)
        self.assertEqual(self.vendor.streams, {})
        self.assertEqual(self.stop(process), 0, self.log_text()[-2000:])

    def test_a_removal_that_the_vendor_refuses_changes_nothing(self):
        self.configure_stream()
        process = self.start()
        self.wait_consuming()
        self.assertEqual(self.stop(process), 0)
        self.change_configuration(lambda whole: whole["connectors"].update(
            other={"type": "cisco_secure_endpoint", "api_url": self.vendor.url, "client_id": "2ab1ab1ab1ab1ab1ab1a",
                   "api_key": KEY}))
        self.change_configuration(lambda whole: whole["connectors"].pop("endpoint"))
        self.vendor.read_only = True
        code, _, err = self.command("connector", "remove", "endpoint", "-c", self.configuration, "--yes")
        self.assertNotEqual(code, 0)
        self.assertIn("DELETE", err)
        self.vendor.read_only = False
        code, out, err = self.command("connector", "remove", "endpoint", "-c", self.configuration, "--yes")
        self.assertEqual(code, 0, out + err)
        self.assertEqual(self.vendor.streams, {})

    def test_what_is_no_json_is_kept_and_does_not_stop_the_queue(self):
        self.configure_stream()
        process = self.start()
        self.wait_consuming()
        queue = self.vendor.stream()["queue"]
        for body in (b"not json", b"\xff\xfe", b"", b'{"a":', b"x" * 5_000_000):
            self.node.publish(queue, body)
        self.vendor.publish(10)
        self.wait_stored(15)
        wait_for(lambda: self.node.depth(queue) == 0, 60, "all acknowledged")
        self.assertEqual(self.stop(process), 0)
        raws = [one.get("raw", one.get("raw_base64")) for one in self.dumped()]
        for body in ("not json", "//4=", "", '{"a":', "x" * 5_000_000):
            self.assertIn(body, raws)

    def test_a_queue_deleted_under_us_is_noticed_and_the_gap_read_by_asking(self):
        self.vendor.tells_by_rest = True
        self.configure_stream()
        process = self.start()
        self.wait_consuming()
        self.vendor.publish(20)
        first = self.vendor.stream()
        with self.vendor.lock:
            del self.vendor.streams[first["id"]]
            self.node.remove_stream(first["queue"], first["user"])
        self.vendor.publish(20)
        wait_for(lambda: "made again" in self.log_text(), 60, lambda: self.log_text()[-2000:])
        self.wait_stored(40, seconds=90)
        self.assertEqual(self.stop(process), 0)
        self.assert_each_once()

    def test_a_broker_restarted_under_us_loses_and_repeats_nothing(self):
        self.configure_stream()
        process = self.start()
        self.wait_consuming()
        self.vendor.publish(30)
        wait_for(self.node.close_connections, 60, "a connection is listed, and closed")
        self.vendor.publish(30)
        self.wait_stored(60)
        self.node.stop()
        self.node.start()
        self.wait_consuming(seconds=400)
        self.vendor.publish(30)
        self.wait_stored(90)
        self.assertEqual(self.stop(process), 0)
        self.assert_each_once()

    def test_a_password_changed_at_the_broker_ends_in_a_new_stream(self):
        self.configure_stream()
        process = self.start()
        self.wait_consuming()
        first = self.vendor.stream()
        self.node.set_user(first["user"], "another one")
        wait_for(self.node.close_connections, 60, "a connection is listed, and closed")
        wait_for(lambda: "refused user" in self.notices(), 60, lambda: self.notices() + self.log_text()[-2000:])
        wait_for(lambda: first["id"] in self.vendor.deleted, 120, lambda: self.log_text()[-2000:])
        self.assertEqual(self.stop(process), 0)

    def test_a_broker_of_another_authority_or_name_is_not_trusted(self):
        rabbitmq_node.make_authority(self.folder, "stranger")
        self.configure_stream(event_stream_ca_file=os.path.join(self.folder, "stranger.pem"))
        process = self.start()
        wait_for(lambda: "is not trusted" in self.notices(), 60, lambda: self.log_text()[-2000:])
        self.assertIn("event_stream_ca_file", self.notices())
        # The password went to nobody, and asking goes on.
        self.assertEqual(self.node.call("GET", "/api/connections"), [])
        self.assertEqual(self.stop(process), 0)

    def test_the_limit_of_streams_and_a_read_only_key_are_told_in_the_vendors_words(self):
        self.vendor.others = 5
        self.vendor.tells_by_rest = True
        self.configure_stream()
        process = self.start()
        self.vendor.publish(5)
        wait_for(lambda: "maximum of 5 event streams" in self.notices(), 60, self.log_text)
        self.wait_stored(5)
        self.assertEqual(self.stop(process), 0)
        self.vendor.others = 0
        self.vendor.read_only = True
        process = self.start()
        wait_for(lambda: "read-only" in self.notices(), 60, self.log_text)
        self.assertEqual(self.stop(process), 0)

    def test_the_depth_of_the_queue_is_told(self):
        self.configure_stream()
        process = self.start()
        self.wait_consuming()
        self.assertEqual(self.reading().get("waiting"), 0)
        self.assertEqual(self.stop(process), 0)
        self.vendor.publish(7)
        process = self.start()
        # As the broker said before any of them came; it is asked again each minute.
        wait_for(lambda: self.reading().get("waiting") == 7, 60, lambda: str(self.reading()))
        self.wait_stored(7)
        self.assertEqual(self.stop(process), 0)

    def assert_no_secret(self, *secrets):
        """Neither in what is shown of the store, nor in a log, nor in the output."""
        code, out, err = self.command("store", "dump", "--path", self.store, "--control", "--from", "0")
        self.assertEqual(code, 0, err)
        self.assertTrue("(sealed)" in out, "control frames are shown, with what is sealed in them hidden")
        self.assertFalse("sealed:1:" in out, "a sealed value is shown")
        with open(self.output, errors="replace") as file:
            shown = out + err + self.log_text() + file.read()
        for secret in secrets:
            self.assertFalse(secret in shown, "a secret is shown")


if __name__ == "__main__":
    unittest.main()
