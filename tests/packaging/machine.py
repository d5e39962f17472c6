"""A throw-away copy of this machine: what is written there is gone afterwards.

The root folder is an overlay whose changes live in memory; process numbers, network and mounts are
its own. With `boot` systemd runs in it as process 1, without it a script runs there alone, as in a
container. Usage of the inner half: machine.py boot|plain FOLDER; FOLDER is seen there as /mnt and
holds scenario.py; output and exit code land in FOLDER/out.txt and FOLDER/rc.
"""
import os
import shutil
import subprocess
import sys

SYSTEMD = "/lib/systemd/systemd"
NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--ipc", "--uts", "--net",
              "--propagation", "private"]


def why_not(mode):
    """Why there can be no such machine here; None when there can."""
    if os.geteuid() != 0:
        return "only root may mount a throw-away machine"
    if not os.path.exists(SYSTEMD) and mode == "boot":
        return "there is no systemd"
    for tool in ("unshare", "mount", "pivot_root", "chroot", "dpkg"):
        if shutil.which(tool) is None:
            return "there is no " + tool
    probe = subprocess.run(NAMESPACES + ["sh", "-c", "mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w /mnt/r && "
                                         "mount -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r"],
                           capture_output=True, text=True)
    return None if probe.returncode == 0 else "namespaces and overlays may not be made here: " + probe.stderr.strip()


def run(mode, folder, seconds):
    """Runs folder/scenario.py in a fresh machine; (exit code or None, output)."""
    command = NAMESPACES + [sys.executable, "-B", os.path.abspath(__file__), mode, folder]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
        said = done.stdout + done.stderr
    except subprocess.TimeoutExpired as error:
        said = "not within %d s: %s" % (seconds, (error.stdout or b"").decode(errors="replace"))
    out = os.path.join(folder, "out.txt")
    if os.path.exists(out):
        with open(out, errors="replace") as file:
            said += file.read()
    code = os.path.join(folder, "rc")
    if not os.path.exists(code):
        return None, said
    with open(code) as file:
        return int(file.read()), said


# ---- the inner half ----

def mount(*arguments):
    subprocess.check_call(["mount", *arguments])


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def make_root(folder):
    mount("-t", "tmpfs", "-o", "mode=755", "machine", "/mnt")
    for name in ("upper", "work", "root"):
        os.mkdir("/mnt/" + name)
    root = "/mnt/root"
    # The folder may lie on a file system of its own, which the overlay of / would not show.
    mount("-t", "overlay", "machine", "-o", "lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work", root)
    mount("--bind", folder, root + "/mnt")
    mount("-t", "proc", "proc", root + "/proc")
    # Nothing in here may change what belongs to the whole computer.
    mount("--bind", root + "/proc/sys", root + "/proc/sys")
    mount("-o", "remount,bind,ro", root + "/proc/sys")
    mount("-t", "sysfs", "-o", "ro", "sysfs", root + "/sys")
    mount("-t", "tmpfs", "tmpfs", root + "/run")
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root + "/tmp")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root + "/dev")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        open(root + "/dev/" + name, "w").close()
        mount("--bind", "/dev/" + name, root + "/dev/" + name)
    os.symlink("/proc/self/fd", root + "/dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink("/proc/self/fd/%d" % number, root + "/dev/" + name)
    for name in ("pts", "shm"):
        os.mkdir(root + "/dev/" + name)
    mount("-t", "devpts", "-o", "newinstance,ptmxmode=666", "devpts", root + "/dev/pts")
    os.symlink("pts/ptmx", root + "/dev/ptmx")
    mount("-t", "tmpfs", "tmpfs", root + "/dev/shm")
    # A slim image's dpkg leaves out manual pages.
    shutil.rmtree(root + "/etc/dpkg/dpkg.cfg.d", ignore_errors=True)
    policy = root + "/usr/sbin/policy-rc.d"
    if os.path.exists(policy):
        os.unlink(policy)  # a container's "start nothing"; this is to be an ordinary machine
    return root


def prepare_systemd(root):
    mount("-t", "tmpfs", "tmpfs", root + "/sys/fs/cgroup")
    mount("-t", "cgroup2", "cgroup2", root + "/sys/fs/cgroup")
    # Of this machine's own services only the journal and what the scenario starts.
    for folder in ("etc", "lib", "usr/lib"):
        units = "%s/%s/systemd/system" % (root, folder)
        if not os.path.isdir(units) or os.path.islink(units):
            continue
        for name in os.listdir(units):
            if name.endswith((".wants", ".requires")):
                shutil.rmtree(os.path.join(units, name))
    units = root + "/etc/systemd/system/"
    write(units + "scenario.target", "[Unit]\nRequires=scenario.service\n")
    write(units + "scenario.service",
          "[Unit]\nDefaultDependencies=no\nWants=systemd-journald.service\nAfter=systemd-journald.service\n"
          "[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=/bin/sh -c '" + SCENARIO + "; systemctl exit'\n")


SCENARIO = "python3 -B /mnt/scenario.py -v >/mnt/out.txt 2>&1; echo $? >/mnt/rc"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main():
    mode, folder = sys.argv[1:]
    root = make_root(folder)
    if mode == "boot":
        prepare_systemd(root)
        inner = [SYSTEMD, "--system", "--unit=scenario.target", "--show-status=no"]
    else:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
        inner = ["/bin/sh", "-c", SCENARIO]
    os.chdir(root)
    # Not chroot alone: systemd makes mounts for its services from what is the root of all mounts.
    subprocess.check_call(["pivot_root", ".", "."])
    subprocess.check_call(["umount", "-l", "."])
    os.execvp("env", ["env", "-i", "container=cistern-test", PATH, "chroot", ".", *inner])


if __name__ == "__main__":
    main()
