"""Open buffers and positions: what an editor counts in UTF-16 units, and hookproof in characters."""

from __future__ import annotations

import codecs
import difflib
import io
import os
import re
import tokenize
from collections.abc import Iterator, Sequence

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec, TextDocument, Workspace

from hookproof.finding import Edit

_LINE_END = re.compile(r"\r\n|\r|\n")


def path_of(uri: str) -> str | None:
    """Return the path of a file, None for what is not one."""
    return to_fs_path(uri) if uri.startswith("file:") else None


def uri_of(path: str) -> str:
    """Return the address of a file, which an editor may have open under this one."""
    return from_fs_path(os.path.abspath(path)) or ""


class Documents:
    """The Python files that an editor has open, as they are there."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._units = Units(workspace.position_codec)

    @property
    def units(self) -> Units:
        """How this editor counts columns."""
        return self._units

    def contents(self) -> dict[str, bytes]:
        """Return the open files by path, as they would be saved."""
        return {path: content_of(document.source) for path, document in self._open()}

    def uris(self) -> dict[str, str]:
        """Return the addresses of the open files by path."""
        return {path: document.uri for path, document in self._open()}

    def version(self, path: str) -> int | None:
        """Return the version of an open file, None of one that is not open."""
        return next((document.version for other, document in self._open() if other == path), None)

    def _open(self) -> Iterator[tuple[str, TextDocument]]:
        for document in list(self._workspace.text_documents.values()):
            path = path_of(document.uri)
            if path is not None and (document.language_id == "python" or path.endswith(".py")):
                yield path, document


def content_of(text: str) -> bytes:
    """Return the bytes that a text is saved as, by the encoding that it declares."""
    data = text.encode("utf-8", "surrogatepass")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        # An editor says nothing of a byte order mark, so a file that declares another encoding has none.
        return text.encode(encoding if codecs.lookup(encoding).name != "utf-8" else "utf-8", "strict")
    except (SyntaxError, LookupError, UnicodeError):
        return data


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, without their ends, as editors and Python's tokenizer count them."""
    return _LINE_END.split(text)


class Units:
    """Turns columns in characters into those of an editor, and back."""

    def __init__(self, codec: PositionCodec) -> None:
        self._codec = codec

    def position(self, lines: Sequence[str], line: int, column: int) -> types.Position:
        """Return the editor's position of a 1-based line and column in characters."""
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        before = text[: max(column - 1, 0)]
        return types.Position(max(line - 1, 0), self._codec.client_num_units(before))

    def range(
        self, lines: Sequence[str], line: int, column: int, end_line: int, end_column: int
    ) -> types.Range:
        """Return the editor's range between two 1-based places, the end not included."""
        return types.Range(self.position(lines, line, column), self.position(lines, end_line, end_column))

    def line(self, lines: Sequence[str], line: int) -> types.Range:
        """Return the range of the code on a 1-based line."""
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        start = len(text) - len(text.lstrip()) + 1
        return self.range(lines, line, start, line, len(text) + 1)

    def edit(self, lines: Sequence[str], edit: Edit) -> types.TextEdit:
        """Return an edit as editors take it."""
        place = self.range(lines, edit.line, edit.column, edit.end_line, edit.end_column)
        return types.TextEdit(place, edit.replacement)

    def edits_between(self, before: str, after: str) -> Iterator[types.TextEdit]:
        """Yield what makes one text of another, whole lines at a time."""
        old, new = _with_ends(before), _with_ends(after)
        for tag, start, end, first, last in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
            if tag != "equal":
                yield types.TextEdit(
                    types.Range(self._start(old, start), self._start(old, end)), "".join(new[first:last])
                )

    def _start(self, lines: Sequence[str], index: int) -> types.Position:
        if index < len(lines) or not lines or _LINE_END.search(lines[-1]):
            return types.Position(index, 0)
        return types.Position(index - 1, self._codec.client_num_units(lines[-1]))


def _with_ends(text: str) -> list[str]:
    ends = [match.end() for match in _LINE_END.finditer(text)]
    pieces = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    rest = text[ends[-1] if ends else 0 :]
    return [*pieces, rest] if rest else pieces


def overlap(one: types.Range, other: types.Range) -> bool:
    """Return whether two ranges touch."""
    return _before(one.start, other.end) and _before(other.start, one.end)


def _before(one: types.Position, other: types.Position) -> bool:
    return (one.line, one.character) <= (other.line, other.character)


class _LineDocument(TextDocument):
    """A document whose lines end where those of editors do: `str.splitlines` ends them at form feeds too."""

    @property
    def lines(self) -> Sequence[str]:
        """The lines with their ends."""
        return _with_ends(self.source)


class LineWorkspace(Workspace):
    """A workspace of such documents."""

    @staticmethod
    def put_into(server: LanguageServer) -> None:
        """Have a server that is being initialized, and has no document yet, keep them here."""
        before = server.protocol.workspace
        server.protocol._workspace = LineWorkspace(
            before.root_uri,
            types.TextDocumentSyncKind.Incremental,
            list(before.folders.values()),
            before.position_encoding,
        )

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return _LineDocument(doc_uri, source, version, language_id, position_codec=self.position_codec)
