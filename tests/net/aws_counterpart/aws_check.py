"""Our requests and signatures against moto, a server of S3 and SQS that refuses wrong signatures.

Usage: aws_check.py AWS_EXCHANGE VENV. Exit code 77: moto is not installed (scripts/prepare-counterparts).
moto checks a signature by AWS's own library, once the calls that make the user are over; that it does
refuse is shown here before anything else is believed.
"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

REGION = "eu-west-1"
BUCKET = "contoso-umbrella"
FOLDER = "2003477_0a1b/"
# Calls without a check: they make the user, its rights and its key.
UNCHECKED = 3


def wait_until_it_answers(server, port):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit("moto_server ended with code %d" % server.returncode)
        try:
            urllib.request.urlopen("http://127.0.0.1:%d/moto-api/" % port, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("moto_server does not answer")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def contents():
    """Keys that are hard to send, and objects of several pieces."""
    names = ["plain.csv.gz", "blank and+plus.csv.gz", "percent%2F.csv.gz", "a//b.csv.gz", "é.csv.gz",
             "hash#question?and&equals=.csv.gz", "quote'(1)!*~.csv.gz", "folder/inner.csv.gz"]
    return {FOLDER + "dnslogs/" + name: bytes((i * 7 + at) % 256 for at in range(i * 700))
            for i, name in enumerate(names)}


class Server:
    def __init__(self, venv, log):
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        environment = dict(os.environ, INITIAL_NO_AUTH_ACTION_COUNT=str(UNCHECKED))
        self.process = subprocess.Popen(
            [os.path.join(venv, "bin", "python"), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            env=environment, stdout=log, stderr=subprocess.STDOUT)

    def client(self, service, key):
        import boto3
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, aws_access_key_id=key[0],
                            aws_secret_access_key=key[1])

    def stop(self):
        self.process.kill()
        self.process.wait()


def make_user(server):
    iam = server.client("iam", ("setup", "setup"))
    iam.create_user(UserName="reader")
    rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*"}]}
    iam.put_user_policy(UserName="reader", PolicyName="all", PolicyDocument=json.dumps(rights))
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def fill(server, key):
    s3, sqs = server.client("s3", key), server.client("sqs", key)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    queue = sqs.create_queue(QueueName="umbrella-logs")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={
        "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
    for name, body in contents().items():
        s3.put_object(Bucket=BUCKET, Key=name, Body=body, ContentEncoding="gzip")
    return queue


def exchange(program, server, queue, key, *more, region=REGION):
    environment = {"AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1], "PATH": os.environ["PATH"]}
    done = subprocess.run([program, server.url, BUCKET, region, queue, FOLDER + "dnslogs/", *more],
                          env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def expect(condition, message):
    if not condition:
        raise SystemExit("failed: " + message)


def check_refusals(program, server, queue, key):
    """A wrong signature must be refused, or the rest would prove nothing."""
    wrong = (key[0], key[1][:-1] + ("A" if key[1][-1] != "A" else "B"))
    for used, code in ((wrong, "SignatureDoesNotMatch"), (("AKIAUNKNOWN000000000", key[1]), "InvalidAccessKeyId")):
        status, lines, words = exchange(program, server, queue, used)
        expect(status == 3 and not lines, "refused with %s, got %d: %s" % (code, status, words))
        expect(words.startswith("refused") and code in words, "%s is named: %s" % (code, words))
        expect(used[1] not in words, "the secret is not shown")


def check_reading(program, server, queue, key):
    status, lines, words = exchange(program, server, queue, key)
    expect(status == 0, "the exchange succeeds: " + words)
    found = {bytes.fromhex(line["name_hex"]).decode(): bytes.fromhex(line["hex"])
             for line in lines if line["kind"] == "object"}
    expect(found == contents(), "every object is read as it is stored: %s" % sorted(set(contents()) ^ set(found)))
    folders = {bytes.fromhex(line["name_hex"]).decode() for line in lines if line["kind"] == "folder"}
    expect(folders == {FOLDER + "dnslogs/a/", FOLDER + "dnslogs/folder/"}, "the folders: %s" % folders)
    created = [bytes.fromhex(line["name_hex"]).decode() for line in lines if line["kind"] == "created"]
    expect(sorted(created) == sorted(contents()), "every notification names its object: %s" % created)
    expect([line["name_hex"] for line in lines if line["kind"] == "waiting"] == [b"0".hex()], "the queue is empty")


def main():
    program, venv = sys.argv[1:]
    python = os.path.join(venv, "bin", "python")
    if os.path.realpath(sys.prefix) != os.path.realpath(venv):
        if not os.path.exists(python):
            print("skipped: no virtual environment at " + venv)
            return 77
        os.execv(python, [python, "-B", __file__, *sys.argv[1:]])
    try:
        import boto3  # noqa: F401
        import moto.server  # noqa: F401
    except ImportError as error:
        print("skipped: moto is not installed (%s)" % error)
        return 77
    with tempfile.TemporaryFile("w+") as log:
        server = Server(venv, log)
        try:
            wait_until_it_answers(server.process, server.port)
            key = make_user(server)
            queue = fill(server, key)
            check_refusals(program, server, queue, key)
            check_reading(program, server, queue, key)
        finally:
            server.stop()
    print("S3 and SQS: signatures accepted, wrong ones refused, %d objects read" % len(contents()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
