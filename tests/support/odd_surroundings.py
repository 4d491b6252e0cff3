"""What is done in a folder with a hook in `m.py`: endless input, odd limits, signals, roots, lines and times.

As in `unlucky_trees`: exit status, a word that is told, whether the hook is found; None where any will do.
"""

from __future__ import annotations

# What the flagged line is made to, by a program that is given it as `line`.
_CHANGED = "python3 -c \"t = open('m.py').read(); line = '    module.seen.append(output)'; {}\"; "
_WRITTEN = "open('m.py', 'w').write({})"


def _with_text(expression: str) -> str:
    return _CHANGED.format(_WRITTEN.format(expression))


_MANY = _with_text("t.replace(line, '    ' + ';'.join([line.strip()] * 1000))")
_ESCAPES = _with_text("t.replace(line, line + '.x(\\'\\x1b[2J\\x9b\\u202e\\')')")
# Which a file may hold anywhere, and which end a line for `str.splitlines` only.
_NO_LINES = _with_text("'# a\\x0bb\\x0cc\\x1cd\\x1de\\x85f\\u2028g\\u2029h\\n' + t")
_TEXT_OF_LINES = _with_text("t.replace('append(output)', 'append(\\'\\'\\'\\n\\'\\'\\')')")
_NOQA = "CHECK --add-noqa .; python3 -m py_compile m.py && rm -r __pycache__ && CHECK ."

