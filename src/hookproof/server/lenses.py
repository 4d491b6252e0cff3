"""Code lenses: above each registration, the worlds that the hook survives and those it is lost in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from lsprotocol import types

from hookproof.exit_status import SettingsError
from hookproof.output.fates import short_line
from hookproof.report import HookSite
from hookproof.server.analyses import lines_of
from hookproof.server.documents import path_of
from hookproof.server.language_server import HookproofServer
from hookproof.server.worker import Moment


def add_to(server: HookproofServer) -> None:
    """Have the server say what becomes of each hook."""

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def lenses(ls: HookproofServer, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        path = path_of(params.text_document.uri)
        documents = ls.documents
        contents = documents.contents()
        if path is None or path not in contents:
            return None
        lines = lines_of(path, contents)
        sites = await ls.run(partial(hooks_of, ls, path, contents), topic=("lenses", path))
        return [
            types.CodeLens(
                documents.units.line(lines, site.line),
                # Nothing happens when it is clicked: it is there to be read.
                types.Command(text, ""),
            )
            for site in sites
            if (text := short_line(site))
        ]


def hooks_of(
    ls: HookproofServer, path: str, contents: Mapping[str, bytes], moment: Moment
) -> tuple[HookSite, ...]:
    """Return the registrations in a file; none where the settings are wrong, which the check tells."""
    ls.take_changes()
    try:
        return ls.analyses.hooks(path, contents, moment)
    except SettingsError:
        return ()
