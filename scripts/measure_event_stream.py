#!/usr/bin/env python3
"""Measures how fast cistern consumes an event stream: from a queue in a private RabbitMQ over TLS, decoded, committed and
acknowledged. Usage: measure_event_stream.py CISTERN [MESSAGES]
"""
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tests", "program")]
import rabbitmq_node  # noqa: E402
from amqp_publisher import Publisher  # noqa: E402

GOAL = 20_000


def processor_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(cistern, messages):
    os.environ["CISTERN"] = cistern
    import event_streams

    class Measured(event_streams.EventStreamTest):
        result = None

        def runTest(self):
            self.configure_stream()
            self.change_configuration(lambda whole: whole.pop("destinations"))
            process = self.start()
            self.wait_consuming(seconds=120)
            self.assertEqual(self.stop(process), 0)
            stream = self.vendor.stream()
            bodies = [json.dumps(event_streams.event(number, time.time()), separators=(",", ":")).encode()
                      for number in range(messages)]
            publisher = Publisher(self.node.plain_port, rabbitmq_node.ADMIN, self.node.admin_password)
            publisher.publish(stream["queue"], bodies)
            publisher.close()
            process = self.start()
            event_streams.wait_for(lambda: self.stored() > 0, 120, "it begins")
            began, first, used = time.monotonic(), self.stored(), processor_seconds(process.pid)
            event_streams.wait_for(lambda: self.stored() >= messages, 600, "all are stored")
            seconds, used = time.monotonic() - began, processor_seconds(process.pid) - used
            type(self).result = ((messages - first) / seconds, (messages - first) / max(used, 0.01),
                                 sum(map(len, bodies)) / messages)
            self.assertEqual(self.stop(process), 0)

    import unittest
    outcome = unittest.TextTestRunner(stream=open(os.devnull, "w", encoding="utf-8")).run(unittest.TestSuite([Measured()]))
    if not outcome.wasSuccessful():
        sys.exit((outcome.errors + outcome.failures)[0][1])
    return Measured.result


def main():
    why = rabbitmq_node.missing()
    if why:
        print("event stream: left out, " + why)
        return 0
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    rate, by_processor, size = measure(os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200_000)
    print("event stream over AMQP and TLS, messages of %d bytes: %d/s on the clock (the broker on the same cores), "
          "%d/s a core of cistern; goal %d/s" % (size, rate, by_processor, GOAL))
    return 0


if __name__ == "__main__":
    sys.exit(main())
