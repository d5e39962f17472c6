"""The syslog connector against senders that others wrote, and against those that misbehave: what was accepted is stored
as it came, every bound is counted, and nothing that was acknowledged is lost by a kill."""
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import time
import unittest

from harness import LONG, ProgramTest, wait_for
from receivers import ROOT, Receiver, environment, free_port, library_folders, unpacked
from test_tls import Authority


class Sender(Receiver):
    """rsyslog or syslog-ng with a configuration that sends; it listens nowhere."""

    def __init__(self, test, name, program, text, arguments):
        self.program = unpacked(program)
        if not self.program:
            raise unittest.SkipTest("%s is missing (scripts/prepare-receivers)" % program)
        super().__init__(test, name, [])
        self.arguments = arguments
        with open(self.path("conf"), "w") as file:
            file.write(text(self))

    def command(self):
        return [self.program, *self.arguments(self)]


def rsyslog(test, name, action):
    """Sends each line of the file `in`."""
    def text(self):
        return ('global(workDirectory="{0}" maxMessageSize="128k")\nmodule(load="imfile")\nmodule(load="omrelp")\n'
                'template(name="t" type="string" string="<13>%timereported:::date-rfc3339% sender app: %msg%")\n'
                'input(type="imfile" file="{0}/in" tag="app:" ruleset="r")\n'
                'ruleset(name="r") {{ action({1} template="t" action.resumeRetryCount="-1" action.resumeInterval="1") }}\n'
                ).format(self.folder, action)

    def arguments(self):
        modules = os.path.join(ROOT, "usr", "lib", "%s-linux-gnu" % os.uname().machine, "rsyslog")
        more = ["-M", modules] if os.path.isdir(modules) else []
        return ["-n", "-f", self.path("conf"), "-i", self.path("pid"), *more]
    return Sender(test, name, "rsyslogd", text, arguments)


def syslog_ng(test, name, destination):
    def text(self):
        return ('@version: 3.38\noptions {{ stats-freq(0); }};\nsource s {{ file("{0}/in" follow-freq(1) flags(no-parse)); }};\n'
                'destination d {{ {1}; }};\nlog {{ source(s); destination(d); }};\n').format(self.folder, destination)

    def arguments(self):
        modules = [folder for folder in library_folders() if os.path.exists(os.path.join(folder, "libsyslogformat.so"))]
        return ["-F", "-f", self.path("conf"), "--no-caps", "-R", self.path("persist"), "-c", self.path("control"), "-p", self.path("pid"),
                *(["--module-path", modules[0]] if modules else [])]
    return Sender(test, name, "syslog-ng", text, arguments)


