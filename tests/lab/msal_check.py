"""The Microsoft Authentication Library obtains tokens from the Entra simulator.

Usage: msal_check.py LAB_SERVE VENV. Exit code 77: the library cannot be had on this machine.
"""

import base64
import datetime
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

SKIPPED = 77


def ensure_msal(venv):
    """Runs this script again inside a virtual environment that holds msal."""
    try:
        import msal  # noqa: F401

        return
    except ImportError:
        pass
    python = os.path.join(venv, "bin", "python")
    if os.environ.get("MSAL_CHECK_IN_VENV"):
        skip("msal is not importable although it was installed")
    try:
        if not os.path.exists(python):
            subprocess.run([sys.executable, "-m", "venv", venv], check=True, capture_output=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "msal"],
            check=True,
            capture_output=True,
            timeout=240,
        )
    except (OSError, subprocess.SubprocessError) as error:
        skip(f"cannot install msal: {error}")
    os.environ["MSAL_CHECK_IN_VENV"] = "1"
    os.execv(python, [python, *sys.argv])


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def make_certificate():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "collector")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return pem, key_pem, certificate.fingerprint(hashes.SHA1()).hex()


def payload_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def application(lab, trust, credential, tenant=None):
    import msal

    return msal.ConfidentialClientApplication(
        lab["client_id"],
        client_credential=credential,
        authority=f"{lab['tls_url']}/{tenant or lab['tenant']}",
        instance_discovery=False,
        verify=trust,
    )


def expect_token(lab, trust, credential, what, kind, tenant=None):
    app = application(lab, trust, credential, tenant)
    answer = app.acquire_token_for_client(["https://manage.office.com/.default"])
    assert "access_token" in answer, f"{what}: {answer}"
    claims = payload_of(answer["access_token"])
    assert claims["tid"] == lab["tenant"], claims
    assert claims["aud"] == "https://manage.office.com", claims
    assert "ActivityFeed.Read" in claims["roles"], claims
    assert claims["appidacr"] == kind, claims
    print(f"{what}: token, expires in {answer['expires_in']} s")


def expect_refusal(lab, trust, credential, what, number):
    app = application(lab, trust, credential)
    answer = app.acquire_token_for_client(["https://manage.office.com/.default"])
    assert answer.get("error_codes") == [number], f"{what}: {answer}"
    print(f"{what}: refused with {number}")


def check(lab, trust):
    expect_token(lab, trust, lab["secret"], "secret", "1")
    expect_token(lab, trust, lab["odd_secret"], "secret with signs", "1")
    expect_token(lab, trust, lab["secret"], "domain name as tenant", "1", lab["domain"])
    expect_refusal(lab, trust, "wrong", "wrong secret", 7000215)

    certificate, key, sha1 = make_certificate()
    modern = {"private_key": key, "public_certificate": certificate}
    older = {"private_key": key, "thumbprint": sha1}
    expect_refusal(lab, trust, modern, "certificate not registered", 700027)
    urllib.request.urlopen(
        urllib.request.Request(
            lab["url"] + "/lab/certificates", data=certificate.encode(), method="POST"
        )
    ).read()
    expect_token(lab, trust, modern, "certificate, PS256 with x5t#S256", "2")
    expect_token(lab, trust, older, "certificate, RS256 with x5t", "2")
    _, other_key, _ = make_certificate()
    expect_refusal(
        lab, trust, {"private_key": other_key, "thumbprint": sha1}, "another key", 700027
    )


def main():
    serve, venv = sys.argv[1:3]
    ensure_msal(venv)
    # These would take the place of `verify`: the requests library prefers them to its session's.
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(name, None)
    process = subprocess.Popen(
        [serve], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        lab = json.loads(process.stdout.readline())
        with tempfile.TemporaryDirectory() as folder:
            trust = os.path.join(folder, "lab.pem")
            with open(trust, "w", encoding="ascii") as file:
                file.write(lab["certificate"])
            check(lab, trust)
    finally:
        process.stdin.close()
        process.wait(timeout=30)
    print("msal is content with the simulator")


if __name__ == "__main__":
    main()
