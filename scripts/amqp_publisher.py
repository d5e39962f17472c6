"""Publishes many messages at once to a broker's plain port: the few frames of AMQP 0-9-1 that this takes."""
import socket
import struct

FRAME_END = b"\xce"


def short_text(text):
    raw = text.encode()
    return bytes([len(raw)]) + raw


def frame(kind, channel, payload):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + FRAME_END


def method(channel, family, number, arguments=b""):
    return frame(1, channel, struct.pack(">HH", family, number) + arguments)


class Publisher:
    """Confirmed: publish() returns when the broker has all of them in the queue."""

    MOST_FRAME = 128 * 1024

    def __init__(self, port, user, password):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.stream = self.socket.makefile("rb")
        self.published = 0
        self.confirmed = 0
        self.socket.sendall(b"AMQP\x00\x00\x09\x01")
        self.expect(10, 10)
        login = b"\0" + user.encode() + b"\0" + password.encode()
        self.socket.sendall(method(0, 10, 11, struct.pack(">I", 0) + short_text("PLAIN") + struct.pack(">I", len(login)) +
                                   login + short_text("en_US")))
        self.expect(10, 30)
        self.socket.sendall(method(0, 10, 31, struct.pack(">HIH", 16, self.MOST_FRAME, 0)) +
                            method(0, 10, 40, short_text("/") + short_text("") + b"\0"))
        self.expect(10, 41)
        self.socket.sendall(method(1, 20, 10, short_text("")))
        self.expect(20, 11)
        self.socket.sendall(method(1, 85, 10, b"\0"))
        self.expect(85, 11)

    def read(self):
        """(family, number, arguments) of the next method."""
        while True:
            kind, _, size = struct.unpack(">BHI", self.stream.read(7))
            payload = self.stream.read(size + 1)[:-1]
            if kind == 1:
                family, number = struct.unpack(">HH", payload[:4])
                return family, number, payload[4:]

    def expect(self, family, number):
        found = self.read()
        if found[:2] != (family, number):
            raise RuntimeError("the broker answered %s" % (found,))

    def publish(self, queue, bodies):
        head = method(1, 60, 40, struct.pack(">H", 0) + short_text("") + short_text(queue) + b"\0")
        for start in range(0, len(bodies), 1000):
            part = bodies[start:start + 1000]
            self.socket.sendall(b"".join(self.message(head, body) for body in part))
            self.published += len(part)
            self.await_confirmed()

    def message(self, head, body):
        limit = self.MOST_FRAME - 8
        pieces = [frame(3, 1, body[at:at + limit]) for at in range(0, len(body), limit)]
        # Delivery mode 2: kept over a restart of the broker.
        return head + frame(2, 1, struct.pack(">HHQHB", 60, 0, len(body), 0x1000, 2)) + b"".join(pieces)

    def await_confirmed(self):
        while self.confirmed < self.published:
            family, number, arguments = self.read()
            if (family, number) != (60, 80):
                raise RuntimeError("the broker answered %s" % ((family, number),))
            tag, several = struct.unpack(">QB", arguments[:9])
            self.confirmed = tag if several else self.confirmed + 1

    def close(self):
        self.socket.close()
