"""Secrets sealed in the store: set, used, exchanged under a running cistern, listed, removed, and shown nowhere."""
import json
import os
import shutil
import stat
import unittest

from harness import ProgramTest, wait_for

SECRET = "lab-secret"


class SealedSecrets(ProgramTest):
    def seal(self, text, *more, name="contoso", environment=None):
        return self.command("secret", "set", name, "-c", self.configuration, *more, input=text, environment=environment)

    def test_a_sealed_secret_logs_in_and_can_be_exchanged_while_it_runs(self):
        lab = self.lab(history="1h", history_per_hour=20, live_per_second=2)
        self.configure(lab.url, connector={"client_secret": "${sealed:contoso}"})
        code, out, err = self.command("check", "-c", self.configuration)
        self.assertNotEqual(code, 0)
        self.assertIn("cistern secret set contoso", out + err)
        code, out, err = self.seal("wrong-secret\n")
        self.assertEqual(code, 0, out + err)
        self.assertIn("${sealed:contoso}", out)
        process = self.start()
        wait_for(lambda: "refused" in self.words(), 60, self.log_text)
        code, out, err = self.seal(SECRET + "\n")
        self.assertEqual(code, 0, out + err)
        wait_for(lambda: self.stored() > 0, 90, self.log_text)
        code, out, _ = self.command("secret", "list", "-c", self.configuration, "--json")
        self.assertEqual(json.loads(out)["secrets"], [{"name": "contoso", "used_by": ["connector 'contoso-audit': client_secret"]}])
        self.assertEqual(self.stop(process), 0)
        for folder, _, names in os.walk(self.store):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(SECRET.encode(), file.read(), name)
        self.assertNotIn(SECRET, self.log_text())

    def test_the_key_stands_beside_the_store_and_without_it_nothing_opens(self):
        self.configure("http://127.0.0.1:1", connector={"client_secret": "${sealed:contoso}"})
        self.assertEqual(self.seal(SECRET)[0], 0)
        key = self.store + "-keys/sealing.key"
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.store + "/sealed/contoso").st_mode), 0o600)
        self.assertEqual(self.command("check", "-c", self.configuration)[0], 0)
        # A copy of the store elsewhere, without the key.
        shutil.copytree(self.store, self.folder + "/copy")
        self.change_configuration(lambda whole: whole["store"].update(path=self.folder + "/copy"))
        code, out, err = self.command("check", "-c", self.configuration)
        self.assertNotEqual(code, 0)
        self.assertIn("sealed under the key", out + err)
        self.assertFalse(os.path.exists(self.folder + "/copy-keys"), "a key that is only looked for is not made")
        self.change_configuration(lambda whole: whole["store"].update(path=self.store))
        os.chmod(key, 0o644)
        code, out, err = self.command("check", "-c", self.configuration)
        self.assertIn("chmod 600", out + err)

    def test_a_credential_seals_when_systemd_passes_one(self):
        self.configure("http://127.0.0.1:1", connector={"client_secret": "${sealed:contoso}"})
        credentials = os.path.join(self.folder, "credentials")
        os.mkdir(credentials)
        with open(credentials + "/cistern-sealing-key", "w") as file:
            file.write("0123456789abcdef" * 4)
        self.assertEqual(self.seal(SECRET, "--key-file", credentials + "/cistern-sealing-key")[0], 0)
        environment = {"CREDENTIALS_DIRECTORY": credentials}
        self.assertEqual(self.command("check", "-c", self.configuration, environment=environment)[0], 0)
        self.assertNotEqual(self.command("check", "-c", self.configuration)[0], 0)

    def test_what_cannot_be_sealed_says_why_and_changes_nothing(self):
        self.configure("http://127.0.0.1:1", connector={"client_secret": SECRET})
        for name in ("../escape", "", ".hidden", "a" * 65):
            code, _, err = self.command("secret", "set", name, "-c", self.configuration, input="x")
            self.assertNotEqual(code, 0, name)
        code, _, err = self.seal("")
        self.assertIn("secret/empty", err)
        self.assertFalse(os.path.exists(self.store + "/sealed/contoso"))
        code, _, err = self.command("secret", "remove", "contoso", "-c", self.configuration)
        self.assertNotEqual(code, 0)
        self.assertIn("secret list", err)
        self.assertEqual(self.seal("x")[0], 0)
        self.assertEqual(self.command("secret", "remove", "contoso", "-c", self.configuration)[0], 0)
        self.assertIn("nothing is sealed", self.command("secret", "list", "-c", self.configuration)[1])

    def test_an_altered_file_does_not_open(self):
        self.configure("http://127.0.0.1:1", connector={"client_secret": "${sealed:contoso}"})
        self.assertEqual(self.seal(SECRET)[0], 0)
        self.assertEqual(self.seal(SECRET, name="other")[0], 0)
        shutil.copy(self.store + "/sealed/other", self.store + "/sealed/contoso")
        code, out, err = self.command("check", "-c", self.configuration)
        self.assertNotEqual(code, 0)
        self.assertIn("moved here from another place", out + err)


if __name__ == "__main__":
    unittest.main()
