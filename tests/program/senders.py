"""The lab's senders: firewalls and a mail appliance that come to cistern by themselves."""
import json
import os
import socket
import time
import urllib.request

from harness import ProgramTest, wait_for


def free_ports(count):
    """Ports that nobody listens at, for streams and for datagrams."""
    held, ports = [], []
    while len(ports) < count:
        stream = socket.socket()
        stream.bind(("127.0.0.1", 0))
        held.append(stream)
        datagrams = socket.socket(type=socket.SOCK_DGRAM)
        held.append(datagrams)
        try:
            datagrams.bind(("127.0.0.1", stream.getsockname()[1]))
        except OSError:
            continue
        ports.append(stream.getsockname()[1])
    for one in held:
        one.close()
    return ports


def worst_first(findings):
    """What is lost is often only late; what is altered never."""
    return sorted(findings, key=lambda one: ["altered", "repeated", "lost", "invented"].index(one["kind"]))


class SendersTest(ProgramTest):
    """A test whose lab does nothing but send."""

    SYSLOG = ("udp", "tcp", "tls", "relp")

    def setUp(self):
        super().setUp()
        self.keys = os.path.join(self.folder, "lab")
        self.ports = dict(zip(self.SYSLOG + ("ssh",), free_ports(5)))

    def address(self, name):
        return "127.0.0.1:%d" % self.ports[name]

    def senders_lab(self, syslog=SYSLOG, mail=True, **options):
        options.setdefault("history", "1m")
        options.setdefault("history_per_hour", 0)
        options.setdefault("live_per_second", 0)
        options["senders"] = self.keys
        for transport in syslog:
            options["syslog_" + transport] = self.address(transport)
        if mail:
            options["mail_ssh"] = self.address("ssh")
        return self.lab(**options)

    def configure_listeners(self, lab, syslog=SYSLOG, mail=True, **destination):
        connectors = {}
        if syslog:
            connectors["firewalls"] = {
                "type": "syslog",
                "listen": ["%s://%s" % (transport, self.address(transport)) for transport in syslog],
                "certificate": os.path.join(self.keys, "collector.pem"),
                "private_key": os.path.join(self.keys, "collector.key"),
                "client_ca": os.path.join(self.keys, "lab-ca.pem"),
                "max_connections_per_sender": 1000,
            }
        if mail:
            connectors["mail"] = {
                "type": "cisco_secure_email",
                "listen_address": "127.0.0.1",
                "port": self.ports["ssh"],
                "users": [{"name": "esa", "key_file": os.path.join(self.keys, "appliance.key.pub"), "zone": "Etc/GMT+7"}],
            }
        self.configure(lab.url, connectors=connectors, destination=destination)

    def lab_senders(self, lab):
        return json.loads(lab.get("/lab/status"))["senders"]

    def tell_senders(self, lab, **change):
        lab.post("/lab/senders", change)

    def sent(self, lab, transport):
        """Messages of this transport that the kernel has taken so far."""
        return self.lab_senders(lab)["syslog"][transport]["taken"]

    def files_pushed(self, lab):
        return self.lab_senders(lab)["mail"]["acknowledged"]

    def freeze_senders(self, lab, seconds=180):
        """No new message; everything under way reaches the running cistern."""
        request = urllib.request.Request(lab.url + "/lab/freeze", data=b"{}", method="POST")
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()
        wait_for(lambda: self.lab_senders(lab)["settled"], seconds,
                 lambda: "everything is handed over: %s\n%s" % (self.lab_senders(lab), self.log_text()[-2000:]))

    def sender_proof(self, lab, killed=False, joined="0s"):
        arguments = ["lab", "verify", "--lab", lab.url, "--store", self.store, "--json", "--settle", "0s", "--settle-joined", joined]
        if killed:
            arguments.append("--killed")
        for attempt in range(5):
            files = [word for path in self.outputs() for word in ("--output", path)]
            code, out, err = self.command(*arguments, *files, seconds=300)
            # The running process may have rotated a file between the listing and the reading.
            if "lab/unreadable" not in err or set(files) <= {word for path in self.outputs() for word in ("--output", path)}:
                break
        self.assertIn(code, (0, 1), err)
        return json.loads(out)

    def outputs(self):
        return sorted(os.path.join(self.folder, name) for name in os.listdir(self.folder)
                      if name.startswith("events.ndjson") and not name.endswith(".starting"))

    def take_everything(self, lab, seconds=180, killed=False):
        """Lets a running cistern take what the lab has, and proves it. Files are acknowledged before they are read, and
        messages are joined behind that: the proof is asked again until nothing is missing."""
        self.freeze_senders(lab, seconds)
        deadline = time.monotonic() + seconds
        while True:
            proof = self.sender_proof(lab, killed=killed)
            # What is delivered between the look at the store and that at the file belongs to nobody for the moment.
            complete = proof["lost"] == proof["invented"] == 0 and proof["owed"] == proof["stored"] == proof["delivered"]
            if complete or time.monotonic() > deadline:
                return proof
            time.sleep(1)

    def assert_sent_clean(self, proof):
        short = {key: value for key, value in proof.items() if key != "findings"}
        faults = (proof["lost"], proof["repeated"], proof["altered"], proof["invented"])
        self.assertEqual(faults, (0, 0, 0, 0), "%s\n%s" % (short, "\n".join(map(str, worst_first(proof["findings"])[:10]))))
        self.assertGreater(proof["owed"], 0)
        self.assertEqual(proof["owed"], proof["delivered"], short)
