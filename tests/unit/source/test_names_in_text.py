"""What is read from a text of the names in it."""

from __future__ import annotations

from hookproof.source.names_in_text import NamesInText

TEXT = """@registry.hooks.keep
def count(module, *_):
    table["count"] = other[kept.append(count)] = 1
    return table[0] == 1


class Net:
    @inner
    def forward(self, x):
        return self.net.head(x)


kept . append(count)
"""


def test_methods_are_known_by_what_they_are_called_on() -> None:
    assert NamesInText(TEXT).called_on == {"kept": {"append"}, "net": {"head"}}


def test_what_is_filled_is_known_inside_another_filling_too() -> None:
    filled = NamesInText(TEXT).filled
    assert sorted(filled) == ["kept", "other", "table"]
    assert [TEXT.startswith("kept", start) for start in filled["kept"]] == [True]
    assert len(filled["table"]) == 1


def test_only_decorators_at_the_top_level_are_named() -> None:
    assert NamesInText(TEXT).decorating == {"registry", "hooks", "keep"}
