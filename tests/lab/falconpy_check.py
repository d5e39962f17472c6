"""The vendor's own Python SDK logs in to the lab's Falcon, discovers, reads and refreshes its streams.

Usage: falconpy_check.py LAB_SERVE VENV. Exit code 77: the SDK is not installed (scripts/prepare-counterparts).
"""

import glob
import json
import os
import subprocess
import sys

SKIPPED = 77
CLIENT = "fa1c0000000000000000000000000001"
SECRET = "lab-secret"


def load_sdk(venv):
    sys.path.extend(glob.glob(os.path.join(venv, "lib", "python3*", "site-packages")))
    try:
        import falconpy  # noqa: F401
        import requests  # noqa: F401
    except ImportError as error:
        print(f"skipped: crowdstrike-falconpy is not installed ({error})")
        sys.exit(SKIPPED)


def check_login(url):
    from falconpy import OAuth2

    good = OAuth2(client_id=CLIENT, client_secret=SECRET, base_url=url)
    answer = good.token()
    assert answer["status_code"] == 201, answer
    assert answer["body"]["expires_in"] == 1799, answer
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    assert headers["x-cs-region"] == "us-1", headers
    wrong = OAuth2(client_id=CLIENT, client_secret="wrong", base_url=url).token()
    assert wrong["status_code"] == 401 and wrong["body"]["errors"][0]["message"], wrong
    return good


def read_events(resource, count):
    """The first events of a partition, as the SDK's samples read them: with requests, line by line."""
    import requests

    headers = {"Authorization": "Token " + resource["sessionToken"]["token"], "Accept": "application/json"}
    answer = requests.get(resource["dataFeedURL"] + "&offset=0", headers=headers, stream=True, timeout=30)
    assert answer.status_code == 200, answer.text
    events = []
    lines = answer.iter_lines()  # dropped, it would close the connection
    for line in lines:
        if line:
            events.append(json.loads(line))
        if len(events) == count:
            return lines, events
    raise AssertionError("the stream ended after %d events" % len(events))


def check_streams(url):
    from falconpy import EventStreams

    streams = EventStreams(client_id=CLIENT, client_secret=SECRET, base_url=url)
    found = streams.list_available_streams(app_id="falconpy")
    assert found["status_code"] == 200, found
    resources = found["body"]["resources"]
    assert len(resources) == 2, resources
    lines, events = read_events(resources[0], 500)
    offsets = [event["metadata"]["offset"] for event in events]
    assert offsets == sorted(set(offsets)), offsets[:20]
    customers = {event["metadata"]["customerIDString"] for event in events}
    assert customers == {"0123456789abcdef0000000000000001"}, customers

    # The SDK sends its refresh by partition, with an empty JSON body.
    refreshed = streams.refresh_active_stream(app_id="falconpy", partition=0)
    assert refreshed["status_code"] == 200, refreshed
    taken = streams.list_available_streams(app_id="falconpy")
    assert len(taken["body"]["resources"]) == 1, taken
    lines.close()
    unknown = streams.refresh_active_stream(app_id="nobody", partition=0)
    assert unknown["status_code"] == 404, unknown


def main():
    serve, venv = sys.argv[1:3]
    load_sdk(venv)
    with subprocess.Popen([serve], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lab:
        try:
            url = json.loads(lab.stdout.readline())["url"]
            check_login(url)
            check_streams(url)
        finally:
            lab.stdin.close()
    assert lab.returncode == 0, lab.returncode
    print("falconpy: token, discovery, stream and refresh")


if __name__ == "__main__":
    main()
