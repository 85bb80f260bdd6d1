"""Who runs the embedded PostgreSQL. The server refuses to run as root, so root hands it to an unprivileged user.

A checkout below ``/root`` cannot be entered by that user. Rather than opening the folder to everybody, the server
process then keeps the single capability to pass closed folders (Linux).
"""

import ctypes
import os
import pwd
import stat
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

CANDIDATES = ("postgres", "nobody")
PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 8, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True)
class ServerUser:
    """The system user of the server process; ``switch`` tells whether we have to become that user first."""

    uid: int
    gid: int
    switch: bool

    @classmethod
    def for_folder(cls, data: Path) -> "ServerUser":
        """Ourselves, or for root the owner of the existing data folder, else an unprivileged user of the system."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switch=False)
        if data.exists() and data.stat().st_uid != 0:
            found = data.stat()
            return cls(found.st_uid, found.st_gid, switch=True)
        known = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
        chosen = next((known[name] for name in CANDIDATES if name in known), None) or next(iter(known.values()))
        return cls(chosen.pw_uid, chosen.pw_gid, switch=True)

    @property
    def name(self) -> str:
        """How the system calls that user."""
        return pwd.getpwuid(self.uid).pw_name

    def give(self, path: Path) -> None:
        """Make the server's user the owner of ``path``."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def how_to_run(self, *files: Path) -> dict[str, Any]:
        """Keyword arguments of ``subprocess.run`` that make the child that user, able to reach ``files``."""
        if not self.switch:
            return {}
        become = partial(_become, self.uid, self.gid, keep_passage=not all(map(reachable_by_all, files)))
        return {"preexec_fn": become, "env": {**os.environ, "HOME": "/"}}


def reachable_by_all(path: Path) -> bool:
    """Whether every folder above ``path`` lets anybody pass, and the file itself may be run by anybody."""
    folders = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return folders and (not path.is_file() or bool(path.stat().st_mode & stat.S_IXOTH))


def _become(uid: int, gid: int, *, keep_passage: bool) -> None:
    """Runs in the child between fork and exec: drop root, keep the right to pass closed folders if needed."""
    libc = ctypes.CDLL(None, use_errno=True) if keep_passage and sys.platform == "linux" else None
    if libc is not None:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        # initdb asks access(2), which looks past the capabilities of ordinary users unless this bit is set.
        libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if libc is not None:
        _keep_folder_passage(libc)


def _keep_folder_passage(libc: ctypes.CDLL) -> None:
    """Keep CAP_DAC_OVERRIDE and nothing else, across exec; where the system forbids it, open checkouts still work."""
    bit = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(header, data) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
