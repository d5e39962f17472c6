"""Real syslog receivers as private processes: rsyslog, syslog-ng and openssl's server, each with a configuration and
files of its own. The machine's own logging service is never touched."""
import os
import shutil
import signal
import socket
import subprocess
import unittest

from harness import wait_for

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "receivers", "root")


def unpacked(name):
    """The program as scripts/prepare-receivers unpacked it, or as the machine has it."""
    own = os.path.join(ROOT, "usr", "sbin", name)
    if os.path.exists(own):
        return own
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def library_folders():
    triple = "%s-linux-gnu" % os.uname().machine
    folders = [os.path.join(ROOT, "usr", "lib", triple), os.path.join(ROOT, "lib", triple)]
    loggers = os.path.join(ROOT, "usr", "lib", "syslog-ng")
    if os.path.isdir(loggers):
        folders += [loggers] + [os.path.join(loggers, one) for one in sorted(os.listdir(loggers))
                                if os.path.isdir(os.path.join(loggers, one))]
    return folders


def environment():
    known = os.environ.get("LD_LIBRARY_PATH", "")
    return dict(os.environ, LD_LIBRARY_PATH=":".join(library_folders() + ([known] if known else [])))


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Receiver:
    """A process that listens on ports and writes what it takes into files."""

    def __init__(self, test, name, ports):
        self.test, self.name, self.ports = test, name, ports
        self.folder = os.path.join(test.folder, name)
        os.mkdir(self.folder)
        self.process = None

    def command(self):
        raise NotImplementedError

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        with open(self.path("log"), "ab") as log:
            # A pipe that stays open: openssl's server ends a connection at the end of its input.
            self.process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment(),
                                            cwd=self.folder)
        self.test.processes.append(self.process)
        wait_for(lambda: all(answers(port) for port in self.ports) or self.process.poll() is not None, 30,
                 lambda: "%s listens: %s" % (self.name, self.said()))
        assert self.process.poll() is None, self.said()
        return self

    def said(self):
        with open(self.path("log"), errors="replace") as file:
            return file.read()[-2000:]

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=60)
        self.process.stdin.close()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def lines(self, name="out"):
        if not os.path.exists(self.path(name)):
            return []
        with open(self.path(name), "rb") as file:
            return file.read().split(b"\n")[:-1]


class Rsyslog(Receiver):
    """`inputs`: output name to (module, port, further parameters). `tcp`: parameters of the module imtcp."""

    def __init__(self, test, name, inputs, tcp="", settings=""):
        self.program = unpacked("rsyslogd")
        if not self.program:
            raise unittest.SkipTest("rsyslog is missing (scripts/prepare-receivers)")
        super().__init__(test, name, [port for module, port, _ in inputs.values() if module != "imudp"])
        text = 'global(workDirectory="%s" maxMessageSize="128k" parser.escapeControlCharactersOnReceive="off" %s)\n' % (
            self.folder, settings)
        # Written before it is acknowledged: what waits in rsyslog's own queue would die with it.
        text += 'main_queue(queue.type="Direct")\n'
        for module in sorted({module for module, _, _ in inputs.values()}):
            text += 'module(load="%s" %s)\n' % (module, tcp if module == "imtcp" else "")
        text += 'template(name="bare" type="string" string="%rawmsg%\\n")\n'
        for output, (module, port, more) in inputs.items():
            text += 'ruleset(name="%s" queue.type="Direct") { action(type="omfile" file="%s" template="bare") }\n' % (output, self.path(output))
            text += 'input(type="%s" port="%d" address="127.0.0.1" ruleset="%s" %s)\n' % (module, port, output, more)
        with open(self.path("conf"), "w") as file:
            file.write(text)

    def command(self):
        modules = os.path.join(ROOT, "usr", "lib", "%s-linux-gnu" % os.uname().machine, "rsyslog")
        more = ["-M", modules] if os.path.isdir(modules) else []
        return [self.program, "-n", "-f", self.path("conf"), "-i", self.path("pid"), *more]


class SyslogNg(Receiver):
    """`inputs`: output name to (source driver, port)."""

    def __init__(self, test, name, inputs):
        self.program = unpacked("syslog-ng")
        if not self.program:
            raise unittest.SkipTest("syslog-ng is missing (scripts/prepare-receivers)")
        super().__init__(test, name, [port for _, port in inputs.values()])
        text = "@version: 3.38\noptions { log-msg-size(131072); stats-freq(0); };\n"
        for output, (driver, port) in inputs.items():
            text += "source s_%s { %s(ip(127.0.0.1) port(%d) transport(tcp) flags(no-parse)); };\n" % (output, driver, port)
            text += 'destination d_%s { file("%s" template("${MSG}\\n")); };\n' % (output, self.path(output))
            text += "log { source(s_%s); destination(d_%s); };\n" % (output, output)
        with open(self.path("conf"), "w") as file:
            file.write(text)

    def command(self):
        modules = [folder for folder in library_folders() if os.path.exists(os.path.join(folder, "libsyslogformat.so"))]
        return [self.program, "-F", "-f", self.path("conf"), "--no-caps", "-R", self.path("persist"), "-c", self.path("control"),
                "-p", self.path("pid"), *(["--module-path", modules[0]] if modules else [])]


class OpensslServer(Receiver):
    """Writes the bytes of its connections into `log`."""

    def __init__(self, test, name, certificate, key, *more):
        if not shutil.which("openssl"):
            raise unittest.SkipTest("openssl is missing")
        super().__init__(test, name, [free_port()])
        self.arguments = ["openssl", "s_server", "-quiet", "-accept", "127.0.0.1:%d" % self.ports[0], "-cert", certificate, "-key", key,
                          *more]

    def command(self):
        return self.arguments

    def bytes(self):
        with open(self.path("log"), "rb") as file:
            return file.read()