ODD: dict[str, tuple[str, int | None, str, bool | None]] = {
    "stdin without end": ("yes | CHECK -", 2, "standard input is larger than 64 MiB", False),
    "device as stdin": ("CHECK - < /dev/zero", 2, "standard input is larger than 64 MiB", False),
    "file that is called as a word": ("CHECK e m.py", 2, "e: No such file", True),
    "file with a slash": ("CHECK m.py/", 2, "m.py/: Not a directory", False),
    "options without end": ("CHECK $(printf -- '--exclude x%.0s ' $(seq 20000)) .", 1, "", True),
    "folder given in many ways": (
        'mkdir a; cp m.py a; CHECK . ./. a/.. ./a/../. "$PWD" "$PWD/." a/. a//',
        1,
        "",
        True,
    ),
    "rules of an escape sequence": ("CHECK --select $'\\x1b[2J' .", 2, "unknown code", False),
    "small stack": (
        "(cat m.py; printf 'x = '; printf -- '-%.0s' $(seq 900); echo 1) > u.py; ulimit -s 256; CHECK .",
        1,
        "",
        True,
    ),
    "children that nobody hears of": (
        "for i in $(seq 300); do cp m.py f$i.py; done; trap '' CHLD; CHECK -j4 .",
        1,
        "",
        True,
    ),
    "signals that are ignored": ("trap '' VTALRM PROF ALRM TERM INT HUP PIPE; CHECK .", 1, "", True),
    "no file may be written": ("ulimit -f 0; CHECK_CACHED .", 1, "", True),
    "no file may be written, and one is asked for": (
        "ulimit -f 0; CHECK -o out .; s=$?; rm -f out; exit $s",
        2,
        "File too large",
        False,
    ),
    "many descriptors that are open": (
        'for i in $(seq 3 200); do eval "exec $i< m.py"; done; CHECK .',
        1,
        "",
        True,
    ),
    "pipe as repository": ("mkfifo .git; CHECK .", 1, "", True),
    "circle as repository": ("ln -s .git .git; CHECK .", 1, "", True),
    "pipe as mark of a project": ("rm setup.cfg; mkfifo setup.cfg; CHECK .", 1, "", True),
    "path deeper than any": (
        "n=$(printf 'a%.0s' $(seq 200)); (for i in $(seq 30); do mkdir $n; cd -P $n; done); CHECK .; "
        "s=$?; rm -rf a*; exit $s",
        2,
        "File name too long",
        True,
    ),
    "times of other ages": (
        "touch -d '1901-01-01' m.py; CHECK_CACHED . >&2; touch -d '2200-01-01' m.py; CHECK_CACHED .",
        1,
        "",
        True,
    ),
    "another text of the same size and time": (
        "CHECK_CACHED . >&2; touch -r m.py r; sed -i 's/seen = \\[\\]/seen = 34/' m.py; touch -r r m.py; "
        "CHECK_CACHED . | grep -q list && exit 9; CHECK --select HKP --min-confidence possible .; exit 1",
        1,
        "",
        None,
    ),
    "cache folder that goes away": (
        "for i in $(seq 50); do cp m.py f$i.py; done; "
        "(for i in $(seq 100); do rm -rf .hookproof_cache; done) & CHECK_CACHED .; s=$?; wait; exit $s",
        1,
        "",
        True,
    ),
    "file that grows meanwhile": (
        "(for i in $(seq 40); do echo '# x' >> m.py; sleep 0.01; done) & CHECK .; s=$?; wait; exit $s",
        1,
        "",
        True,
    ),
    "file ignored by names without end": ("seq 200000 > .gitignore; CHECK .", 1, "", True),
    "names for files that go back": (
        'printf \'[tool.hookproof.per-file-ignores]\\n"*m*m*m*m*m*m*m*m*m*m*m*x" = ["HKP"]\\n'
        '"[" = ["HKP"]\\n"[!]" = ["HKP"]\' > pyproject.toml; CHECK .',
        1,
        "",
        True,
    ),
    "ten thousand names for files": (
        "(echo '[tool.hookproof.per-file-ignores]'; seq -f '\"x%g*\" = [\"HKP\"]' 10000) > pyproject.toml; "
        "CHECK .",
        1,
        "",
        True,
    ),
    "ten thousand classes": (
        "(printf '[tool.hookproof]\\nassume-scripted = ['; seq -f '\"m.N%g\",' 10000; echo ']') "
        "> pyproject.toml; CHECK .",
        2,
        "no class",
        False,
    ),
    "settings with escape sequences that are shown": (
        "printf '[tool.hookproof]\\nexclude = [\"\\\\u001b[2J\\\\u009b\\\\u202e\"]' > pyproject.toml; "
        "CHECK --show-settings .",
        0,
        "",
        False,
    ),
    "cache at the root": (
        "printf '[tool.hookproof]\\ncache-dir = \"/\"' > pyproject.toml; HOOKPROOF check .",
        2,
        "leads out",
        False,
    ),
    "cache among sources": (
        "mkdir c; cp m.py c; HOOKPROOF check -q --cache-dir c .; [ $(ls -A c) = m.py ] || exit 9; exit 1",
        1,
        "",
        True,
    ),
    "baseline of a gigabyte": ("truncate -s 1G b; CHECK --baseline b .", 2, "larger than 64 MiB", False),
    "baseline of numbers": (
        'echo \'{"version": 1, "findings": [{"path": "m.py", "code": 3}]}\' > b; CHECK --baseline b .',
        2,
        "is not a baseline",
        False,
    ),
    "flagged line with escape sequences": (f"{_ESCAPES}CHECK --output-format full .", 1, "", True),
    "thousand findings in a line": (
        f"{_MANY}CHECK --output-format full . > o; [ $(stat -c %s o) -lt 3000000 ] && head -9 o; exit 1",
        1,
        "",
        True,
    ),
    "characters that end no line": (f"{_NO_LINES}CHECK . | grep m.py:17:; exit 1", 1, "", True),
    "characters that end no line, and a comment": (f"{_NO_LINES}{_NOQA}", 0, "Added noqa", False),
    "lines that end as on Windows, and a comment": (
        f"sed -i 's/$/\\r/' m.py; {_NOQA}",
        0,
        "Added noqa",
        False,
    ),
    "text of many lines, and a comment": (f"{_TEXT_OF_LINES}{_NOQA}", 0, "", False),
    "page with the end of a script": (
        _with_text("t.replace('(output)', '(\\'</script></pre><script>alert(1)//-->\\')')")
        + "HOOKS --output-format html . | grep -c '<script>alert'",
        1,
        "",
        False,
    ),
    "terminal of one column": ("COLUMNS=1 CHECK --output-format full .", 1, "", True),
    "terminal of a million columns": ("COLUMNS=100000000 CHECK --output-format full .", 1, "", True),
    "locale with other letters": ("LC_ALL=tr_TR.UTF-8 LANG=tr_TR PYTHONUTF8=0 CHECK .", 1, "", True),
    "tabs and blanks": (
        "printf 'def f():\\n\\tx = 1\\n        y = 2\\n  \\tz = 3\\n' | cat m.py - > u.py; CHECK .",
        None,
        "",
        True,
    ),
    "blanks that are none": (
        "printf 'def f():\\n\\xc2\\xa0register_forward_hook(x)\\n' | cat m.py - > u.py; CHECK .",
        2,
        "u.py: line",
        True,
    ),
}
