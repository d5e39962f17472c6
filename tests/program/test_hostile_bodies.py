"""Bodies that a hostile or broken server sends: each is bounded in size, depth, count, time and ratio; the bound that was
reached is named and counted, memory stays small, and afterwards everything is collected."""
import re
import socket
import unittest
import urllib.request

from harness import LONG, SLOW, ProgramTest, wait_for

GIB = 1 << 30
# Many times what the answers would take that are held at once, and a hundredth of what is sent.
MOST_MEMORY = (1024 if SLOW else 256) << 20


def peak(process):
    with open("/proc/%d/status" % process.pid) as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) * 1024


class HostileBodies(ProgramTest):
    def meet(self, kind, codes, **details):
        """One answer to each operation is hostile; `codes`: the failure that is counted, by operation."""
        lab = self.lab(faults="calm", history="3h", history_per_hour=200, live_per_second=5)
        self.configure(lab.url, connector={"max_blob": "8MiB"}, telemetry={"listen": "127.0.0.1:%d" % self.free_port()})
        for operation, code in codes.items():
            lab.plant(kind, match={"operation": operation}, **details)
            # Some of these make a connector wait for an hour; a new process asks at once.
            process = self.start()
            wait_for(lambda: self.counted().get(code), 150, lambda: "%s of %s is counted: %s, %s" % (code, operation, self.counted(), self.words()))
            self.assertLess(peak(process), MOST_MEMORY)
            self.assertIsNone(process.poll(), self.log_text()[-3000:])
            self.assertEqual(self.stop(process), 0, self.log_text()[-2000:])
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def free_port(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        return self.port

    def counted(self):
        """The failed requests by code, as the metrics tell them."""
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % self.port, timeout=10) as answer:
                text = answer.read().decode()
        except OSError:
            return {}
        return {code: int(float(count)) for code, count in
                re.findall(r'^cistern_connector_failed_requests_total\{connector="contoso-audit",code="([^"]+)"\} (\S+)$', text, re.M)}

    TOO_LARGE = dict.fromkeys(("token", "list_subscriptions", "list", "blob"), "net/too-large")

    def test_gzip_that_expands_a_thousandfold(self):
        self.meet("bomb", self.TOO_LARGE, bytes=20 * GIB)

    def test_a_body_that_is_announced_too_large(self):
        self.meet("oversize", self.TOO_LARGE, bytes=20 * GIB)

    def test_a_body_without_end(self):
        self.meet("oversize", self.TOO_LARGE, bytes=1 << 62, chunked=True)

    def test_a_million_header_lines(self):
        self.meet("headers", self.TOO_LARGE, lines=1000000)

    def test_json_nested_a_million_deep(self):
        self.meet("deep", {"blob": "runtime/unreadable"}, bytes=1000000)

    def test_other_answers_nested_a_million_deep(self):
        """They are small things that somebody reads whole: each is a failure in words, and goes by."""
        lab = self.lab(faults="calm", history="3h", history_per_hour=200, live_per_second=5)
        self.configure(lab.url)
        for operation in ("token", "list_subscriptions", "list"):
            lab.plant("deep", match={"operation": operation}, count=3, bytes=1000000)
            process = self.start()
            wait_for(lambda: '"failure"' in self.words(), 60, lambda: "status says so: " + self.words())
            self.assertIsNone(process.poll(), self.log_text()[-3000:])
            self.assertLess(peak(process), MOST_MEMORY)
            self.assertEqual(self.stop(process), 0)
        lab.silence()
        self.collect_everything(lab)
        self.assert_clean(self.proof(lab, settle="0s"))

    def test_a_body_that_drips(self):
        if not LONG:
            self.skipTest("an exchange may last two minutes: only with --long")
        self.meet("slow", {"list": "net/timeout", "blob": "net/timeout"}, bytes_per_second=1)


if __name__ == "__main__":
    unittest.main()
