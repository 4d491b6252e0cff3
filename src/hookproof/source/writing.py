"""Writing a file as a whole, where the user asked for it and nowhere else."""

from __future__ import annotations

import os
import stat

from hookproof.exit_status import SettingsError


def write_new(path: str, data: bytes, option: str = "") -> None:
    """Put `data` in the place of a file, all of it or nothing; pipes and devices are written to.

    Raises `SettingsError`, which starts with `option`, where that cannot be, and where the path leads out of
    the working directory only by a link: a checked tree must not choose what is overwritten.
    """
    try:
        real = os.path.realpath(path)
        mode = os.stat(real).st_mode if os.path.exists(real) else stat.S_IFREG
        if not stat.S_ISREG(mode):
            with open(path, "wb", buffering=0) as stream:
                stream.write(data)
            return
        if _leaves_by_link(path, real):
            raise SettingsError(f"{option}{path}: is a link out of this folder, and is not written")
        _replace(real, data, stat.S_IMODE(mode))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"{option}{path}: cannot be written: {reason}") from None


def _leaves_by_link(path: str, real: str) -> bool:
    here = os.getcwd()
    is_inside = os.path.commonpath([here, os.path.abspath(path)]) == here
    real_here = os.path.realpath(here)
    return is_inside and os.path.commonpath([real_here, real]) != real_here


def _replace(path: str, data: bytes, mode: int) -> None:
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise PermissionError(13, "Permission denied")
    temporary = f"{path}.{os.getpid()}.{os.urandom(8).hex()}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
            stream.write(data)
        if mode:
            os.chmod(temporary, mode)
        os.replace(temporary, path)
    except (OSError, ValueError):
        if os.path.exists(temporary):
            os.remove(temporary)
        raise
