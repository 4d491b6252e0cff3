"""Comments that silence findings: `# noqa`, `# noqa: HKP302`, `# flake8: noqa`, `# hookproof: noqa`.

Lines and codes are matched as flake8 does it, so that one comment means the same in both. In addition,
`# hookproof: noqa` on a line of its own silences the whole file for hookproof alone, and
`# hookproof: noqa: HKP302` these codes in the whole file.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from msgspec import Struct, field

from hookproof.finding import Finding

_INLINE = re.compile(r"# noqa(?::[\s]?(?P<codes>([A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
_FLAKE8_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
_FILE = re.compile(r"\s*#\s*hookproof:\s*noqa(?::\s*(?P<codes>.*\S))?\s*$", re.IGNORECASE)
_CODE = re.compile(r"HKP\d{1,3}")
# Torch takes `# type: ignore` with anything behind it for a type, and refuses the function (HKP502).
_TYPE_COMMENT = re.compile(r"# type:")
_NEARLY_INLINE = re.compile(r"#\s*noqa\b\s*:?(?P<rest>[^#]*)", re.IGNORECASE)
# What every comment has in it that is meant for hookproof.
_OURS = re.compile(r"hkp|hookproof", re.IGNORECASE)


class Comment(Struct, frozen=True, order=True):
    """A remark on a suppression comment, for people."""

    path: str
    line: int
    column: int
    text: str


class _Directive(Struct, frozen=True):
    line: int
    column: int
    codes: tuple[str, ...]


class Suppressions(Struct, dict=True):
    """The suppression comments of one file, and which of them were needed."""

    path: str
    lines: tuple[str, ...]
    used: set[tuple[int, str]] = field(default_factory=set)

    def suppresses(self, finding: Finding) -> bool:
        """Whether a comment silences this finding; the comment then counts as used."""
        if self._is_silenced:
            return True
        code = finding.code
        for directive in self._file_directives:
            if any(code.startswith(prefix) for prefix in directive.codes):
                self._use(directive, code)
                return True
        for directive in self._directives_of(finding.line):
            if not directive.codes:
                return True
            if code.startswith(directive.codes):
                self._use(directive, code)
                return True
        return False

    def has_one_at(self, line: int) -> bool:
        """Whether a comment stands on the physical line of `line`."""
        return any(True for _ in self._directives_of(line))

    def unused(self) -> Iterator[Comment]:
        """Yield a remark for each HKP code in a comment that silenced nothing; ask after `suppresses`."""
        for directive in (*self._file_directives, *self._inline.values()):
            for code in directive.codes:
                if code.startswith("HKP") and (directive.line, code) not in self.used:
                    yield Comment(self.path, directive.line, directive.column, f"unused `noqa: {code}`")

    def malformed(self) -> Iterator[Comment]:
        """Yield a remark for each comment that names an HKP code but does not mean it to flake8."""
        if not any(_OURS.search(line) for line in self.lines):
            return
        for line, column, comment in self._comments:
            whole = _FILE.match(comment)
            if whole:
                wrong = [code for code in _split(whole["codes"] or "") if not _CODE.fullmatch(code)]
                if wrong:
                    yield self._remark(line, column, f"`{wrong[0]}` is not a code, this silences nothing")
                continue
            found = _INLINE.search(comment)
            nearly = _NEARLY_INLINE.search(comment)
            if nearly is None or "HKP" not in nearly["rest"].upper():
                continue
            if found is None:
                yield self._remark(line, column, "write `# noqa: HKP302` with one space after `#`")
            elif found["codes"] is None:
                yield self._remark(
                    line, column, "no code follows `noqa` directly, so this silences every code"
                )
            elif any(
                code.upper().startswith("HKP") and not code.isupper() for code in _split(found["codes"])
            ):
                yield self._remark(line, column, "codes are written in capitals, this silences nothing")

    def _remark(self, line: int, column: int, text: str) -> Comment:
        return Comment(self.path, line, column, f"malformed noqa: {text}")

    def _use(self, directive: _Directive, code: str) -> None:
        self.used |= {(directive.line, prefix) for prefix in directive.codes if code.startswith(prefix)}

    @cached_property
    def _is_silenced(self) -> bool:
        return any(
            _FLAKE8_FILE.match(line) or ((found := _FILE.match(line)) and found["codes"] is None)
            for line in self.lines
        )

    @cached_property
    def _file_directives(self) -> tuple[_Directive, ...]:
        found = ((number, _FILE.match(line)) for number, line in enumerate(self.lines, 1))
        return tuple(
            _Directive(number, match.start("codes") + 1, _hkp(_split(match["codes"])))
            for number, match in found
            if match and match["codes"]
        )

    @cached_property
    def _inline(self) -> dict[int, _Directive]:
        found = ((number, _INLINE.search(line)) for number, line in enumerate(self.lines, 1))
        return {
            number: _Directive(number, match.start() + 1, _split(match["codes"] or ""))
            for number, match in found
            if match
        }

    def _directives_of(self, line: int) -> Iterator[_Directive]:
        """Yield the first comment on the physical line of `line`, as flake8 searches the joined lines."""
        if not self._may_silence:
            return
        first, last = self._physical_lines.get(line, (line, line))
        for number in range(first, last + 1):
            if number in self._inline:
                yield self._inline[number]
                return

    @cached_property
    def _may_silence(self) -> bool:
        """Whether any comment could silence a finding: most `noqa` are for others, and tokens take time."""
        return any(
            not directive.codes or any("HKP".startswith(code[:3]) for code in directive.codes)
            for directive in self._inline.values()
        )

    @cached_property
    def _tokens(self) -> tuple[tokenize.TokenInfo, ...]:
        text = "".join(line + "\n" for line in self.lines)
        try:
            return tuple(tokenize.generate_tokens(io.StringIO(text).readline))
        except (tokenize.TokenError, SyntaxError):
            return ()

    @cached_property
    def _comments(self) -> tuple[tuple[int, int, str], ...]:
        return tuple(
            (token.start[0], token.start[1] + 1, token.string)
            for token in self._tokens
            if token.type == tokenize.COMMENT
        )

    @cached_property
    def _physical_lines(self) -> dict[int, tuple[int, int]]:
        """For each line, the range that multi-line strings and backslashes make one line of."""
        ranges: dict[int, tuple[int, int]] = {}
        first, last = len(self.lines) + 2, -1
        for token in self._tokens:
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first, last = min(first, token.start[0]), max(last, token.end[0])
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                ranges.update(dict.fromkeys(range(first, last + 1), (first, last)))
                first, last = len(self.lines) + 2, -1
        return ranges


class Silenced(Struct, frozen=True):
    """Findings that are left, how many were silenced, and remarks on the comments."""

    findings: tuple[Finding, ...]
    count: int
    malformed: tuple[Comment, ...]
    unused: tuple[Comment, ...]


def silence(
    findings: Iterable[Finding],
    read: Callable[[str], tuple[str, ...]],
    also: Iterable[str] = (),
) -> Silenced:
    """Take out the findings that comments silence.

    `read` gives a file's lines; `also` are paths without findings whose comments are looked at too, which
    is what it takes to see comments that silence nothing.
    """
    listed = tuple(findings)
    paths = sorted({*(finding.path for finding in listed), *also})
    files = {path: Suppressions(path, lines) for path in paths if _mentions_noqa(lines := read(path))}
    left = tuple(
        finding
        for finding in listed
        if finding.path not in files or not files[finding.path].suppresses(finding)
    )
    return Silenced(
        left,
        len(listed) - len(left),
        tuple(remark for file in files.values() for remark in file.malformed()),
        tuple(remark for file in files.values() for remark in file.unused()),
    )


def add_noqa(text: str, findings: Iterable[Finding]) -> tuple[str, tuple[Finding, ...]]:
    """Return a file's text with a `# noqa: CODE` for its findings, line ends kept, and what is left.

    A comment goes to the end of the physical line of a finding: after the closing quotes of a
    multi-line string, after the last line that a backslash joins. Codes join an existing `# noqa: …`.
    Left are findings in a compiled hook that stand before a `# type:` comment, which must stay the last.
    Raises `ValueError` where the text has no such line.
    """
    lines = list(io.StringIO(text, newline=""))
    bare = tuple(line.rstrip("\r\n") for line in lines)
    file = Suppressions("", bare)
    wanted: dict[int, set[str]] = {}
    left: list[Finding] = []
    for finding in findings:
        first, last = file._physical_lines.get(finding.line, (finding.line, finding.line))
        target = next((number for number in range(first, last + 1) if number in file._inline), last)
        if target > len(bare):
            raise ValueError("changed since it was read")
        if finding.world == "compiled" and _TYPE_COMMENT.search(bare[target - 1]):
            left.append(finding)
        else:
            wanted.setdefault(target, set()).add(finding.code)
    for number, codes in wanted.items():
        content = bare[number - 1]
        found = _INLINE.search(content)
        if found and found["codes"]:
            kept = found["codes"].rstrip(", \t")
            end = found.start("codes") + len(kept)
            added = "".join(f",{code}" for code in sorted(codes - set(_split(kept))))
            content = content[:end] + added + content[end:]
        elif not found:
            content = f"{content.rstrip()}  # noqa: {','.join(sorted(codes))}"
        lines[number - 1] = content + lines[number - 1][len(bare[number - 1]) :]
    return "".join(lines), tuple(left)


def _mentions_noqa(lines: tuple[str, ...]) -> bool:
    return any("noqa" in line.lower() for line in lines)


def _split(codes: str) -> tuple[str, ...]:
    return tuple(code for code in re.split(r"[,\s]", codes) if code)


def _hkp(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in codes if _CODE.fullmatch(code))
