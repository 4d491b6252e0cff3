"""Names, special files, settings, streams and links of a hostile tree: one line, no effect."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hooked_project import environment, hookproof
from hostile_texts import with_line

_HOOK = with_line("pass")
_FOUND = "HKP302"
_COMMAND = (
    f"{sys.executable} -P -m hookproof" if sys.version_info >= (3, 11) else f"{sys.executable} -m hookproof"
)
_CHECK = f"{_COMMAND} check --no-cache -q"
_NAMES = (
    b"caf\xe9.py",
    b"a\nb.py",
    b"e\x1b[2Jc.py",
    b"::error::x.py",
    b"##[error]x.py",
    b"c\rd\x07.py",
    b"d\xff/m.py",
)
_NAMES += (
    "r\u202eyp.py".encode(),
    "z\u200bw.py".encode(),
    b"a\tb.py",
    "ä\u2028b.py".encode(),
    b"a'b\"c<d>&.py",
)
_NAMES += (b"broken\n::error::.py",)

# What is done in a folder with a hook in m.py: the status, a word that is told, whether the hook is found.
_ATTACKS = {
    "pipe as ignore file": ("mkfifo .gitignore; CHECK .", 1, "", True),
    "device as ignore file": ("ln -s /dev/zero .gitignore; CHECK .", 1, "", True),
    "directory as ignore file": ("mkdir .gitignore; CHECK .", 1, "", True),
    "binary ignore file": ("printf '\\377\\0\\n[\\n' > .gitignore; CHECK .", 1, "", True),
    "pipe as settings": ("mkfifo pyproject.toml; CHECK .", 1, "", True),
    "device as settings": ("ln -s /dev/zero pyproject.toml; CHECK .", 1, "", True),
    "directory as settings": ("mkdir pyproject.toml; CHECK .", 1, "", True),
    "circle as settings": ("ln -s pyproject.toml pyproject.toml; CHECK .", 1, "", True),
    "given settings that are a device": ("CHECK --config /dev/zero .", 2, "Not a regular file", False),
    "given settings that are a pipe": ("mkfifo p; CHECK --config p .", 2, "Not a regular file", False),
    "pipe as file": ("mkfifo p.py; CHECK .", 1, "", True),
    "given pipe": ("mkfifo p.py; CHECK p.py m.py", 2, "Not a regular file", True),
    "link to a pipe": ("mkfifo p; ln -s p p.py; CHECK .", 1, "", True),
    "link to a device": ("ln -s /dev/zero z.py; CHECK .", 1, "", True),
    "link to a terminal": ("ln -s /dev/tty t.py; CHECK .", 1, "", True),
    "link to /proc": ("ln -s /proc p; CHECK .", 1, "", True),
    "link to everything": ("ln -s / p; CHECK .", 1, "", True),
    "link to itself": ("ln -s l l; ln -s k.py k.py; CHECK .", 1, "", True),
    "folder as file": ("mkdir d.py; CHECK .", 1, "", True),
    "huge file": ("truncate -s 2G b.py; CHECK .", 2, "b.py: larger than 64 MiB", True),
    "huge file and little memory": ("truncate -s 60M b.py; ulimit -v 900000; CHECK .", None, "", True),
    "huge settings": ("truncate -s 2G pyproject.toml; CHECK .", 2, "larger than 64 MiB", False),
    "pattern of nothing": (
        "printf '[tool.hookproof]\\nexclude = [\"!\"]' > pyproject.toml; CHECK .",
        2,
        "no pattern",
        False,
    ),
    "pattern of a backslash": ("CHECK --exclude 'a\\' .", 2, "no pattern", False),
    "ignored nothing": ("printf '!\\n/\\n!/\\n\\\\\\n  \\n[\\n' > .gitignore; CHECK .", 1, "", True),
    "patterns with many stars": (
        "printf '*a*a*a*a*a*a*a*b\\n?*?*?*?*?*?*?x\\n' > .gitignore; CHECK .",
        1,
        "",
        True,
    ),
    "not TOML": ("echo '[[' > pyproject.toml; CHECK .", 2, "is not TOML", False),
    "settings not UTF-8": ("printf '\\377' > pyproject.toml; CHECK .", 2, "is not TOML", False),
    "unknown key": ("printf '[tool.hookproof]\\na = 1' > pyproject.toml; CHECK .", 2, "unknown key", False),
    "table that is none": (
        "printf '[tool]\\nhookproof = 1' > pyproject.toml; CHECK .",
        2,
        "must be a table",
        False,
    ),
    "no working directory": ("mkdir q; cd q; rmdir ../q; CHECK .", 2, "", False),
    "closed stdout": ("CHECK . >&-", 2, "standard output is closed", False),
    "full stdout": ("CHECK . > /dev/full", 2, "No space left", False),
    "full stdout of the inventory": (f"{_COMMAND} hooks --no-cache . > /dev/full", 2, "No space left", False),
    "full stdout of rules": (f"{_COMMAND} rules > /dev/full", 2, "No space left", False),
    "full stdout of help": (f"{_COMMAND} --help > /dev/full", 2, "No space left", False),
    "closed stdin": ("CHECK - <&-", 2, "standard input is closed", False),
    "closed stderr": ("CHECK . 2>&-", 1, "", True),
    "full stderr": ("CHECK . 2> /dev/full", 1, "", True),
    "reader that goes away": ("CHECK . | head -0", 0, "", False),
    "deep baseline": ("printf '[%.0s' $(seq 20000) > b; CHECK --baseline b .", 2, "is not a baseline", False),
    "binary baseline": ("printf '\\377' > b; CHECK --baseline b .", 2, "is not a baseline", False),
    "pipe as baseline": ("mkfifo b; CHECK --baseline b .", 2, "Not a regular file", False),
    "deep witness": ("printf '[%.0s' $(seq 20000) > b; CHECK --witness b .", 2, "b", False),
    "deep verdicts": (
        f"printf '[%.0s' $(seq 20000) > b; {_COMMAND} hooks --output-format html --verdicts b .",
        2,
        "b",
        False,
    ),
    "few descriptors": ("for i in $(seq 300); do :> f$i.py; done; ulimit -n 16; CHECK -j 64 .", 1, "", True),
    "output through a link": ("ln -s ../outside o; CHECK -o o .", 2, "link out of this folder", False),
    "output through a linked folder": (
        "ln -s .. o; CHECK -o o/outside .",
        2,
        "link out of this folder",
        False,
    ),
    "output to a full device": ("CHECK -o /dev/full .", 2, "No space left", False),
    "output to no folder": ("CHECK -o no/such/file .", 2, "No such file", False),
    "baseline through a link": (
        "ln -s ../outside o; CHECK --write-baseline o .",
        2,
        "link out of this folder",
        False,
    ),
    "noqa through a link": (
        "mv m.py ../outside; ln -s ../outside m.py; CHECK --add-noqa .",
        2,
        "link out",
        False,
    ),
    "cache outside": (
        f"printf '[tool.hookproof]\\ncache-dir = \"../x\"' > pyproject.toml; {_COMMAND} check .",
        2,
        "leads out",
        False,
    ),
    "cache through a link": (f"mkdir ../x; ln -s ../x .hookproof_cache; {_COMMAND} check -q .", 1, "", True),
    "cache in a folder with other things": (
        f"mkdir c; :> c/f; {_COMMAND} check -q --cache-dir c . ; [ $(ls -A c) = f ] && exit 1",
        1,
        "",
        True,
    ),
    "cache file that is a link": (
        f"{_COMMAND} check -q .; ln -sf ../../outside .hookproof_cache/facts.msgpack; {_COMMAND} check -q .",
        1,
        "",
        True,
    ),
    "cache that is a pipe": (
        f"mkdir .hookproof_cache; mkfifo .hookproof_cache/facts.msgpack; {_COMMAND} check -q .",
        1,
        "",
        True,
    ),
}


@pytest.mark.parametrize("name", _ATTACKS)
def test_one_line_the_right_status_and_the_rest_is_found(name: str, tmp_path: Path) -> None:
    script, status, told, is_found = _ATTACKS[name]
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "setup.cfg").touch()
    (folder / "m.py").write_text(_HOOK, "utf-8")
    outside = tmp_path / "outside"
    outside.write_text(_HOOK, "utf-8")
    done = subprocess.run(
        ["bash", "-c", script.replace("CHECK", f"{_CHECK} --output-format concise")],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL if "<" not in script else None,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert status is None or done.returncode == status, done.stderr
    assert told in done.stderr
    assert (_FOUND in done.stdout) == is_found
    assert outside.read_text("utf-8") == _HOOK
    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "x") == ["outside", "project"]


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a hook in files of all names, and one that does not parse."""
    folder = tmp_path_factory.mktemp("named")
    (folder / "pyproject.toml").touch()
    for name in _NAMES:
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(
                (_HOOK if b"broken" not in name else _HOOK.replace("self.seen = []", "= =")).encode()
            )
    return folder


