"""A private RabbitMQ with TLS: an ordinary process in a folder of its own, with its own ports and cookie.

It needs Debian's rabbitmq-server and openssl, no root, and nothing of the system's own broker. Used by
scripts/lab-broker and by tests. Everything listens on loopback.
"""
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"
ADMIN = "cistern-lab"
TEN_DAYS = 864_000_000


def missing():
    """Why no broker can be started here; None when one can."""
    if not os.access(PROGRAM, os.X_OK):
        return "rabbitmq-server is not installed"
    if shutil.which("openssl") is None:
        return "openssl is not installed"
    return None


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def make_authority(folder, name):
    """An authority of its own: NAME.pem and NAME.key."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout",
                    f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem", "-subj", f"/CN={name}",
                    "-addext", "basicConstraints=critical,CA:TRUE"], check=True, capture_output=True)


def make_certificate(folder, authority, host):
    with open(f"{folder}/server.ext", "w", encoding="utf-8") as file:
        file.write(f"subjectAltName=DNS:{host}\n")
    subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/server.key", "-out",
                    f"{folder}/server.csr", "-subj", f"/CN={host}"], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", f"{folder}/server.csr", "-CA", f"{folder}/{authority}.pem",
                    "-CAkey", f"{folder}/{authority}.key", "-CAcreateserial", "-days", "30", "-out",
                    f"{folder}/server.pem", "-extfile", f"{folder}/server.ext"], check=True, capture_output=True)


class Node:
    """Started by start(), ended by stop(); both may be repeated, and what is in the queues stays."""

    def __init__(self, folder, host="localhost"):
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.plain_port, self.tls_port, self.http_port, self.dist_port, self.epmd_port = free_ports(5)
        self.admin_password = base64.urlsafe_b64encode(os.urandom(18)).decode()
        self.ca_file = f"{self.folder}/ca.pem"
        self.process = None
        make_authority(self.folder, "ca")
        make_certificate(self.folder, "ca", host)
        self._configure()

    def _configure(self):
        with open(f"{self.folder}/rabbitmq.conf", "w", encoding="utf-8") as file:
            file.write(f"""listeners.tcp.1 = 127.0.0.1:{self.plain_port}
listeners.ssl.1 = 127.0.0.1:{self.tls_port}
ssl_options.cacertfile = {self.folder}/ca.pem
ssl_options.certfile = {self.folder}/server.pem
ssl_options.keyfile = {self.folder}/server.key
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
management.tcp.ip = 127.0.0.1
management.tcp.port = {self.http_port}
default_user = {ADMIN}
default_pass = {self.admin_password}
log.console = false
disk_free_limit.absolute = 1MB
vm_memory_high_watermark.absolute = 400MB
""")
        with open(f"{self.folder}/enabled_plugins", "w", encoding="utf-8") as file:
            file.write("[rabbitmq_management].\n")

    def _environment(self):
        environment = dict(os.environ)
        environment.update({
            "HOME": self.folder, "ERL_EPMD_PORT": str(self.epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"cistern-{self.dist_port}@localhost", "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_CONFIG_FILE": f"{self.folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self.folder}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{self.folder}/mnesia", "RABBITMQ_LOG_BASE": f"{self.folder}/log",
            "RABBITMQ_PID_FILE": f"{self.folder}/pid", "RABBITMQ_GENERATED_CONFIG_DIR": f"{self.folder}/generated",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none"})
        return environment

    def start(self, patience=300):
        with open(f"{self.folder}/broker.out", "ab") as out:
            self.process = subprocess.Popen([PROGRAM], env=self._environment(), cwd=self.folder, stdout=out,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                            start_new_session=True)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                self.call("GET", "/api/overview")
                return self
            except (OSError, urllib.error.URLError):
                time.sleep(0.2)
        with open(f"{self.folder}/broker.out", encoding="utf-8", errors="replace") as out:
            words = out.read()[-2000:]
        self.stop()
        raise RuntimeError(f"the broker did not start: {words}")

    def stop(self, how=signal.SIGTERM):
        """Ends the broker and what it started; with SIGKILL without a farewell."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, how)
            except ProcessLookupError:
                pass
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None
        # The name server of Erlang outlives its nodes.
        subprocess.run(["epmd", "-port", str(self.epmd_port), "-kill"], env=self._environment(), check=False,
                       capture_output=True)

    def call(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", method=method)
        login = base64.b64encode(f"{ADMIN}:{self.admin_password}".encode()).decode()
        request.add_header("Authorization", "Basic " + login)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def make_stream(self, queue, user, password):
        """A queue as the vendor makes one, and a user who may read it and nothing else."""
        name = urllib.parse.quote(queue, safe="")
        self.call("PUT", f"/api/queues/%2F/{name}", {"durable": True, "arguments": {"x-message-ttl": TEN_DAYS}})
        self.set_user(user, password)
        rights = {"configure": "^$", "write": "^$", "read": f"^{queue}$"}
        self.call("PUT", f"/api/permissions/%2F/{urllib.parse.quote(user, safe='')}", rights)

    def set_user(self, user, password):
        self.call("PUT", f"/api/users/{urllib.parse.quote(user, safe='')}", {"password": password, "tags": ""})

    def delete_queue(self, queue):
        self.call("DELETE", f"/api/queues/%2F/{urllib.parse.quote(queue, safe='')}")

    def remove_stream(self, queue, user):
        for path in (f"/api/queues/%2F/{urllib.parse.quote(queue, safe='')}",
                     f"/api/users/{urllib.parse.quote(user, safe='')}"):
            try:
                self.call("DELETE", path)
            except urllib.error.HTTPError as error:
                if error.code != 404:
                    raise

    def publish(self, queue, body):
        """True when the message is in the queue."""
        answer = self.call("POST", "/api/exchanges/%2F/amq.default/publish",
                           {"properties": {"delivery_mode": 2}, "routing_key": queue, "payload_encoding": "base64",
                            "payload": base64.b64encode(body).decode()})
        return bool(answer["routed"])

    def depth(self, queue):
        """Messages that are ready or not acknowledged, as counted last; None before the first count."""
        return self.call("GET", f"/api/queues/%2F/{urllib.parse.quote(queue, safe='')}").get("messages")

    def close_connections(self):
        """Breaks the connections of those who consume, as maintenance does; ours that publish are left. How many: a new
        connection is listed after a moment only."""
        closed = 0
        for one in self.call("GET", "/api/connections"):
            if one.get("user") == ADMIN:
                continue
            try:
                self.call("DELETE", "/api/connections/" + urllib.parse.quote(one["name"], safe=""))
                closed += 1
            except urllib.error.HTTPError as error:
                # One that ends by itself meanwhile is unknown, or ends under the question.
                if error.code not in (404, 500):
                    raise
        return closed
