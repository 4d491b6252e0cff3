"""Class names that settings give: whether the project defines them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from hookproof.source.discover import module_names
from hookproof.source.text import SourceError


def undefined(names: Iterable[str], paths: Sequence[str], read: Callable[[str], bytes]) -> Iterator[str]:
    """Yield the qualified names (`pkg.mod.Net`) that should be among the files of `paths` and are not.

    A name whose first part none of the files has belongs to another package, of which nothing is known.
    """
    files = dict(zip(module_names(paths), paths, strict=True))
    tops = {module.partition(".")[0] for module in files}
    for name in names:
        parts = name.split(".")
        lengths = range(len(parts) - 1, 0, -1)
        module = next((found for n in lengths if (found := ".".join(parts[:n])) in files), None)
        if module is None:
            if len(parts) == 1 or parts[0] in tops:
                yield name
        elif not _defines(files[module], parts[module.count(".") + 1 :], read):
            yield name


def _defines(path: str, classes: Sequence[str], read: Callable[[str], bytes]) -> bool:
    try:
        source = read(path)
    except SourceError:
        return True  # that file cannot be analysed, which is said elsewhere
    return all(re.search(rb"\bclass[ \t]+%s\b" % re.escape(each.encode()), source) for each in classes)
