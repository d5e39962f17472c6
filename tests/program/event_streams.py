"""The vendor of event streams: its REST resource here, its queues in a private RabbitMQ with TLS. One broker for a program
of tests, because it starts slowly."""
import base64
import http.server
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

from harness import ProgramTest, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))
import rabbitmq_node  # noqa: E402

CLIENT = "1ab1ab1ab1ab1ab1ab1a"
KEY = "1ab00000-0000-4000-8000-00000000ab1e"
CONNECTOR = "0b4883d4-0000-4404-9453-13cba0ee7662"
MOST_STREAMS = 5


def event(number, moment):
    """Ids above 2^53, neighbours of each other."""
    return {"id": 6533241145273000000 + number, "timestamp": int(moment), "timestamp_nanoseconds": 619000000,
            "date": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(moment)), "event_type": "Threat Detected",
            "event_type_id": 1090519054, "detection": "W32.Test", "connector_guid": CONNECTOR, "severity": "Medium",
            "computer": {"connector_guid": CONNECTOR, "hostname": "pc-%d.contoso.com" % (number % 7), "active": True}}


class Vendor:
    """Refuses what the vendor refuses. `tells_by_rest`: events also come by asking."""

    def __init__(self, node):
        self.node = node
        self.lock = threading.Lock()
        self.streams = {}
        self.deleted = []
        self.next_id = 1474 + int.from_bytes(os.urandom(2), "big") * 10
        self.events = []
        self.tells_by_rest = False
        self.read_only = False
        self.others = 0
        self.stopped = False
        vendor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body):
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.send_header("X-RateLimit-Limit", "3000")
                self.send_header("X-RateLimit-Remaining", "2900")
                self.send_header("X-RateLimit-Reset", "3000")
                self.end_headers()
                self.wfile.write(text)

            def handle_one(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                expected = "Basic " + base64.b64encode((CLIENT + ":" + KEY).encode()).decode()
                if self.headers.get("Authorization") != expected:
                    return self.answer(*refusal(401, "Unauthorized", "Unknown API key or Client ID"))
                return self.answer(*vendor.answer(self.command, self.path, body))

            do_GET = do_POST = do_DELETE = do_PATCH = handle_one

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        for stream in list(self.streams.values()):
            self.node.remove_stream(stream["queue"], stream["user"])

    def answer(self, method, path, body):
        parts = urllib.parse.urlsplit(path)
        query = urllib.parse.parse_qs(parts.query)
        if parts.path == "/v1/events":
            return self.answer_events(query)
        if parts.path.startswith("/v1/event_streams"):
            with self.lock:
                return self.answer_streams(method, parts.path[len("/v1/event_streams"):].strip("/"), body)
        return 200, page([], 0, 0, self.url + path, 500)

    def answer_events(self, query):
        with self.lock:
            events = list(self.events) if self.tells_by_rest else []
        start = query.get("start_date", ["1970-01-01T00:00:00"])[0][:19]
        offset = int(query.get("offset", ["0"])[0])
        limit = int(query.get("limit", ["500"])[0])
        chosen = [one for one in reversed(events) if one["date"][:19] >= start]
        link = "%s/v1/events?%s" % (self.url, urllib.parse.urlencode({**{k: v[0] for k, v in query.items()},
                                                                      "offset": offset + limit}))
        return 200, page(chosen[offset:offset + limit], len(chosen), offset, link, limit)

    def answer_streams(self, method, rest, body):
        if method in ("POST", "DELETE") and self.read_only:
            return refusal(403, "Forbidden", "the key is read-only")
        if method == "POST":
            if len(self.streams) + self.others >= MOST_STREAMS:
                return refusal(409, "Conflict", "maximum of 5 event streams reached")
            return self.make(json.loads(body)["name"])
        if not rest:
            return 200, {"version": "v1.2.0", "metadata": {}, "data": [shown(one) for one in self.streams.values()]}
        stream = self.streams.get(int(rest))
        if stream is None:
            return refusal(404, "Not Found", "no such event stream")
        if method == "DELETE":
            del self.streams[int(rest)]
            self.deleted.append(int(rest))
            self.node.remove_stream(stream["queue"], stream["user"])
            return 200, {"version": "v1.2.0", "data": {}}
        return 200, {"version": "v1.2.0", "data": shown(stream)}

    def make(self, name):
        number = self.next_id
        self.next_id += 1
        stream = {"id": number, "name": name, "queue": "event_stream_%d" % number,
                  "user": "%d-%s" % (number, os.urandom(10).hex()), "password": os.urandom(20).hex()}
        self.node.make_stream(stream["queue"], stream["user"], stream["password"])
        self.streams[number] = stream
        told = shown(stream)
        told["amqp_credentials"].update(password=stream["password"], host="localhost", port=str(self.node.tls_port),
                                        proto="https")
        return 201, {"version": "v1.2.0", "data": told}

    def publish(self, count, pause=0.0):
        """Happens at the endpoints: into every queue, and where `tells_by_rest`, to be asked for."""
        for _ in range(count):
            with self.lock:
                one = event(len(self.events) + 1, time.time())
                self.events.append(one)
                streams = list(self.streams.values())
            for stream in streams:
                self.node.publish(stream["queue"], json.dumps(one, separators=(",", ":")).encode())
            if pause:
                time.sleep(pause)

    def stream(self):
        with self.lock:
            return next(iter(self.streams.values()), None)


def shown(stream):
    return {"id": stream["id"], "name": stream["name"], "group_guids": [], "event_types": [],
            "amqp_credentials": {"user_name": stream["user"], "queue_name": stream["queue"]}}


def refusal(status, words, detail):
    return status, {"version": "v1.2.0", "data": {},
                    "errors": [{"error_code": status, "description": words, "details": [detail]}]}


def page(data, total, offset, link, limit):
    links = {"self": link}
    if offset + limit < total:
        links["next"] = link
    return {"version": "v1.2.0", "metadata": {"links": links, "results": {
        "total": total, "current_item_count": len(data), "index": offset, "items_per_page": limit}}, "data": data}


class EventStreamTest(ProgramTest):
    """A test with a vendor of its own and the program's broker."""

    @classmethod
    def setUpClass(cls):
        why = rabbitmq_node.missing()
        if why:
            raise unittest.SkipTest(why)
        cls.node_folder = tempfile.mkdtemp(prefix="cistern-broker-")
        cls.node = rabbitmq_node.Node(cls.node_folder)
        cls.node.start()

    @classmethod
    def tearDownClass(cls):
        cls.node.stop()
        shutil.rmtree(cls.node_folder, ignore_errors=True)

    def setUp(self):
        super().setUp()
        self.vendor = Vendor(self.node)
        self.addCleanup(self.vendor.stop)

    def configure_stream(self, **options):
        connector = {"type": "cisco_secure_endpoint", "api_url": self.vendor.url, "client_id": CLIENT, "api_key": KEY,
                     "poll_interval": "1s", "event_stream": "cistern", "event_stream_ca_file": self.node.ca_file}
        connector.update(options)
        self.configure(None, connectors={"endpoint": connector})

    def reading(self):
        for connector in (self.status() or {}).get("connectors", []):
            if connector["name"] == "endpoint":
                return connector.get("reading") or {}
        return {}

    def notices(self):
        for connector in (self.status() or {}).get("connectors", []):
            if connector["name"] == "endpoint":
                return json.dumps(connector.get("notices", []), ensure_ascii=False)
        return ""

    def wait_consuming(self, seconds=60):
        wait_for(lambda: self.reading().get("open") == 1, seconds, lambda: "the stream is consumed: " + self.log_text()[-2000:])

    def dumped(self):
        """Ids of the store's events, as they came."""
        code, out, err = self.command("store", "dump", "--path", self.store)
        self.assertEqual(code, 0, err)
        return [json.loads(line) for line in out.splitlines()]

    def dumped_ids(self):
        return [one["raw"]["id"] for one in self.dumped() if isinstance(one.get("raw"), dict) and "id" in one["raw"]]

    def wait_stored(self, count, seconds=60):
        wait_for(lambda: self.stored() >= count, seconds,
                 lambda: "%d stored of %d: %s" % (self.stored(), count, self.log_text()[-2000:]))

    def assert_each_once(self):
        ids = self.dumped_ids()
        owed = [one["id"] for one in self.vendor.events]
        self.assertEqual(sorted(ids), sorted(set(ids)), "repeated")
        self.assertEqual(sorted(ids), sorted(owed), "lost %s" % sorted(set(owed) - set(ids))[:5])
