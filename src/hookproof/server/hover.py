"""Hovering: the page of a rule where something is flagged, what becomes of a hook where it is registered."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from lsprotocol import types

from hookproof.finding import Finding
from hookproof.output.documentation import documentation
from hookproof.output.fates import line as fates_line
from hookproof.output.hooks_table import hook_names
from hookproof.report import HookSite
from hookproof.server.analyses import lines_of
from hookproof.server.documents import overlap, path_of
from hookproof.server.language_server import HookproofServer
from hookproof.server.lenses import hooks_of
from hookproof.urls import rule_url


def add_to(server: HookproofServer) -> None:
    """Have the server say more of what is under the pointer."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: HookproofServer, params: types.HoverParams) -> types.Hover | None:
        path = path_of(params.text_document.uri)
        if path is None:
            return None
        documents = ls.documents
        contents = documents.contents()
        if path not in contents:
            return None
        lines = lines_of(path, contents)
        translator = ls.translator(documents, contents)
        place = types.Range(params.position, params.position)
        seen = ls.seen.get(path)
        pages: list[str] = []
        if seen is not None and seen.lines == lines:
            flagged = [f for f in seen.findings if overlap(translator.range(f, lines), place)]
            pages += map(_page, flagged)
        text = lines[params.position.line] if params.position.line < len(lines) else ""
        if "regist" in text or "hook" in text:
            sites = await ls.run(partial(hooks_of, ls, path, contents))
            pages += [_site(site) for site in sites if site.line == params.position.line + 1]
        if not pages:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pages)))


def _page(finding: Finding) -> str:
    """Return what is written of a rule, what it says here first."""
    return "\n\n".join(_paragraphs(finding))


def _paragraphs(finding: Finding) -> Iterator[str]:
    yield f"**{finding.code}** {finding.message}"
    found = documentation(finding.code)
    if found is not None:
        yield found.summary
        yield found.markdown
    url = rule_url(finding.code)
    if url:
        yield f"[{finding.code} in the documentation]({url})"


def _site(site: HookSite) -> str:
    """Return the line of the inventory for one registration."""
    guarded = ", guarded" if site.guarded else ""
    rows = (
        ("hook", f"`{hook_names(site)}` ({site.form})"),
        ("on", f"`{site.module_class or '?'}` ({site.receiver}{guarded})"),
        ("worlds", ", ".join(site.worlds) or "eager"),
        ("fate", fates_line(site)),
        ("removed", site.removed),
        ("uses", ", ".join(f"`{name}`" for name in dict.fromkeys(use.attribute for use in site.uses))),
    )
    listed = "\n".join(f"- {title}: {text}" for title, text in rows if text)
    return f"**{site.api}**\n\n{listed}"
