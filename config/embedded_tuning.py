"""Settings of the embedded PostgreSQL: made for bulk work on one machine, and never at the price of durability."""

import shutil
from pathlib import Path

import psutil

MIB = 1024 * 1024


def settings(socket_folder: Path) -> str:
    """The text of the server's ``changke.conf``, sized to the memory of this machine."""
    memory = psutil.virtual_memory().total // MIB
    shared = max(64, min(512, memory // 8))
    values = {
        "listen_addresses": "''",
        "unix_socket_directories": quoted(str(socket_folder)),
        "max_connections": 200,
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": f"{max(4, min(32, memory // 256))}MB",
        "maintenance_work_mem": f"{max(64, min(256, memory // 16))}MB",
        "wal_compression": "on",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "jit": "off",
        "random_page_cost": 1.1,
        "parallel_setup_cost": 5000,  # a page's look at a few thousand rows is over before helpers have started
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_messages": "warning",
        "dynamic_shared_memory_type": shared_memory(),
    }
    return "".join(f"{name} = {value}\n" for name, value in values.items())


def shared_memory() -> str:
    """``mmap`` where /dev/shm is the 64 MB of a plain container, in which parallel queries would fail."""
    shm = Path("/dev/shm")  # only its size is read  # nosec B108
    roomy = not shm.exists() or shutil.disk_usage(shm).total >= 512 * MIB
    return "posix" if roomy else "mmap"


def quoted(value: str) -> str:
    """A string literal of postgresql.conf."""
    return "'" + value.replace("'", "''") + "'"
