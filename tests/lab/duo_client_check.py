"""The vendor's own Python client reads the lab's Duo with each signature, and pages through its logs.

Usage: duo_client_check.py LAB_SERVE VENV. Exit code 77: the client is not installed (scripts/prepare-counterparts).
"""

import glob
import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.request

SKIPPED = 77
IKEY = "DILABLABLABLABLABLAB"
ACCOUNTS_IKEY = "DILABLABLABACCOUNTS0"
SKEY = "lab0secret0lab0secret0lab0secret0lab0sec"
DAY = 86400 * 1000


def load_client(venv):
    sys.path.extend(glob.glob(os.path.join(venv, "lib", "python3*", "site-packages")))
    try:
        import duo_client
    except ImportError as error:
        print(f"skipped: duo_client is not installed ({error})")
        sys.exit(SKIPPED)
    return duo_client


def client(duo_client, url, ikey=IKEY, skey=SKEY, kind="Admin", **options):
    host, port = url[len("http://"):].split(":")
    # The name in the signature is the one in the Host header, which this client sends without the port.
    return getattr(duo_client, kind)(ikey=ikey, skey=skey, host=host, port=int(port), ca_certs="HTTP", **options)


def walk(read, rows):
    """All rows of a log that is asked for page by page."""
    found, offset = [], {}
    for _ in range(100):
        page = read(offset)
        found += page[rows]
        following = page["metadata"].get("next_offset")
        if not following:
            return found
        offset = {"next_offset": following}
    raise AssertionError("the pages do not end")


def check_signatures(duo_client, url):
    for options in ({}, {"sig_version": 2, "digestmod": hashlib.sha512}, {"sig_version": 2, "digestmod": hashlib.sha1}):
        assert client(duo_client, url, **options).get_info_summary()["user_count"], options
    for wrong, code in (({"skey": "wrong"}, 40103), ({"ikey": "DI000000000000000000"}, 40102)):
        try:
            client(duo_client, url, **wrong).get_info_summary()
        except RuntimeError as error:
            assert error.data["code"] == code, error.data
        else:
            raise AssertionError("%s was taken" % wrong)


def check_logs(duo_client, url):
    admin = client(duo_client, url)
    now = int(time.time() * 1000) - 150 * 1000
    window = {"mintime": now - 2 * DAY, "maxtime": now, "limit": "300", "sort": "ts:asc"}
    for read, rows, identity in (
            (lambda offset: admin.get_authentication_log(api_version=2, **dict(window, **offset)), "authlogs",
             lambda row: row["txid"] + row["isotimestamp"]),
            (lambda offset: admin.get_activity_logs(**dict(window, **offset)), "items", lambda row: row["activity_id"]),
            (lambda offset: admin.get_telephony_log(api_version=2, **dict(window, limit=300, **offset)), "items",
             lambda row: row["telephony_id"])):
        found = [identity(row) for row in walk(read, rows)]
        assert len(found) > 300 and len(set(found)) == len(found), (rows, len(found), len(set(found)))
    administrators = admin.get_administrator_log(mintime=(now - 7 * DAY) // 1000)
    assert len(administrators) >= 1000, len(administrators)
    surfaced = list(admin.get_trust_monitor_events_iterator(now - 7 * DAY, now))
    assert len({event["sekey"] for event in surfaced}) == len(surfaced) > 200, len(surfaced)


def check_accounts(duo_client, url):
    accounts = client(duo_client, url, ikey=ACCOUNTS_IKEY, kind="Accounts").get_child_accounts()
    assert [account["account_id"] for account in accounts] == ["DALABLABLABLABLAB001"], accounts


def main():
    serve, venv = sys.argv[1:3]
    duo_client = load_client(venv)
    with subprocess.Popen([serve], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lab:
        try:
            url = json.loads(lab.stdout.readline())["url"]
            switch = urllib.request.Request(url + "/lab/duo", data=b'{"requests_per_minute":0}', method="POST")
            urllib.request.urlopen(switch, timeout=30).read()
            check_signatures(duo_client, url)
            check_logs(duo_client, url)
            check_accounts(duo_client, url)
        finally:
            lab.stdin.close()
    assert lab.returncode == 0, lab.returncode
    print("duo_client: three signatures, paged logs, logs by second, trust monitor, accounts")


if __name__ == "__main__":
    main()