@pytest.mark.parametrize(
    "form", ["full", "concise", "grouped", "github", "pylint", "json", "sarif", "junit", "gitlab"]
)
def test_no_name_reaches_a_terminal_or_a_log_as_a_command(form: str, named: Path) -> None:
    done = hookproof("check", "--no-cache", "-q", f"--output-format={form}", cwd=named)
    assert done.returncode == 2
    _assert_clean(done, is_github=form == "github")
    assert done.stdout.count("HKP302") >= len(_NAMES) - 1


@pytest.mark.parametrize("form", ["table", "json", "html"])
def test_no_name_reaches_the_inventory_as_a_command(form: str, named: Path) -> None:
    done = hookproof("hooks", "--no-cache", "-q", f"--output-format={form}", cwd=named)
    assert done.returncode == 2
    _assert_clean(done)


def _assert_clean(done: subprocess.CompletedProcess[str], *, is_github: bool = False) -> None:
    for text in (done.stdout, done.stderr):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", text)
        commands = [line for line in text.splitlines() if line.startswith(("::", "##["))]
        assert all(is_github and line.startswith("::error title=hookproof (HKP302)") for line in commands)
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


def test_a_damaged_cache_changes_no_answer(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "m.py").write_text(_HOOK, "utf-8")
    first = hookproof("check", "-q", "--output-format=json", cwd=tmp_path)
    cache = tmp_path / ".hookproof_cache" / "facts.msgpack"
    data = cache.read_bytes()
    for at in range(0, len(data), len(data) // 12):
        cache.write_bytes(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
        again = hookproof("check", "-q", "--output-format=json", cwd=tmp_path)
        assert (again.returncode, again.stdout, again.stderr) == (first.returncode, first.stdout, "")
    assert json.loads(first.stdout)["findings"]
