"""Code actions: what fixes a finding, all that is safe to fix, and comments that suppress."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from lsprotocol import types

from hookproof.finding import Finding
from hookproof.server.analyses import Analyses, Seen, lines_of
from hookproof.server.documents import Documents, overlap, path_of, uri_of
from hookproof.server.language_server import HookproofServer
from hookproof.server.protocol import Translator
from hookproof.server.worker import Moment
from hookproof.source.suppressions import add_noqa

FIX_ALL = "source.fixAll.hookproof"


def add_to(server: HookproofServer) -> None:
    """Have the server answer what can be done about findings."""
    kinds = [types.CodeActionKind.QuickFix, FIX_ALL]
    options = types.CodeActionOptions(code_action_kinds=kinds, resolve_provider=True)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def offered(ls: HookproofServer, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        path = path_of(params.text_document.uri)
        seen = ls.seen.get(path) if path is not None else None
        if path is None or seen is None:
            return None
        only = params.context.only
        found: list[types.CodeAction] = []
        if _asks(only, types.CodeActionKind.QuickFix):
            found += await _of_findings(ls, path, seen, params.range)
        if _asks(only, FIX_ALL) and (only or seen.findings):
            action = types.CodeAction("Fix all that hookproof can fix safely", FIX_ALL, data={"path": path})
            # Who asks for nothing else wants to carry it out, on saving say, and may not ask twice.
            found.append(await _resolved(ls, action) if only else action)
        return found

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolved(ls: HookproofServer, action: types.CodeAction) -> types.CodeAction:
        return await _resolved(ls, action)


def _asks(only: Sequence[types.CodeActionKind | str] | None, kind: str) -> bool:
    """Whether an editor that wants `only` some kinds wants this one: `source` takes in `source.fixAll`."""
    return not only or any(f"{kind}.".startswith(f"{wanted}.") for wanted in map(_text, only))


def _text(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


async def _of_findings(
    ls: HookproofServer, path: str, seen: Seen, place: types.Range
) -> list[types.CodeAction]:
    documents = ls.documents
    contents = documents.contents()
    lines = lines_of(path, contents)
    if lines != seen.lines:  # it has been edited since, and is checked again
        return []
    translator = ls.translator(documents, contents)
    here = [finding for finding in seen.findings if overlap(translator.range(finding, lines), place)]
    if not here:
        return []
    fixes = await ls.run(lambda moment: _fixes(ls.analyses, here, contents))
    actions = [
        types.CodeAction(
            title=_title(finding, is_safe=is_safe),
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[translator.diagnostic(finding, lines)],
            is_preferred=is_safe,
            edit=_workspace_edit(documents, _edits(finding, documents, contents)),
        )
        for finding, is_safe in fixes
    ]
    return [*actions, *_silencing(here, path, documents, contents, translator)]


def _fixes(
    analyses: Analyses, findings: list[Finding], contents: Mapping[str, bytes]
) -> list[tuple[Finding, bool]]:
    return [(finding, analyses.is_safe(finding)) for finding in analyses.fixes(findings, contents)]


def _title(finding: Finding, *, is_safe: bool) -> str:
    changes = finding.fix.changes if finding.fix is not None else ""
    if is_safe:
        return f"Fix {finding.code}: {finding.rule}"
    return f"Fix {finding.code}, which may change the eager model: {changes or finding.rule}"


def _edits(
    finding: Finding, documents: Documents, contents: Mapping[str, bytes]
) -> dict[str, list[types.TextEdit]]:
    edits: dict[str, list[types.TextEdit]] = {}
    for edit in finding.fix.edits if finding.fix is not None else ():
        lines = lines_of(edit.path, contents)
        edits.setdefault(edit.path, []).append(documents.units.edit(lines, edit))
    return edits


def _silencing(
    findings: Iterable[Finding],
    path: str,
    documents: Documents,
    contents: Mapping[str, bytes],
    translator: Translator,
) -> Iterator[types.CodeAction]:
    text = _decoded(contents.get(path, b""))
    lines = lines_of(path, contents)
    for finding in findings:
        try:
            after, left = add_noqa(text, [finding])
        except ValueError:
            continue
        if not left and after != text:
            edits = list(documents.units.edits_between(text, after))
            yield types.CodeAction(
                title=f"Silence {finding.code} on this line (# noqa)",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[translator.diagnostic(finding, lines)],
                edit=_workspace_edit(documents, {path: edits}),
            )


async def _resolved(ls: HookproofServer, action: types.CodeAction) -> types.CodeAction:
    data = action.data
    path = data.get("path") if isinstance(data, dict) else None
    if not isinstance(path, str):
        return action
    documents = ls.documents
    contents = documents.contents()
    mended = await ls.run(partial(_mended, ls, path, contents))
    edits = {
        other: list(
            documents.units.edits_between(
                _decoded(contents.get(other)) if other in contents else "\n".join(lines_of(other, {})),
                _decoded(after),
            )
        )
        for other, after in mended.items()
    }
    action.edit = _workspace_edit(documents, edits)
    return action


def _mended(
    ls: HookproofServer, path: str, contents: Mapping[str, bytes], moment: Moment
) -> dict[str, bytes]:
    ls.take_changes()
    return ls.analyses.mended(path, contents, moment)


def _decoded(data: bytes | None) -> str:
    """Return the text of what `content_of` has encoded, line ends as they are."""
    if data is None:
        return ""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding, "surrogatepass" if encoding.startswith("utf") else "strict")


def _workspace_edit(documents: Documents, edits: Mapping[str, list[types.TextEdit]]) -> types.WorkspaceEdit:
    uris = documents.uris()
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(
                    uris.get(path) or uri_of(path), documents.version(path)
                ),
                list(listed),
            )
            for path, listed in edits.items()
            if listed
        ]
    )
