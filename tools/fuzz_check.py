"""Check thousands of broken and made-up files: report what crashed, hung, or was neither analysed nor told.

    python tools/fuzz_check.py --mutated 3000 --made 2000 --seed 1 [FILE…]

Mutated are the fixtures, and the files that are named; made are modules by hypothesmith (which has to be
installed, if any are asked for) with a hook around them. Each tree of files is checked in a process of its
own, with a good file in it that has to be reported as if alone. What fails is kept in `--keep`.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import signal
import sys
import tempfile
import textwrap
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "support")]

from hookproof.session.pipeline import check_paths, inventory  # noqa: E402
from hookproof.settings import Settings  # noqa: E402
from hostile_texts import PROGRAM, with_line  # noqa: E402
from token_mutations import mutated, pieces  # noqa: E402

_GOOD = with_line("module.other").replace("Net", "Good")
_FILES = 20  # of a tree
_EXPECTED = ("analysed", "bounded", "Python refuses it, told")
_SECONDS = 20 * 12 + 60  # what the files may take, and the rest


def main() -> int:
    """Check as many files as are asked for; return 1 where one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mutated", type=int, default=1000)
    parser.add_argument("--made", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz_failures"))
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    folder = os.getcwd()
    _look_at([])  # so that no child has to import
    os.chdir(folder)
    totals, slowest, start = Counter[str](), 0.0, time.monotonic()
    for number, texts in enumerate(_trees(given)):
        began = time.monotonic()
        answer = _checked(texts)
        slowest = max(slowest, time.monotonic() - began)
        if "problem" in answer:
            answer = _one_by_one(texts, given.keep)
        for what, numbers in answer.get("doubtful", {}).items():
            _keep(given.keep, [texts[each] for each in numbers], what)
        totals.update(answer["counts"])
        if number % 25 == 24:
            print(f"{(number + 1) * _FILES} files: {dict(totals)}", flush=True)
    print(f"Python {sys.version.split()[0]}, {time.monotonic() - start:.0f} s, slowest tree {slowest:.1f} s")
    for what, count in sorted(totals.items()):
        print(f"  {count:6} {what}")
    return int(any(what.startswith("FAILED") for what in totals))


def _trees(given: argparse.Namespace) -> Iterator[list[str]]:
    random = Random(given.seed)
    paths = [*sorted((ROOT / "fixtures").glob("hkp*.py")), *given.files]
    files = [found for path in paths if (found := pieces(path))]  # an empty file has none
    for _ in range(0, given.mutated, _FILES):
        yield [mutated(random, files) for _ in range(_FILES)]
    for number in range(0, given.made, _FILES):
        yield [_with_hook(random, text) for text in _made(given.seed * 100_000 + number)]


def _made(number: int) -> list[str]:
    import hypothesis
    import hypothesmith

    texts: list[str] = []

    @hypothesis.seed(number)
    @hypothesis.settings(
        max_examples=_FILES + 1,  # the first is the simplest of all
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(hypothesmith.from_grammar() if number % (2 * _FILES) else hypothesmith.from_node())
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    return texts[-_FILES:]


def _with_hook(random: Random, text: str) -> str:
    """Put a hooked class before, behind or around a module."""
    match random.randrange(5):
        case 0:
            return f"{with_line('pass')}\n\n{text}"
        case 1:
            return f"{text}\n\n{with_line('pass')}"
        case 2:
            return with_line("pass\n" + textwrap.indent(text, "    "))
        case 3:
            return PROGRAM.replace("LINE", "pass").replace(
                "        self.seen = []\n", "        self.seen = []\n" + textwrap.indent(text, "        ")
            )
        case _:
            return with_line("pass").replace(
                "    model = Net()\n", textwrap.indent(text, "    ") + "    model = Net()\n"
            )


def _checked(texts: list[str]) -> dict[str, Any]:
    """Return what a process of its own says of a tree of these files."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(_SECONDS)
        os.close(reader)
        try:
            answer = _look_at(texts)
        except BaseException:
            answer = {"problem": traceback.format_exc()}
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as stream:
        said = stream.read()
    _, status = os.waitpid(child, 0)
    if status or not said:
        return {"problem": f"ended by {status}"}
    found: dict[str, Any] = json.loads(said)
    return found


def _look_at(texts: list[str]) -> dict[str, Any]:
    counts = Counter[str]()
    doubtful: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        Path("pyproject.toml").touch()
        Path("good.py").write_text(_GOOD, "utf-8")
        alone = check_paths(["good.py"], Settings()).findings
        for number, text in enumerate(texts):
            Path(f"m{number}.py").write_text(text, "utf-8", errors="surrogatepass", newline="")
        checked, listed = check_paths(["."], Settings()), inventory(["."], Settings())
        if tuple(each for each in checked.findings if each.path == "good.py") != alone or not alone:
            return {"problem": "the good file is not reported as if alone"}
        failed = {each.path: each.reason for each in (*listed.files.failed, *checked.files.failed)}
        found = {each.path for each in checked.findings}
        for number in range(len(texts)):
            path = f"m{number}.py"
            reason = failed.get(path, "")
            if "internal error" in reason or "\n" in reason or (reason and path not in reason):
                return {"problem": reason}
            what = _judged(reason, _refusal(Path(path).read_bytes()), is_found=path in found)
            counts[what] += 1
            if what not in _EXPECTED:
                doubtful.setdefault(what, []).append(number)
    return {"counts": counts, "doubtful": doubtful}


def _judged(reason: str, refusal: str, *, is_found: bool) -> str:
    if refusal:
        return "Python refuses it, " + ("told" if reason else "analysed in part" if is_found else "silent")
    if not reason:
        return "analysed"
    if any(word in reason for word in ("too deeply", "more than", "takes more", "too many")):
        return "bounded"
    return f"told, though Python takes it: {reason.partition(': ')[2]}"


def _refusal(data: bytes) -> str:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return type(error).__name__
    return ""


def _one_by_one(texts: list[str], folder: Path) -> dict[str, Any]:
    """Return the counts of a tree that failed; files that do so alone are kept, or all that do together."""
    counts = Counter[str]()
    for text in texts:
        answer = _checked([text])
        if "problem" in answer:
            counts["FAILED alone"] += 1
            _keep(folder, [text], answer["problem"])
        else:
            counts.update(answer["counts"])
    if not counts["FAILED alone"]:
        counts["FAILED together"] += 1
        _keep(folder, texts, _checked(texts).get("problem", "only once"))
    return {"counts": counts}


def _keep(folder: Path, texts: list[str], problem: str) -> None:
    kept = folder / f"{sys.version_info[0]}.{sys.version_info[1]}-{os.getpid()}-{time.monotonic_ns()}"
    kept.mkdir(parents=True)
    (kept / "problem.txt").write_text(problem, "utf-8")
    for number, text in enumerate(texts):
        (kept / f"m{number}.py").write_text(text, "utf-8", errors="surrogatepass", newline="")


if __name__ == "__main__":
    sys.exit(main())
