"""Serving: what an editor tells, who answers what it asks, and the threads for both."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from lsprotocol import types

from hookproof.server import actions, hover, lenses
from hookproof.server.documents import LineWorkspace, path_of
from hookproof.server.language_server import HookproofServer
from hookproof.server.worker import Worker

CHECK_WORKSPACE = "hookproof.checkWorkspace"

# What settings are read from; where one of them changes, all is looked at anew.
_SETTINGS_FILES = frozenset(
    {
        "hookproof.toml",
        ".hookproof.toml",
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        ".gitignore",
    }
)
_WATCHED = ("**/*.py", *(f"**/{name}" for name in sorted(_SETTINGS_FILES)), "**/*requirements*.txt")

_log = logging.getLogger(__name__)


def make_server(worker: Worker, options: Mapping[str, Any]) -> HookproofServer:
    """Return a server with all its features."""
    server = HookproofServer(worker, options)

    @server.feature(types.INITIALIZE)
    def initialize(ls: HookproofServer, params: types.InitializeParams) -> None:
        LineWorkspace.put_into(ls)

    @server.feature(types.INITIALIZED)
    async def initialized(ls: HookproofServer, params: types.InitializedParams) -> None:
        await _watch(ls)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(ls: HookproofServer, params: types.DidOpenTextDocumentParams) -> None:
        ls.look_again()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(ls: HookproofServer, params: types.DidChangeTextDocumentParams) -> None:
        ls.look_again()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(ls: HookproofServer, params: types.DidCloseTextDocumentParams) -> None:
        ls.look_again()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(ls: HookproofServer, params: types.DidSaveTextDocumentParams) -> None:
        _disk(ls, [types.FileEvent(params.text_document.uri, types.FileChangeType.Changed)])

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def watched(ls: HookproofServer, params: types.DidChangeWatchedFilesParams) -> None:
        _disk(ls, params.changes)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders(ls: HookproofServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
        ls.look_again(reset=True)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configured(ls: HookproofServer, params: types.DidChangeConfigurationParams) -> None:
        ls.look_again(reset=True)

    @server.command(CHECK_WORKSPACE)
    async def check_workspace(ls: HookproofServer) -> None:
        await ls.check_workspace()

    for feature in (actions, hover, lenses):
        feature.add_to(server)
    return server


def _disk(ls: HookproofServer, changes: Iterable[types.FileEvent]) -> None:
    """Look again after something happened to files."""
    paths = {path: change.type for change in changes if (path := path_of(change.uri)) is not None}
    names = {os.path.basename(path) for path in paths}
    is_other_tree = any(kind != types.FileChangeType.Changed for kind in paths.values())
    is_about_settings = not names.isdisjoint(_SETTINGS_FILES) or any(
        name.endswith(".txt") and "requirements" in name for name in names
    )
    ls.look_again(reset=is_other_tree or is_about_settings, changed=paths)


async def _watch(ls: HookproofServer) -> None:
    """Have the editor tell of files that change on disk, where it can."""
    workspace = ls.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if watching is None or not watching.dynamic_registration:
        return
    options = types.DidChangeWatchedFilesRegistrationOptions(
        [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
    )
    registration = types.Registration(
        "hookproof-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, register_options=options
    )
    await ls.client_register_capability_async(types.RegistrationParams([registration]))


def serve(address: tuple[str, int] | None, options: Mapping[str, Any]) -> int:
    """Answer an editor until it ends the session; return the exit status."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    # Whatever else is printed must not end up between messages.
    spoken = os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr
    worker = Worker()
    server = make_server(worker, options)

    def speak() -> None:
        try:
            if address is None:
                server.start_io(sys.stdin.buffer, spoken)
            else:
                server.start_tcp(*address)
        except OSError as error:
            _log.error("%s", error)
        finally:
            worker.stop()

    thread = threading.Thread(target=speak, name="protocol", daemon=True)
    thread.start()
    with contextlib.suppress(KeyboardInterrupt):
        worker.run()
    return 0
