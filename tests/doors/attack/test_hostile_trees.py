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
from odd_surroundings import ODD
from unlucky_trees import UNLUCKY

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
_ATTACKS: dict[str, tuple[str, int | None, str, bool | None]] = {
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
    "links in a circle of folders": (
        "mkdir -p a/b; ln -s ../../b a/b/c; ln -s a b; ln -s b/b/c d; CHECK .",
        1,
        "",
        True,
    ),
    "a thousand links to one folder": (
        "mkdir a; cp m.py a; for i in $(seq 1000); do ln -s a l$i; done; CHECK .",
        1,
        "",
        True,
    ),
    "links that multiply": (
        "for i in $(seq 20); do mkdir d$i; for n in x y; do ln -s ../d$((i + 1)) d$i/$n; done; done; CHECK .",
        1,
        "",
        True,
    ),
    "folders two hundred deep": (
        "d=$(printf 'd/%.0s' $(seq 200)); mkdir -p $d; cp m.py $d; CHECK .",
        1,
        "",
        True,
    ),
    "longest name": ("cp m.py $(printf 'a%.0s' $(seq 252)).py; CHECK .", 1, "", True),
    "path given a thousand times": ("CHECK $(printf 'm.py %.0s' $(seq 1000))", 1, "", True),
    "path with dots": ("mkdir a; CHECK a/../a/.././m.py", 1, "", True),
    "path of a million letters": (
        "CHECK $(printf 'a%.0s' $(seq 100000)) m.py",
        2,
        "File name too long",
        True,
    ),
    "name of a control character": ("CHECK --config $'\\x01' .", 2, "", False),
    "notebook that is a program": ("cp m.py m.ipynb; CHECK m.ipynb", 2, "not a notebook", False),
    "module in the place of a package": ("mkdir m; cp m.py m/__init__.py; CHECK .", 1, "", True),
    "package that is a link to itself": ("mkdir p; ln -s . p/p; cp m.py p/__init__.py; CHECK .", 1, "", True),
    "ten thousand patterns": ("seq 10000 > .gitignore; CHECK .", 1, "", True),
    "patterns of brackets": ("printf '[%.0s' $(seq 5000) > .gitignore; CHECK .", 1, "", True),
    "pattern of a long line": ("printf 'a*%.0s' $(seq 20000) > .gitignore; CHECK .", 1, "", True),
    "pattern of many folders": (
        "printf '**/%.0s' $(seq 3000) > .gitignore; echo x >> .gitignore; CHECK .",
        1,
        "",
        True,
    ),
    "settings of many tables": ("seq -f '[tool.x%g]' 20000 > pyproject.toml; CHECK .", 1, "", True),
    "settings of a deep table": (
        "printf '[tool.%s]' $(printf 'a.%.0s' $(seq 5000))a > pyproject.toml; CHECK .",
        None,
        "",
        None,
    ),
    "settings of a deep list": (
        "printf '[tool.hookproof]\\nexclude = '$(printf '[%.0s' $(seq 5000)) > pyproject.toml; CHECK .",
        2,
        "pyproject.toml",
        False,
    ),
    "settings of a long number": (
        "printf '[tool.hookproof]\\ntorch = '$(printf '9%.0s' $(seq 6000)) > pyproject.toml; CHECK .",
        2,
        "pyproject.toml",
        False,
    ),
    "settings of another type": (
        "printf '[tool.hookproof]\\nselect = 3' > pyproject.toml; CHECK .",
        2,
        "select",
        False,
    ),
    "settings with an escape sequence": (
        "printf '[tool.hookproof]\\n\"\\\\u001b[2J\" = 3' > pyproject.toml; CHECK .",
        2,
        "unknown key",
        False,
    ),
    "settings with an escape sequence and flake8": (
        "printf '[tool.hookproof]\\n\"\\\\u001b[2J\" = 3' > pyproject.toml; "
        f"{sys.executable} -m flake8 --select HKP .",
        2,
        "unknown key",
        False,
    ),
    "settings that set each other aside": (
        "mkdir a b; for d in a b; do echo > $d/pyproject.toml; cp m.py $d; done; CHECK a b m.py",
        1,
        "",
        True,
    ),
    "cache folder that is a file": (": > .hookproof_cache; CHECK_CACHED .", 1, "", True),
    "cache folder without rights": (
        "mkdir -m 0 .hookproof_cache; CHECK_CACHED .; chmod 700 .hookproof_cache",
        None,
        "",
        None,
    ),
    "cache that is cut short": (
        "CHECK_CACHED . >&2; f=.hookproof_cache/facts.msgpack; head -c 99 $f > g; mv g $f; CHECK_CACHED .",
        1,
        "",
        True,
    ),
    "empty cache": (
        "mkdir .hookproof_cache; : > .hookproof_cache/facts.msgpack; CHECK_CACHED .",
        1,
        "",
        True,
    ),
    "cache that is a folder": ("mkdir -p .hookproof_cache/facts.msgpack; CHECK_CACHED .", 1, "", True),
    "file that is another's": ("chmod 0 m.py; cp m.py n.py; CHECK n.py; chmod 600 m.py", None, "", None),
    "stdin of zeros": ("head -c 1000000 /dev/zero | CHECK -", 0, "", False),
    "stdin of noise": ("head -c 100000 /dev/urandom | CHECK -", None, "", False),
    "stdin named as a device": ("CHECK --stdin-filename /dev/zero - < m.py", None, "", None),
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
_ATTACKS |= UNLUCKY | ODD


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
        ["bash", "-c", _spelled(script)],
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
    assert is_found is None or (_FOUND in done.stdout) == is_found
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", done.stdout + done.stderr)
    assert outside.read_text("utf-8") == _HOOK
    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "x") == ["outside", "project"]


def _spelled(script: str) -> str:
    cached = f"{_COMMAND} check -q --output-format concise"
    spelled = {
        "CHECK_CACHED": cached,
        "CHECK": f"{_CHECK} --output-format concise",
        "HOOKS": f"{_COMMAND} hooks --no-cache",
        "HOOKPROOF": _COMMAND,
        "SOCKET": f"{sys.executable} -c \"import socket; socket.socket(socket.AF_UNIX).bind('s.py')\"",
    }
    return re.sub("|".join(spelled), lambda match: spelled[match[0]], script)


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
