"""Class names that settings give: whether the project defines them, or uses them at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from hookproof.source.discover import module_names
from hookproof.source.text import SourceError


def unknown(names: Iterable[str], paths: Sequence[str], read: Callable[[str], bytes]) -> Iterator[str]:
    """Yield what is wrong with qualified names (`pkg.mod.Net`) that no class in the files can have.

    Nothing is known of the classes of other packages; the files that use one spell each part of its name.
    """
    files = dict(zip(module_names(paths), paths, strict=True))
    tops = {module.partition(".")[0] for module in files}
    for name in names:
        parts = name.split(".")
        lengths = range(len(parts) - 1, 0, -1)
        module = next((found for n in lengths if (found := ".".join(parts[:n])) in files), None)
        if module is None:
            if len(parts) == 1 or parts[0] in tops:
                yield f"no class `{name}` is defined in the project"
            elif missing := _unmentioned(parts, paths, read):
                yield f"no class `{name}` is used in the project: nothing mentions `{missing[0]}`"
        elif not _defines(files[module], parts[module.count(".") + 1 :], read):
            yield f"no class `{name}` is defined in the project"


def _defines(path: str, classes: Sequence[str], read: Callable[[str], bytes]) -> bool:
    try:
        source = read(path)
    except SourceError:
        return True  # that file cannot be analysed, which is said elsewhere
    return all(re.search(rb"\bclass[ \t]+%s\b" % re.escape(each.encode()), source) for each in classes)


def _unmentioned(words: Iterable[str], paths: Iterable[str], read: Callable[[str], bytes]) -> list[str]:
    # Python takes several spellings of a name beyond ASCII for the same.
    missing = [word for word in words if word.isascii()]
    for path in paths:
        if not missing:
            break
        try:
            source = read(path)
        except SourceError:
            return []
        missing = [word for word in missing if not re.search(rb"\b%s\b" % re.escape(word.encode()), source)]
    return missing
