"""The server as its features see it: the open files, what was found last, and the worker to ask."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import CancelledError
from functools import partial
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

import hookproof
from hookproof.exit_status import SettingsError
from hookproof.server.analyses import Analyses, Seen, lines_of
from hookproof.server.documents import Documents, path_of, uri_of
from hookproof.server.protocol import Translator, trouble
from hookproof.server.worker import Moment, Worker

_QUICK = 0.2  # seconds that an analysis takes where the next one need not wait for a pause in the typing
_PAUSE = 0.1

_log = logging.getLogger(__name__)


class HookproofServer(LanguageServer):
    """A language server. The worker analyses in the main thread, all else happens here."""

    def __init__(self, worker: Worker, options: Mapping[str, Any]) -> None:
        super().__init__("hookproof", hookproof.__version__, max_workers=2)
        self.worker = worker
        self.analyses = Analyses(options)
        self.seen: dict[str, Seen] = {}
        self._shown: dict[str, str] = {}  # by path, the address under which an editor was told of findings
        self._pending: asyncio.TimerHandle | None = None
        self._took = 0.0
        self._changed_on_disk: set[str] = set()
        self._is_reset = True
        self._is_whole = False
        self._said: set[str] = set()

    @property
    def documents(self) -> Documents:
        """The files that are open."""
        return Documents(self.workspace)

    def translator(self, documents: Documents, contents: Mapping[str, bytes]) -> Translator:
        """Return who puts findings into words for this editor."""
        uris = documents.uris()
        lines: dict[str, tuple[str, ...]] = {}

        def of(path: str) -> tuple[str, ...]:
            if path not in lines:
                lines[path] = lines_of(path, contents)
            return lines[path]

        return Translator(documents.units, of, lambda path: uris.get(path) or uri_of(path))

    # --- checking ------------------------------------------------------------------------------------

    def look_again(self, *, reset: bool = False, changed: Iterable[str] = ()) -> None:
        """Check the open files soon: at once where that is quick, else at the next pause in the typing."""
        self._is_reset = self._is_reset or reset
        self._changed_on_disk.update(changed)
        if self._pending is not None:
            self._pending.cancel()
        wait = 0.0 if self._took < _QUICK else _PAUSE
        self._pending = asyncio.get_running_loop().call_later(wait, self._start)

    def _start(self) -> None:
        self._pending = None
        task = asyncio.ensure_future(self._check())
        task.add_done_callback(_retrieve)

    async def _check(self) -> None:
        documents = self.documents
        contents = documents.contents()
        open_uris = documents.uris()
        versions = {path: documents.version(path) for path in contents}
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            found = await self.run(partial(self._found, contents), topic="check")
        except CancelledError:
            return
        except SettingsError as error:
            self.tell(str(error), types.MessageType.Error)
            self._publish({path: [trouble(str(error))] for path in contents}, open_uris, versions)
            return
        except Exception as error:
            _log.exception("the check ended")
            self.tell(f"hookproof could not check: {error}", types.MessageType.Error)
            return
        self._took = loop.time() - start
        self._said.clear()
        self.seen = found
        translator = self.translator(documents, contents)
        self._publish(
            {path: translator.diagnostics(seen) for path, seen in found.items()}, open_uris, versions
        )

    def _found(self, contents: Mapping[str, bytes], moment: Moment) -> dict[str, Seen]:
        self.take_changes()
        if self._is_whole:
            whole = self.analyses.everything(contents, moment)
            return {**dict.fromkeys(contents, Seen()), **whole}
        return self.analyses.seen(contents, contents, moment)

    def take_changes(self) -> None:
        """Hand what happened on disk to the analyses, in the worker's thread."""
        if self._is_reset:
            self._is_reset = False
            self.analyses.reset(self._folders())
        changed, self._changed_on_disk = self._changed_on_disk, set()
        self.analyses.changed(changed)

    def _folders(self) -> set[str]:
        workspace = self.workspace
        folders = {path_of(folder.uri) for folder in workspace.folders.values()}
        root = workspace.root_path
        return {os.path.normpath(folder) for folder in (*folders, root) if folder}

    def _publish(
        self,
        diagnostics: Mapping[str, list[types.Diagnostic]],
        uris: Mapping[str, str],
        versions: Mapping[str, int | None],
    ) -> None:
        gone = {path: uri for path, uri in self._shown.items() if path not in diagnostics}
        for uri in gone.values():
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
        for path, listed in diagnostics.items():
            uri = uris.get(path) or uri_of(path)
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri, listed, version=versions.get(path))
            )
        self._shown = {path: uris.get(path) or uri_of(path) for path, told in diagnostics.items() if told}

    # --- asking --------------------------------------------------------------------------------------

    async def run(self, work: Any, topic: object = None) -> Any:
        """Return what comes of work in the worker's thread."""
        return await asyncio.wrap_future(self.worker.submit(work, topic))

    def tell(self, message: str, kind: types.MessageType) -> None:
        """Tell people something, once."""
        if message not in self._said:
            self._said.add(message)
            self.window_show_message(types.ShowMessageParams(kind, message))

    async def check_workspace(self) -> None:
        """Show what is found in all files from now on, open or not."""
        self._is_whole = True
        await self._check()


def _retrieve(task: asyncio.Future[None]) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        error = task.exception()
        if error is not None:
            _log.error("a check ended", exc_info=error)
