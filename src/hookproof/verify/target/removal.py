"""Removes a folder whatever a program has made in it: however deep, and with whatever modes."""

from __future__ import annotations

import contextlib
import os


def remove(folder: str, is_kept: bool = False) -> None:
    """Remove a folder, or all that is in it; what cannot be removed stays.

    Folders inside are first moved to the top, so that no path grows long and no call nests.
    """
    if os.path.islink(folder):  # what a program put there; where it leads is none of ours
        with contextlib.suppress(OSError):
            os.unlink(folder)
        return
    waiting, number = [folder], 0
    while waiting:
        current = waiting.pop()
        with contextlib.suppress(OSError):
            os.chmod(current, 0o700)
        try:
            with os.scandir(current) as entries:
                found = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError:
            continue
        for path, is_folder in found:
            with contextlib.suppress(OSError):
                if not is_folder:
                    os.unlink(path)
                elif current == folder:
                    waiting.append(path)
                else:
                    number += 1
                    above = os.path.join(folder, ".removed-{}-{}".format(os.getpid(), number))
                    os.rename(path, above)
                    waiting.append(above)
        if current != folder:
            with contextlib.suppress(OSError):
                os.rmdir(current)
    if not is_kept:
        with contextlib.suppress(OSError):
            os.rmdir(folder)
