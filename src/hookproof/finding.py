"""What the analysis says: findings, their evidence and torch's verdict, as plain immutable values."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Severity: TypeAlias = Literal["error", "warning"]
Confidence: TypeAlias = Literal["certain", "likely", "possible"]
WorldName: TypeAlias = str
"""What a hook is where it leaves eager mode, as the worlds say: `compiled`, `traced`, …"""
OutcomeKind: TypeAlias = Literal["raises", "silent"]
Form: TypeAlias = Literal[
    "function",
    "nested function",
    "factory",
    "bound method",
    "partial",
    "callable object",
    "lambda",
    "table",
    "container",
    "several bindings",
    "parameter",
    "unknown",
]
Removal: TypeAlias = Literal["same function", "elsewhere", "never"]
UseKind: TypeAlias = Literal["read", "write", "delete", "call", "type", "passed on"]
VerdictStatus: TypeAlias = Literal["confirmed", "refuted", "inconclusive"]
ShownBy: TypeAlias = Literal["the program", "a reduced program", "a stand-in module"]

CONFIDENCES: tuple[Confidence, ...] = ("possible", "likely", "certain")


def weaker(one: Confidence, other: Confidence) -> Confidence:
    """Return the confidence that says less."""
    return min(one, other, key=CONFIDENCES.index)


# The note on a hook that runs as Python in all that is known of it: what scripting would do is a guess.
TRACED_ONLY = "its module is traced, and scripted nowhere"


class Evidence(Struct, frozen=True, order=True):
    """One place that makes a finding true, with a note in the reader's words."""

    path: str
    line: int
    note: str


class HookReference(Struct, frozen=True, order=True):
    """The hook function a finding speaks of and the line of its definition."""

    name: str
    path: str
    line: int


class Edit(Struct, frozen=True, order=True):
    """A replacement of the text between two 1-based positions, the end not included."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    replacement: str


class Fix(Struct, frozen=True, order=True):
    """Edits that fix a finding; `safe` when the eager behaviour is certainly unchanged.

    `changes` says what may be different in eager mode where it is not.
    """

    safe: bool
    edits: tuple[Edit, ...]
    changes: str = ""


class Verdict(Struct, frozen=True, order=True):
    """What torch said when the finding was run.

    `torch` is the version that was asked; `reproduction` a path to a script that shows the failure.
    `shown_by` is what was run: the project's own program, what was made of it, or a module of our own in
    place of one that is not known; None where nothing came of it. The reason of what rests on such a module
    alone starts with `would break if`.
    """

    status: VerdictStatus
    reason: str
    error: str | None = None
    torch: str | None = None
    reproduction: str | None = None
    shown_by: ShownBy | None = None

    @property
    def words(self) -> str:
        """The status as people read it: what rests on an assumption does not read `confirmed`."""
        is_assumed = self.status == "confirmed" and self.reason.startswith("would break if ")
        return self.reason.partition(":")[0] if is_assumed else self.status

    @property
    def line(self) -> str:
        """The status, who was asked, and what showed it: `confirmed by torch 2.13.0 (a reduced program)`."""
        asked = (
            f" {'with' if self.status == 'inconclusive' else 'by'} torch {self.torch}" if self.torch else ""
        )
        return self.words + asked + (f" ({self.shown_by})" if self.shown_by else "")


class Prediction(Struct, frozen=True, order=True):
    """The error that a finding predicts: exception class name and a regular expression for its message."""

    exception: str
    message: str


class Subject(Struct, frozen=True, order=True):
    """What an experiment needs to know of a finding; not shown to people.

    `module_class` and `hook` are `module:qualname` as Python spells them (`pkg.mod:outer.<locals>.hook`).
    `entry` is the entry point (`torch.jit.script`, …) where one is known. `expression` is the flagged
    source text.
    """

    api: str = ""
    form: str = ""
    hook: str | None = None
    module_class: str | None = None
    entry: str | None = None
    expression: str | None = None
    registration_path: str | None = None
    registration_line: int = 0
    entry_path: str | None = None
    entry_line: int = 0


class Finding(Struct, frozen=True, order=True):
    """One rule, one place, one reason. Lines and columns are 1-based; the end column is exclusive.

    Field order is sort order, so a sorted list of findings reads from the top of a file to its end.
    `stage` is the position in torch's own order of complaint, 0 for what it does not complain of. `torch`
    says in which of the versions spoken of it holds (`since 2.6`, `fixed in 2.12`), None where in all.
    `refused` is what a torch has to refuse for it to hold, by its name among the facts.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    rule: str
    severity: Severity
    confidence: Confidence
    world: WorldName
    outcome: OutcomeKind
    end_line: int
    end_column: int
    hook: HookReference | None = None
    module_class: str | None = None
    attribute: str | None = None
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    verdict: Verdict | None = None
    prediction: Prediction | None = None
    subject: Subject | None = None
    stage: int = 0
    torch: str | None = None
    refused: str | None = None
