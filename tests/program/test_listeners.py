"""A day of firewalls and a mail appliance: everything that was handed over is stored and delivered once, through restarts
of cistern, floods and quiet times."""
import unittest

from harness import wait_for
from senders import SendersTest


class Listeners(SendersTest):
    def test_every_transport_brings_everything(self):
        lab = self.senders_lab(faults="calm", syslog_per_second=200, mail_history="3h", mail_history_per_hour=120)
        self.configure_listeners(lab)
        process = self.start()
        wait_for(lambda: all(self.sent(lab, one) > 300 for one in self.SYSLOG) and self.files_pushed(lab) > 10, 120,
                 lambda: "all senders were heard: %s" % self.lab_senders(lab))
        proof = self.take_everything(lab)
        self.assert_sent_clean(proof)
        for name in ("TCP", "TLS", "RELP"):
            share = proof["vendors"]["Syslog over " + name]
            self.assertEqual(share["owed"], share["sent"], name)
        # Datagrams are owed to nobody, but on a calm loopback none is lost, except those that found nobody listening.
        self.assertLess(proof["vendors"]["Syslog over UDP"]["unseen"], self.lab_senders(lab)["syslog"]["udp"]["connections"])
        self.assertGreater(proof["vendors"]["Mail log lines"]["owed"], 1000)
        self.assertGreater(proof["vendors"]["Joined mail messages"]["owed"], 50)
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])

    def test_restarts_in_order_lose_nothing_that_was_read(self):
        lab = self.senders_lab(faults="hostile", syslog_per_second=300, mail_history="1h", seed=7)
        self.configure_listeners(lab)
        for _ in range(3):
            process = self.start()
            before = {one: self.sent(lab, one) for one in self.SYSLOG}
            wait_for(lambda: all(self.sent(lab, one) > before[one] + 200 for one in self.SYSLOG), 120,
                     lambda: "all senders are connected again: %s" % self.lab_senders(lab))
            self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        process = self.start()
        proof = self.take_everything(lab)
        self.assert_sent_clean(proof)
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])
        self.assertEqual(self.command("store", "verify", "--path", self.store)[0], 0)

    def test_a_flood_stops_nobody_else(self):
        lab = self.senders_lab(faults="calm", syslog_per_second=50, mail=False)
        self.configure_listeners(lab, mail=False)
        process = self.start()
        wait_for(lambda: all(self.sent(lab, one) > 50 for one in self.SYSLOG), 60, "all senders are connected")
        self.tell_senders(lab, sender="tcp", flood=100000)
        others = {one: self.sent(lab, one) for one in ("tls", "relp")}
        wait_for(lambda: all(self.sent(lab, one) > others[one] + 100 for one in others), 60, "the others go on")
        wait_for(lambda: self.sent(lab, "tcp") > 100000, 120, "the flood was taken")
        proof = self.take_everything(lab)
        self.assert_sent_clean(proof)
        self.assertGreater(proof["vendors"]["Syslog over TCP"]["owed"], 100000)
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])

    def test_a_quiet_day_keeps_the_senders(self):
        lab = self.senders_lab(faults="calm", syslog_per_second=0, mail_per_second=0, mail_history="0s")
        self.configure_listeners(lab)
        process = self.start()
        wait_for(lambda: all(self.lab_senders(lab)["syslog"][one]["connections"] == 1 for one in self.SYSLOG), 60,
                 "all senders are connected")
        # One message after a silence comes over the connections of before.
        self.tell_senders(lab, sender="all", flood=1)
        wait_for(lambda: all(self.sent(lab, one) == 1 for one in self.SYSLOG), 60, "one message each")
        proof = self.take_everything(lab)
        self.assert_sent_clean(proof)
        self.assertEqual(proof["owed"], 4)
        status = self.lab_senders(lab)["syslog"]
        self.assertEqual([status[one]["connections"] for one in self.SYSLOG], [1, 1, 1, 1])
        self.assertEqual(self.stop(process), 0, self.log_text()[-3000:])


if __name__ == "__main__":
    unittest.main()