class SyslogListen(ProgramTest):
    def listen(self, *transports, **options):
        self.ports = {name: free_port(socket.SOCK_DGRAM if name == "udp" else socket.SOCK_STREAM) for name in transports}
        listen = ["%s://127.0.0.1:%d" % (name, port) for name, port in self.ports.items()]
        self.configure("", connectors={"devices": dict({"type": "syslog", "listen": listen}, **options)}, destination={"format": "raw"})
        self.begin()

    def begin(self):
        self.cistern = self.start()
        wait_for(lambda: self.state() == "flowing", 30, lambda: "it listens: " + self.log_text()[-1000:])

    def device(self):
        found = [one for one in (self.status() or {}).get("connectors", []) if one["name"] == "devices"]
        return found[0] if found else {}

    def state(self):
        try:
            return self.device().get("state", "")
        except (OSError, ValueError, AssertionError):
            return ""

    def incidents(self):
        return self.device().get("listening", {}).get("incidents", {})

    def raws(self):
        """The messages as delivered; a file that is being written ends in whole lines."""
        if not os.path.exists(self.output):
            return []
        with open(self.output, "rb") as file:
            return file.read().split(b"\n")[:-1]

    def wait_for_messages(self, count, seconds=60):
        wait_for(lambda: len(self.raws()) >= count, seconds, lambda: "%d of %d messages: %s" % (len(self.raws()), count, self.log_text()[-500:]))

    def wait_for_incident(self, reason, count=1):
        wait_for(lambda: self.incidents().get(reason, 0) >= count, 20, lambda: "%s: %s" % (reason, self.incidents()))

    def connect(self, name="tcp"):
        return socket.create_connection(("127.0.0.1", self.ports[name]), timeout=20)

    def say(self, data, name="tcp"):
        with self.connect(name) as one:
            one.sendall(data)

    # ---- real senders ----

    def test_logger_by_every_transport_and_header(self):
        if not shutil.which("logger"):
            self.skipTest("logger is missing")
        self.listen("udp", "tcp")
        sent = []
        for transport in ("udp", "tcp"):
            for more in (["--rfc3164"], ["--rfc5424"], ["--rfc5424", "--octet-count"]):
                if transport == "udp" and "--octet-count" in more:
                    continue
                text = "%s %s" % (transport, " ".join(more).replace("--", ""))
                subprocess.run(["logger", "--server", "127.0.0.1", "--port", str(self.ports[transport]), "--" + transport, "-p", "local4.err",
                                *more, text], check=True)
                sent.append(text)
        self.wait_for_messages(len(sent))
        self.assertEqual(sorted(line.decode().rsplit("] ", 1)[-1].rsplit(": ", 1)[-1] for line in self.raws()), sorted(sent))
        self.assertTrue(all(line.startswith(b"<163>") for line in self.raws()))
        self.assertEqual(self.incidents(), {})

    def test_loggen_over_tcp(self):
        program = os.path.join(ROOT, "usr", "bin", "loggen")
        if not os.path.exists(program):
            self.skipTest("loggen is missing (scripts/prepare-receivers)")
        self.listen("tcp")
        subprocess.run([program, "--inet", "--stream", "--size", "300", "--rate", "20000", "--interval", "2", "--active-connections", "4",
                        "127.0.0.1", str(self.ports["tcp"])], check=True, capture_output=True,
                       env=dict(environment(), SYSLOGNG_PREFIX=os.path.join(ROOT, "usr")))
        wait_for(lambda: self.device()["listening"]["connections"] == 0, 20, "loggen has gone")
        count = self.device()["listening"]["messages"]
        self.assertGreater(count, 1000)
        self.wait_for_messages(count)
        self.assertEqual(self.incidents(), {})

    def sent_by(self, sender, count, prefix="line"):
        lines = ["%s %06d %s" % (prefix, i, "x" * (i % 200)) for i in range(count)]
        with open(sender.path("in"), "a") as file:
            file.write("".join(line + "\n" for line in lines))
        return lines

    def texts(self):
        return [line.decode().rsplit(": ", 1)[-1].lstrip() for line in self.raws()]

    def test_rsyslog_over_relp_and_tcp(self):
        self.listen("relp", "tcp")
        wanted = []
        for name, action in (("relp", 'type="omrelp" target="127.0.0.1" port="%d"' % self.ports["relp"]),
                             ("tcp", 'type="omfwd" protocol="tcp" TCP_Framing="octet-counted" target="127.0.0.1" port="%d"' % self.ports["tcp"])):
            sender = rsyslog(self, name, action)
            wanted += self.sent_by(sender, 500, name)
            sender.start()
        self.wait_for_messages(len(wanted))
        self.assertEqual(sorted(self.texts()), sorted(wanted))
        self.assertEqual(self.incidents(), {})

    def test_syslog_ng_over_tls_with_its_certificate(self):
        authority = Authority(self.folder, "authority")
        server, server_key = authority.issue("collector")
        client, client_key = authority.issue("firewall7")
        self.listen("tls", certificate=server, private_key=server_key, client_ca=authority.certificate)
        sender = syslog_ng(self, "sender", 'syslog("127.0.0.1" transport("tls") port(%d) tls(peer-verify(required-trusted) ca-file("%s") '
                           'cert-file("%s") key-file("%s")))' % (self.ports["tls"], authority.certificate, client, client_key))
        wanted = self.sent_by(sender, 300)
        sender.start()
        self.wait_for_messages(len(wanted))
        self.stop(self.cistern)
        metas = [json.loads(line)["meta"] for line in self.stored_lines()]
        self.assertEqual({meta["certificate"] for meta in metas}, {"firewall7"})
        self.assertEqual({meta["transport"] for meta in metas}, {"tls"})

    def stored_lines(self):
        code, out, err = self.command("store", "dump", "-c", self.configuration)
        self.assertEqual(code, 0, err)
        return [line for line in out.split("\n") if line.startswith('{"seq"')]

    # ---- those that misbehave ----

    def test_strangers_on_a_tls_port_disturb_nobody(self):
        authority, other = Authority(self.folder, "authority"), Authority(self.folder, "other")
        server, server_key = authority.issue("collector")
        client, client_key = authority.issue("device")
        wrong, wrong_key = other.issue("stranger")
        self.listen("tls", certificate=server, private_key=server_key, client_ca=authority.certificate)

        def context(certificate=None, key=None):
            made = ssl.create_default_context(cafile=authority.certificate)
            if certificate:
                made.load_cert_chain(certificate, key)
            return made

        def send(made, data):
            with self.connect("tls") as plain, made.wrap_socket(plain, server_hostname="127.0.0.1") as one:
                one.sendall(data)
                one.settimeout(5)
                try:
                    one.unwrap()
                except (OSError, ssl.SSLError):
                    pass
        self.say(b"<13>this is no TLS\n" * 10, "tls")
        self.say(random.Random(7).randbytes(5000), "tls")
        for made in (context(), context(wrong, wrong_key)):
            try:
                send(made, b"<13>from a stranger\n")
            except (OSError, ssl.SSLError):
                pass
        old = context(client, client_key)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        try:
            send(old, b"<13>too old\n")
        except (OSError, ssl.SSLError, ValueError):
            pass
        self.wait_for_incident("tls_handshake", 4)
        send(context(client, client_key), b"<13>from a device\n21 <13>counted, as it is")
        self.wait_for_messages(2)
        self.assertEqual(self.raws(), [b"<13>from a device", b"<13>counted, as it is"])

    def test_bad_streams_are_bounded_and_counted(self):
        self.listen("tcp", "relp", max_message="2KiB")
        half_open = self.connect()
        half_open.sendall(b"2")
        self.say(b"<13>" + b"x" * (1 << 20) + b"\n<13>after a long line\n")
        self.say(b"1000000 <13>" + b"y" * (1000000 - 4) + b"<13>after a long count\n")
        self.say(b"500 <13>cut")
        self.say(b"<13>NUL \0 and \xff bytes\n")
        self.say(b"GET / HTTP/1.1\r\n\r\n", "relp")
        self.wait_for_messages(5)
        self.wait_for_incident("truncated", 2)
        self.wait_for_incident("incomplete")
        self.wait_for_incident("relp")
        messages = self.raws()
        self.assertIn(b"<13>after a long line", messages)
        self.assertIn(b"<13>after a long count", messages)
        half_open.sendall(b"7 <13>the end of the slow one")
        half_open.close()
        self.wait_for_messages(6)
        code, out, _ = self.command("status", "-c", self.configuration)
        self.assertEqual(code, 0)
        self.assertIn("max_message", out)

    def test_a_sender_that_never_reads_or_stops_delays_nobody(self):
        self.listen("tcp", "relp", max_connections_per_sender=5, idle_timeout="2s")
        silent = [self.connect() for _ in range(5)]
        wait_for(lambda: self.device()["listening"]["connections"] == 5, 20, "all are taken")
        with self.connect() as refused:
            self.assertEqual(refused.recv(10), b"")
        self.wait_for_incident("too_many_connections_of_sender")
        self.wait_for_incident("idle", 5)
        self.say(b"<13>now there is room\n")
        self.wait_for_messages(1)
        for one in silent:
            one.close()

    def test_only_those_who_are_allowed_and_what_is_wanted(self):
        self.listen("tcp", "udp", allow=["192.0.2.0/24"])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.sendto(b"<13>hello", ("127.0.0.1", self.ports["udp"]))
        with self.connect() as one:
            self.assertEqual(one.recv(10), b"")
        self.wait_for_incident("not_allowed", 2)
        self.stop(self.cistern)

        def change(whole):
            whole["connectors"]["devices"].update(allow=["127.0.0.0/8"], severity="warning", facilities=["auth", "local7"])
        self.change_configuration(change)
        self.begin()
        self.say(b"<38>auth info\n<36>auth warning\n<12>user warning\n<184>local7 emerg\n")
        self.wait_for_messages(2)
        self.assertEqual(self.raws(), [b"<36>auth warning", b"<184>local7 emerg"])
        self.wait_for_incident("filtered", 2)

    def test_what_was_received_is_stored_at_an_orderly_end(self):
        self.listen("tcp", "udp")
        keep = self.connect()
        keep.sendall(b"".join(b"<13>message %d\n" % i for i in range(20000)) + b"<13>unfinished")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            for i in range(100):
                one.sendto(b"<13>datagram %d" % i, ("127.0.0.1", self.ports["udp"]))
        self.assertEqual(self.stop(self.cistern), 0)
        keep.close()
        messages = self.raws()
        self.assertEqual(len([one for one in messages if b"datagram" in one]), 100)
        self.assertEqual([one for one in messages if b"datagram" not in one],
                         [b"<13>message %d" % i for i in range(20000)] + [b"<13>unfinished"])

    def test_a_port_that_is_taken_is_named_and_tried_again(self):
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            self.configure("", connectors={"devices": {"type": "syslog", "listen": ["tcp://127.0.0.1:%d" % port]}}, destination={"format": "raw"})
            self.start()
            wait_for(lambda: self.state() == "retrying", 20, lambda: "it is refused: " + self.log_text()[-500:])
            self.assertIn("ss -lnp", self.log_text())
        wait_for(lambda: self.state() == "flowing", 20, lambda: "it listens: " + self.log_text()[-500:])

    # ---- kills ----

    def test_kills_lose_nothing_that_relp_acknowledged(self):
        self.listen("relp")
        acknowledged = []
        chance = random.Random(int(os.environ.get("CISTERN_SEED", "5")))
        number = 0
        for _ in range(40 if LONG else 5):
            with self.connect("relp") as one:
                one.settimeout(20)
                offers = b"relp_version=0\nrelp_software=a test of cistern,1,https://example.com\ncommands=syslog"
                one.sendall(b"1 open %d %s\n" % (len(offers), offers))
                waiting, buffer, transaction = {}, b"", 1
                until = time.monotonic() + chance.uniform(0.05, 0.6)
                while time.monotonic() < until:
                    while len(waiting) < 64:
                        transaction, number = transaction + 1, number + 1
                        text = b"<13>number %d" % number
                        waiting[transaction] = text
                        one.sendall(b"%d syslog %d %s\n" % (transaction, len(text), text))
                    buffer += one.recv(65536)
                    *answers, buffer = buffer.split(b"\n")
                    for words in (answer.split() for answer in answers):
                        if len(words) > 3 and words[1] == b"rsp" and words[3] == b"200" and int(words[0]) in waiting:
                            acknowledged.append(waiting.pop(int(words[0])))
                self.cistern.send_signal(signal.SIGKILL)
                self.cistern.wait()
            self.begin()
        self.assertGreater(len(acknowledged), 100)
        self.wait_for_messages(len(acknowledged))
        self.stop(self.cistern)
        kept = [json.loads(line)["raw"].encode() for line in self.stored_lines()]
        self.assertFalse(set(acknowledged) - set(kept))
        self.assertEqual(len(kept), len(set(kept)), "nobody sent anything twice")


if __name__ == "__main__":
    unittest.main()
