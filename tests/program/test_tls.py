"""A server that is not what it should be: each is refused with its own words, nothing is sent to it, and status names
what was presented."""
import os
import socket
import ssl
import subprocess
import threading
import time
import unittest

from harness import ProgramTest, wait_for

AUTHORITY = """
[ca]
default_ca = one
[one]
database = {0}/index
serial = {0}/serial
new_certs_dir = {0}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""


def moment(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


class Authority:
    """A certificate authority of a test."""

    def __init__(self, folder, name):
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.file("config", AUTHORITY.format(self.folder))
        self.file("index", "")
        self.file("serial", "01\n")
        self.certificate, self.key = self.path("ca.pem"), self.path("ca.key")
        openssl("req", "-x509", *EC, "-keyout", self.key, "-out", self.certificate, "-days", "30", "-subj", "/CN=%s authority" % name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def issue(self, name, host="IP:127.0.0.1", begins=-1, ends=1):
        """(certificate, key) for the host."""
        request, key, certificate = self.path(name + ".csr"), self.path(name + ".key"), self.path(name + ".pem")
        openssl("req", "-new", *EC, "-keyout", key, "-out", request, "-subj", "/CN=" + name, "-addext", "subjectAltName=" + host)
        openssl("ca", "-batch", "-notext", "-config", self.path("config"), "-cert", self.certificate, "-keyfile", self.key,
                "-in", request, "-out", certificate, "-startdate", moment(begins), "-enddate", moment(ends))
        return certificate, key


EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Server:
    """Takes TLS connections, and notes whatever a client says inside one."""

    def __init__(self, certificate, key, newest=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        if newest is not None:
            self.context.set_ciphers("ALL:@SECLEVEL=0")
            self.context.minimum_version = ssl.TLSVersion.TLSv1
            self.context.maximum_version = newest
        self.heard = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "https://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            peer.settimeout(5)
            try:
                with self.context.wrap_socket(peer, server_side=True) as inside:
                    self.heard += inside.recv(65536)
            except OSError:
                peer.close()


class Tls(ProgramTest):
    def setUp(self):
        super().setUp()
        self.trusted = Authority(self.folder, "trusted")

    def refused(self, server, *words):
        self.configure(server.url, connector={"ca_file": self.trusted.certificate})
        process = self.start()
        wait_for(lambda: "net/tls" in self.words(), 30, lambda: "status names the fault: " + self.words())
        said = self.words()
        for word in words:
            self.assertIn(word.lower(), said.lower())
        self.assertIn("next_step", said)
        self.assertEqual(self.stop(process), 0)
        server.listener.close()
        # Not one byte of a request, which would hold the secret.
        self.assertEqual(server.heard, b"")
        return said

    def test_another_host(self):
        self.refused(Server(*self.trusted.issue("other", host="DNS:login.other.example")), "subject name", "trusted authority")

    def test_expired(self):
        self.refused(Server(*self.trusted.issue("old", begins=-9, ends=-1)), "expired", "clock", "trusted authority")

    def test_not_yet_valid(self):
        self.refused(Server(*self.trusted.issue("early", begins=1, ends=9)), "not yet valid", "clock", "trusted authority")

    def test_self_signed(self):
        certificate, key = os.path.join(self.folder, "self.pem"), os.path.join(self.folder, "self.key")
        openssl("req", "-x509", *EC, "-keyout", key, "-out", certificate, "-days", "30", "-subj", "/CN=lonely",
                "-addext", "subjectAltName=IP:127.0.0.1")
        self.refused(Server(certificate, key), "self-signed", "lonely", "ca_file")

    def test_another_authority(self):
        strange = Authority(self.folder, "strange")
        said = self.refused(Server(*strange.issue("server")), "local issuer certificate", "strange authority", "ca_file")
        self.assertNotIn("self-signed", said)

    def test_only_old_versions(self):
        for newest in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            self.refused(Server(*self.trusted.issue("aged%d" % newest), newest=newest), "handshake", "TLS 1.2 or later")

    def test_the_right_one_is_asked(self):
        server = Server(*self.trusted.issue("right"))
        self.configure(server.url, connector={"ca_file": self.trusted.certificate})
        process = self.start()
        wait_for(lambda: b"HTTP/1.1" in server.heard or b"HTTP/2" in server.heard, 30, lambda: "a request arrives: " + self.words())
        self.assertEqual(self.stop(process), 0)
        server.listener.close()


if __name__ == "__main__":
    unittest.main()
