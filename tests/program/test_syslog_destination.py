"""The syslog destination against receivers that others wrote: what they keep is exactly what was sent, and nothing is
lost when they are restarted, hang, or cannot be trusted, or when cistern is killed."""
import collections
import json
import os
import random
import re
import signal
import time
import unittest

from harness import LONG, ProgramTest, wait_for
from receivers import OpensslServer, Rsyslog, SyslogNg, free_port
from test_tls import Authority, EC, openssl

HEADER = re.compile(rb'^<134>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z \S+ cistern - - \[cistern@32473 id="([0-9a-f]{32})"\] (.*)$', re.S)
WINDOW = 64


class SyslogDestination(ProgramTest):
    def run_lab(self, per_hour=20, live=1):
        self.vendor = self.lab(faults="calm", history="1d", history_per_hour=per_hour, live_per_second=live)
        self.configure(self.vendor.url)
        return self.vendor

    def siem(self, address, name="siem", **options):
        self.add_destination(name, dict({"type": "syslog", "address": address, "start": "oldest", "severity": "info"}, **options))

    def archive(self):
        """The events in order, as the file destination has them."""
        with open(self.output, "rb") as file:
            return file.read().split(b"\n")[:-1]

    def ids(self):
        return [json.loads(line)["cistern"]["id"].encode() for line in self.archive()]

    def kept(self, lines):
        """(identity, event) of each message."""
        found = [HEADER.match(line) for line in lines]
        self.assertTrue(all(found), [line for line, match in zip(lines, found) if not match][:2])
        return [match.groups() for match in found]

    def assert_same(self, lines, what):
        kept = self.kept(lines)
        self.assertEqual([event for _, event in kept], self.archive(), what)
        self.assertEqual([identity for identity, _ in kept], self.ids(), what)

    def assert_nothing_lost(self, lines, most_repeated):
        counts = collections.Counter(identity for identity, _ in self.kept(lines))
        lost = set(self.ids()) - set(counts)
        self.assertFalse(lost, "%d lost of %d" % (len(lost), len(self.ids())))
        repeated = sum(counts.values()) - len(counts)
        self.assertLessEqual(repeated, most_repeated)
        # The same identity is the same event, byte by byte.
        self.assertEqual(len(set(self.kept(lines))), len(counts))
        return repeated

    def wait_for_lines(self, receiver, name="out"):
        wait_for(lambda: len(receiver.lines(name)) >= len(self.archive()), 30,
                 lambda: "%d of %d lines in %s" % (len(receiver.lines(name)), len(self.archive()), name))

    def failing(self, name="siem"):
        return self.destination(name).get("failure", {}).get("code", "")

    # ---- exactly what was sent ----

    def test_rsyslog_by_udp_tcp_and_relp(self):
        ports = {name: free_port() for name in ("octet", "lf", "relp", "udp")}
        receiver = Rsyslog(self, "rsyslog", {"octet": ("imtcp", ports["octet"], ""), "lf": ("imtcp", ports["lf"], ""),
                                             "relp": ("imrelp", ports["relp"], 'maxDataSize="128k"'),
                                             "udp": ("imudp", ports["udp"], 'rcvbufSize="8m"')}).start()
        lab = self.run_lab()
        self.siem("tcp://127.0.0.1:%d" % ports["octet"], "octet")
        self.siem("tcp://127.0.0.1:%d" % ports["lf"], "lf", framing="lf")
        self.siem("relp://localhost:%d" % ports["relp"], "relp", window=WINDOW)
        self.siem("udp://127.0.0.1:%d" % ports["udp"], "udp", max_message="60KiB", batch_size="16KiB")
        self.collect_everything(lab)
        self.assertGreater(len(self.archive()), 300)
        for name in ("octet", "lf", "relp"):
            self.wait_for_lines(receiver, name)
            self.assert_same(receiver.lines(name), name)
        # Datagrams may be dropped by the system; those that came are whole.
        came = self.kept(receiver.lines("udp"))
        self.assertGreater(len(came), 100)
        self.assertLessEqual({event for _, event in came}, set(self.archive()))

    def test_rsyslog_by_tls_and_relp_over_tls_with_client_certificates(self):
        ours = Authority(self.folder, "ours")
        certificate, key = ours.issue("receiver", host="DNS:localhost,IP:127.0.0.1")
        client, client_key = ours.issue("client", host="DNS:cistern.example")
        settings = 'defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="%s" defaultNetstreamDriverCertFile="%s" ' \
                   'defaultNetstreamDriverKeyFile="%s"' % (ours.certificate, certificate, key)
        relp_tls = 'maxDataSize="128k" tls="on" tls.caCert="%s" tls.myCert="%s" tls.myPrivKey="%s" tls.authMode="name" ' \
                   'tls.permittedPeer=["cistern.example"]' % (ours.certificate, certificate, key)
        ports = {"tls": free_port(), "relps": free_port()}
        receiver = Rsyslog(self, "rsyslog", {"tls": ("imtcp", ports["tls"], ""), "relps": ("imrelp", ports["relps"], relp_tls)},
                           tcp='streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/certvalid"',
                           settings=settings).start()
        lab = self.run_lab()
        pair = {"ca_file": ours.certificate, "certificate": client, "private_key": client_key}
        self.siem("tls://localhost:%d" % ports["tls"], "tls", **pair)
        self.siem("relps://localhost:%d" % ports["relps"], "relps", window=WINDOW, **pair)
        self.collect_everything(lab)
        for name in ports:
            self.wait_for_lines(receiver, name)
            self.assert_same(receiver.lines(name), name)

    def test_syslog_ng(self):
        ports = {"octet": free_port(), "lf": free_port()}
        receiver = SyslogNg(self, "syslog-ng", {"octet": ("syslog", ports["octet"]), "lf": ("network", ports["lf"])}).start()
        lab = self.run_lab()
        self.siem("tcp://127.0.0.1:%d" % ports["octet"], "octet")
        self.siem("tcp://127.0.0.1:%d" % ports["lf"], "lf", framing="lf")
        self.collect_everything(lab)
        for name in ports:
            self.wait_for_lines(receiver, name)
            self.assert_same(receiver.lines(name), name)

    def test_openssl_servers_that_want_a_client_certificate(self):
        ours = Authority(self.folder, "ours")
        pair = ours.issue("receiver")
        client, client_key = ours.issue("client", host="DNS:cistern.example")
        wants = ("-Verify", "1", "-verify_return_error", "-CAfile", ours.certificate)
        servers = {"octet": OpensslServer(self, "octet", *pair, *wants).start(),
                   "lf": OpensslServer(self, "lf", *pair, "-tls1_2", *wants).start()}
        other = OpensslServer(self, "other", *pair, *wants).start()  # it serves one connection at a time
        lab = self.run_lab(per_hour=5)
        for name, server in servers.items():
            self.siem("tls://127.0.0.1:%d" % server.ports[0], name, framing=name, header="none", ca_file=ours.certificate,
                      certificate=client, private_key=client_key)
            self.change_configuration(lambda whole, name=name: whole["destinations"][name].pop("severity"))
        self.siem("tls://127.0.0.1:%d" % other.ports[0], "nobody", ca_file=ours.certificate)
        process = self.start()
        wait_for(lambda: self.failing("nobody") == "net/client-certificate", 30, lambda: "refused: %s" % self.destination("nobody"))
        self.assertEqual(self.stop(process), 0)
        self.remove_destination("nobody")
        self.collect_everything(lab)
        octet = b"".join(b"%d %s" % (len(event), event) for event in self.archive())
        for name, expected in (("octet", octet), ("lf", b"".join(event + b"\n" for event in self.archive()))):
            wait_for(lambda: expected in servers[name].bytes(), 20, lambda: "%s has everything: %s" % (name, servers[name].bytes()[-300:]))

    # ---- whom it does not trust ----

    def refused(self, code, *words, pair, **options):
        server = OpensslServer(self, "s%d" % free_port(), *pair).start()
        self.siem("tls://127.0.0.1:%d" % server.ports[0], **options)
        process = self.start()
        wait_for(lambda: self.failing() == code, 30, lambda: "%s: %s" % (code, self.destination("siem")))
        said = json.dumps(self.destination("siem"))
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(self.destination("siem")["state"], "stopped")
        self.assertTrue(self.destination("siem")["failure"]["next_step"])
        self.assertEqual(self.stop(process), 0)
        server.end()
        self.assertNotIn(b"<134>", server.bytes())

    def test_each_refused_certificate_has_its_own_words(self):
        ours, others = Authority(self.folder, "ours"), Authority(self.folder, "others")
        self.run_lab(per_hour=2)
        trust = {"ca_file": ours.certificate}
        self.refused("net/certificate-host", "siem.other.example", pair=ours.issue("other", host="DNS:siem.other.example"), **trust)
        self.refused("net/certificate-expired", "has expired", pair=ours.issue("old", begins=-3, ends=-1), **trust)
        self.refused("net/certificate-issuer", "others authority", pair=others.issue("foreign"), **trust)
        own, own_key = os.path.join(self.folder, "own.pem"), os.path.join(self.folder, "own.key")
        openssl("req", "-x509", *EC, "-keyout", own_key, "-out", own, "-days", "2", "-subj", "/CN=alone", "-addext",
                "subjectAltName=IP:127.0.0.1")
        self.refused("net/certificate-self-signed", "fingerprint", pair=(own, own_key), **trust)
        self.refused("net/certificate-pin", "SHA-256", pair=(own, own_key), fingerprint="00:" * 31 + "00")

    def test_a_certificate_is_known_by_its_fingerprint(self):
        own, own_key = os.path.join(self.folder, "own.pem"), os.path.join(self.folder, "own.key")
        openssl("req", "-x509", *EC, "-keyout", own_key, "-out", own, "-days", "2", "-subj", "/CN=alone")
        shown = os.popen("openssl x509 -noout -fingerprint -sha256 -in %s" % own).read().split("=")[1].strip()
        server = OpensslServer(self, "server", own, own_key).start()
        lab = self.run_lab(per_hour=2)
        self.siem("tls://127.0.0.1:%d" % server.ports[0], framing="lf", fingerprint=shown)
        self.collect_everything(lab)
        wait_for(lambda: self.archive()[-1] in server.bytes(), 20, "it arrived")

    # ---- bad days ----

    def test_a_receiver_that_is_killed_hangs_and_comes_back_by_relp(self):
        port = free_port()
        receiver = Rsyslog(self, "rsyslog", {"out": ("imrelp", port, 'maxDataSize="128k"')}).start()
        lab = self.run_lab(per_hour=30, live=40)
        self.siem("relp://127.0.0.1:%d" % port, window=WINDOW, timeout="1s")
        process = self.start()
        wait_for(lambda: len(receiver.lines()) > 100, 60, lambda: "it flows: %s" % self.destination("siem"))
        receiver.end(signal.SIGKILL)
        wait_for(lambda: self.failing() == "net/connect", 30, lambda: "it is seen: %s" % self.destination("siem"))
        receiver.start()
        before = len(receiver.lines())
        wait_for(lambda: len(receiver.lines()) > before + 100, 60, lambda: "it goes on: %s" % self.destination("siem"))
        receiver.pause()
        wait_for(lambda: self.failing() in ("net/timeout", "relp/no-answer"), 30, lambda: "it is seen: %s" % self.destination("siem"))
        receiver.go_on()
        before = len(receiver.lines())
        wait_for(lambda: len(receiver.lines()) > before + 50, 60, lambda: "it goes on: %s" % self.destination("siem"))
        self.assertEqual(self.stop(process), 0)
        self.collect_everything(lab)
        self.wait_for_lines(receiver)
        # One window at the kill; while it hung, one at each attempt that got its frames through.
        self.assert_nothing_lost(receiver.lines(), 20 * WINDOW)

    def test_fails_over_and_returns(self):
        ports = [free_port(), free_port()]
        first, second = (Rsyslog(self, name, {"out": ("imrelp", port, 'maxDataSize="128k"')})
                         for name, port in zip(("first", "second"), ports))
        first.start()
        second.start()
        lab = self.run_lab(per_hour=10, live=30)
        self.siem("relp://127.0.0.1:%d" % ports[0], window=WINDOW, fail_over=["relp://127.0.0.1:%d" % ports[1]], return_after="2s")
        process = self.start()
        wait_for(lambda: len(first.lines()) > 50, 60, lambda: "the first: %s" % self.destination("siem"))
        self.assertEqual(second.lines(), [])
        first.end()
        wait_for(lambda: len(second.lines()) > 20, 60, lambda: "the second: %s" % self.destination("siem"))
        first.start()
        before = len(first.lines())
        wait_for(lambda: len(first.lines()) > before + 20, 60, lambda: "the first again: %s" % self.destination("siem"))
        self.assertIn("sends to relp://127.0.0.1:%d from now on" % ports[1], self.log_text())
        self.assertEqual(self.stop(process), 0)
        self.collect_everything(lab)
        wait_for(lambda: len(first.lines()) + len(second.lines()) >= len(self.archive()), 30, "all is written")
        self.assert_nothing_lost(first.lines() + second.lines(), 3 * WINDOW)

    def test_killed_at_random_moments_by_relp(self):
        """Nothing is lost, and a kill repeats at most one window, with equal identities."""
        port = free_port()
        receiver = Rsyslog(self, "rsyslog", {"out": ("imrelp", port, 'maxDataSize="128k"')}).start()
        seed = int(os.environ.get("CISTERN_SEED", "0")) or random.randrange(1, 1 << 30)
        draw = random.Random(seed)
        kills = 200 if LONG else 6
        lab = self.run_lab(per_hour=400 if LONG else 100, live=100)
        # So small that repeating more than a window would show.
        self.siem("relp://127.0.0.1:%d" % port, window=8)
        for _ in range(kills):
            before = len(receiver.lines())
            process = self.start()
            wait_for(lambda: len(receiver.lines()) > before, 60, lambda: "it delivers: %s" % self.log_text()[-500:])
            time.sleep(draw.random() * 0.4)  # the random moment
            process.kill()
            process.wait()
        self.collect_everything(lab)
        self.wait_for_lines(receiver)
        repeated = self.assert_nothing_lost(receiver.lines(), kills * 8)
        print("seed %d: %d kills, %d events, %d repeated" % (seed, kills, len(self.archive()), repeated))

    # ---- mistakes in the configuration ----

    def test_check_finds_mistakes(self):
        self.run_lab(per_hour=1)
        broken = os.path.join(self.folder, "broken.pem")
        with open(broken, "w") as file:
            file.write("no certificate")
        for word, address, options in (
                ("did you mean 'tls", "tsl://127.0.0.1:1", {}), ("framing", "udp://127.0.0.1:1", {"framing": "lf"}),
                ("ca_file", "tcp://127.0.0.1:1", {"ca_file": broken}), ("private_key", "tls://127.0.0.1:1", {"private_key": broken}),
                ("cannot be used", "tls://127.0.0.1:1", {"ca_file": broken}),
                ("another transport", "tcp://127.0.0.1:1", {"fail_over": ["udp://127.0.0.1:2"]}),
                ("facility", "tcp://127.0.0.1:1", {"facility": "local9"})):
            self.siem(address, **options)
            code, out, err = self.command("check", "-c", self.configuration)
            self.assertNotEqual(code, 0, word)
            self.assertIn(word, out + err)
        self.siem("tcp://127.0.0.1:1")
        code, out, err = self.command("check", "-c", self.configuration)
        self.assertEqual(code, 0, out + err)


if __name__ == "__main__":
    unittest.main()
