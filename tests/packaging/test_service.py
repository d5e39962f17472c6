"""The unit's locks, the pages and completion that packages carry, and `cistern service` on a folder."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGING = os.path.join(os.path.dirname(os.path.dirname(HERE)), "packaging")
CISTERN = os.environ["CISTERN"]
MOST_EXPOSURE = 2.0


def call(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    return done.returncode, done.stdout + done.stderr


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cistern-service-")
        os.chmod(self.folder, 0o755)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def read(self, path):
        with open(os.path.join(self.folder, path.lstrip("/"))) as file:
            return file.read()


@unittest.skipIf(shutil.which("systemd-analyze") is None, "there is no systemd-analyze")
class Unit(Folder):
    def test_is_understood_whole(self):
        unit = os.path.join(self.folder, "cistern.service")
        with open(os.path.join(PACKAGING, "cistern.service")) as file:
            text = file.read().replace("/usr/bin/cistern", CISTERN)
        with open(unit, "w") as file:
            file.write(text)
        code, said = call("systemd-analyze", "verify", "--man=no", unit)
        mine = [line for line in said.splitlines() if "cistern.service" in line]
        self.assertEqual((code, mine), (0, []), said)

    def test_exposes_little(self):
        code, said = call("systemd-analyze", "security", "--offline=true", "--no-pager", os.path.join(PACKAGING, "cistern.service"))
        self.assertEqual(code, 0, said)
        level = float(re.search(r"Overall exposure level for cistern\.service: ([0-9.]+)", said).group(1))
        self.assertLessEqual(level, MOST_EXPOSURE, said)


class Pages(Folder):
    def setUp(self):
        super().setUp()
        code, said = call(CISTERN, "docs", "--man", self.folder)
        self.assertEqual(code, 0, said)

    def test_every_command_and_option_is_in_the_manual(self):
        page = self.read("cistern.1").replace("\\-", "-")
        help_text = call(CISTERN, "--help")[1]
        commands = re.findall(r"^  ([a-z]+)  ", help_text[help_text.index("Subcommands:"):], re.M)
        self.assertGreater(len(commands), 10)
        for command in commands:
            self.assertIn("cistern " + command, page)
            for option in re.findall(r"^  (?:-[a-z],)?(--[a-z-]+)", call(CISTERN, command, "--help")[1], re.M):
                if command != "store" and command != "service":
                    self.assertIn(option, page)
        self.assertNotIn("%%%%", page)

    def test_every_option_of_the_file_is_in_the_manual(self):
        page = self.read("cistern.yaml.5").replace("\\-", "-")
        schema = call(CISTERN, "docs", "--schema")[1]
        for name in re.findall(r'"([a-z_]+)":\{"(?:description|type)"', schema):
            self.assertIn(name, page)

    @unittest.skipIf(shutil.which("man") is None, "there is no man")
    def test_man_shows_the_pages_without_a_warning(self):
        for page in ("cistern.1", "cistern.yaml.5"):
            done = subprocess.run(["man", "--warnings", "-l", "-E", "UTF-8", "-P", "cat", os.path.join(self.folder, page)],
                                  capture_output=True, text=True, timeout=60, env=dict(os.environ, LC_ALL="C.UTF-8", MANROFFSEQ=""))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("cistern", done.stdout)

    @unittest.skipIf(shutil.which("mandoc") is None, "there is no mandoc")
    def test_mandoc_finds_no_error(self):
        for page in ("cistern.1", "cistern.yaml.5"):
            code, said = call("mandoc", "-Tlint", "-Werror", os.path.join(self.folder, page))
            self.assertEqual((code, said), (0, ""))

    def complete(self, *words):
        script = ("source '%s/cistern.bash'; COMP_WORDS=(%s); COMP_CWORD=%d; _cistern; printf '%%s\\n' \"${COMPREPLY[@]}\""
                  % (self.folder, " ".join("'%s'" % word for word in words), len(words) - 1))
        code, said = call("bash", "--norc", "-c", script, cwd=PACKAGING)
        self.assertEqual(code, 0, said)
        return said.split()

    def test_bash_completes_commands_options_choices_and_files(self):
        self.assertEqual(self.complete("cistern", "cov"), ["coverage"])
        self.assertEqual(self.complete("cistern", "store", "ver"), ["verify"])
        self.assertEqual(self.complete("cistern", "run", "--conf"), ["--config"])
        self.assertEqual(self.complete("cistern", "tail", "--format", ""), ["ecs", "raw", "envelope"])
        self.assertEqual(self.complete("cistern", "run", "--config", "cistern.y"), ["cistern.yaml"])
        self.assertEqual(self.complete("cistern", "check", "cistern.y"), ["cistern.yaml"])
        self.assertEqual(self.complete("cistern", "run", "cistern.y"), [])


class Install(Folder):
    """On a folder that is taken for the root of the system."""

    def setUp(self):
        super().setUp()
        os.makedirs(os.path.join(self.folder, "etc"))
        for name in ("passwd", "group", "shadow", "gshadow"):
            with open(os.path.join(self.folder, "etc", name), "w") as file:
                file.write({"passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\n"}.get(name, ""))

    def service(self, *arguments):
        return call(CISTERN, "service", *arguments, "--root", self.folder)

    def entries(self):
        found = []
        for folder, folders, files in os.walk(self.folder):
            found += [os.path.relpath(os.path.join(folder, name), self.folder) for name in folders + files]
        return sorted(found)

    def test_a_dry_run_shows_everything_and_changes_nothing(self):
        before = self.entries()
        code, said = self.service("install", "--dry-run")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.entries(), before)
        for text in ("ExecStart=/usr/local/bin/cistern run", "/etc/cistern/secrets (root:cistern, 2750)", "useradd", "connectors:",
                     self.folder + "/etc/systemd/system/cistern.service"):
            self.assertIn(text, said)
        self.assertNotIn("/usr/bin/cistern", said)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("useradd"), "only root with useradd may install")
    def test_twice_is_once_and_what_was_changed_stays(self):
        self.assertEqual(self.service("install")[0], 0, "first")
        self.assertIn("cistern:", self.read("/etc/passwd"))
        configuration = os.path.join(self.folder, "etc/cistern/cistern.yaml")
        unit = os.path.join(self.folder, "etc/systemd/system/cistern.service")
        with open(configuration, "w") as file:
            file.write("store: {path: /var/lib/cistern}\n")
        entries = self.entries()
        code, said = self.service("install")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.entries(), entries)
        self.assertNotRegex(said, r"(?m)^(make|write|copy|rename|run) ")
        self.assertEqual(self.read("/etc/cistern/cistern.yaml"), "store: {path: /var/lib/cistern}\n")
        with open(unit, "a") as file:
            file.write("# mine\n")
        self.assertEqual(self.service("install")[0], 0)
        self.assertIn("# mine", self.read("/etc/systemd/system/cistern.service.old"))
        self.assertNotIn("# mine", self.read("/etc/systemd/system/cistern.service"))

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("useradd"), "only root with useradd may install")
    def test_uninstall_keeps_data_and_purge_leaves_nothing(self):
        before = [name for name in self.entries() if not name.endswith("-")]
        self.service("install")
        with open(os.path.join(self.folder, "var/lib/cistern/event"), "w") as file:
            file.write("x")
        self.assertEqual(self.service("uninstall")[0], 0)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "usr/local/bin/cistern")))
        self.assertEqual(self.read("/var/lib/cistern/event"), "x")
        code, said = self.service("uninstall", "--purge")
        self.assertEqual(code, 0, said)
        left = [name for name in self.entries() if "cistern" in name]
        self.assertEqual(left, [])
        self.assertNotIn("cistern", self.read("/etc/passwd") + self.read("/etc/group"))
        self.assertTrue(set(before) <= set(self.entries()))

    def test_leaves_a_packaged_service_alone(self):
        os.makedirs(os.path.join(self.folder, "usr/lib/systemd/system"))
        open(os.path.join(self.folder, "usr/lib/systemd/system/cistern.service"), "w").close()
        before = self.entries()
        for words in (["install", "--dry-run"], ["uninstall", "--dry-run"]):
            code, said = self.service(*words)
            self.assertEqual(code, 6, said)
            self.assertIn("systemctl enable --now cistern", said)
        self.assertEqual(self.entries(), before)

    def test_refuses_without_root_and_says_how(self):
        if os.geteuid() == 0:
            if shutil.which("setpriv") is None:
                self.skipTest("there is no setpriv to become an ordinary user")
            copy = os.path.join(self.folder, "cistern")
            shutil.copy(CISTERN, copy)
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy]
        else:
            command = [CISTERN]
        for words in ("install", "uninstall"):
            code, said = call(*command, "service", words, "--root", self.folder)
            self.assertEqual(code, 6, said)
            self.assertIn("sudo", said)


if __name__ == "__main__":
    unittest.main()
