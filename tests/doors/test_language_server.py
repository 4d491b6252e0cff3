"""The language server, asked by a real client: what an editor is shown, and what it can do about it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

from hookproof.rules.registry import rules
from hookproof.session.pipeline import check_paths
from hookproof.settings import resolve
from places import ROOT

pytestmark = pytest.mark.slow
in_one_loop = pytest.mark.asyncio(loop_scope="module")

HOOK = """\
from typing import Tuple

import torch
from torch import Tensor


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x: Tensor):
        return x


def keep(module, input: Tuple[Tensor], output: Tensor):
    emoji = "😀"; module.seen.append(output)


net = Net()
net.register_forward_hook(keep)
torch.jit.script(net)
"""
_NUMBERS = count()
START = types.Range(types.Position(0, 0), types.Position(0, 0))


class Editor:
    """What a person does in an editor, and what is shown."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client, self.folder = client, folder
        self._versions: dict[str, int] = {}
        self._told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        # All that is told is wanted, in its order; the client itself keeps what was told last.
        features, last = client.protocol.fm.features, client.diagnostics

        def told(params: types.PublishDiagnosticsParams) -> None:
            last[params.uri] = params.diagnostics
            self._told.put_nowait(params)

        features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS] = told

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    async def open(self, name: str, text: str | None = None) -> list[types.Diagnostic]:
        text = (self.folder / name).read_text("utf-8") if text is None else text
        item = types.TextDocumentItem(self.uri(name), "python", 1, text)
        self._versions[name] = 1
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.shown(name)

    async def type(self, name: str, text: str, at: types.Range = START) -> list[types.Diagnostic]:
        self._versions[name] += 1
        document = types.VersionedTextDocumentIdentifier(self._versions[name], self.uri(name))
        change = types.TextDocumentContentChangePartial(at, text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
        return await self.shown(name)

    def close(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    async def shown(self, name: str) -> list[types.Diagnostic]:
        """Return what is shown of the last version of a file, once it is."""
        while True:
            told = await self.next_told()
            if told.uri == self.uri(name) and told.version == self._versions[name]:
                return list(told.diagnostics)

    async def next_told(self) -> types.PublishDiagnosticsParams:
        return await asyncio.wait_for(self._told.get(), timeout=60)

    async def actions(self, name: str, at: types.Range, *only: str) -> list[types.CodeAction]:
        document = types.TextDocumentIdentifier(self.uri(name))
        context = types.CodeActionContext([], only=list(only) or None)
        params = types.CodeActionParams(document, at, context)
        found = await self.client.text_document_code_action_async(params)
        return [action for action in found or () if isinstance(action, types.CodeAction)]

    async def do(self, name: str, action: types.CodeAction) -> list[types.Diagnostic]:
        assert action.edit is not None
        assert action.edit.document_changes is not None
        shown: list[types.Diagnostic] = []
        for change in action.edit.document_changes:
            assert isinstance(change, types.TextDocumentEdit)
            for edit in reversed(change.edits):
                assert isinstance(edit, types.TextEdit)
                shown = await self.type(name, edit.new_text, edit.range)
        return shown


@pytest_lsp.fixture(
    scope="module",
    config=ClientServerConfig(server_command=[sys.executable, "-m", "hookproof", "server"]),
)
async def client(lsp_client: LanguageClient, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[None]:
    folder = tmp_path_factory.mktemp("workspace")
    lsp_client.folder = folder  # type: ignore[attr-defined]
    workspace = types.WorkspaceFolder(folder.as_uri(), "workspace")
    params = types.InitializeParams(types.ClientCapabilities(), workspace_folders=[workspace])
    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def editor(client: LanguageClient) -> Editor:
    """Return an editor with a folder of its own in the workspace of one server."""
    folder = client.folder / f"project{next(_NUMBERS)}"  # type: ignore[attr-defined]
    shutil.copytree(ROOT / "fixtures" / "hkp302_across_files", folder)
    (folder / "pyproject.toml").write_text("[tool.hookproof]\n")
    return Editor(client, folder)


@in_one_loop
async def test_shows_what_check_finds_where_check_finds_it(editor: Editor) -> None:
    shown = await editor.open("programs.py")
    ((settings, _),) = resolve([str(editor.folder)])
    found = check_paths([str(editor.folder / "programs.py")], settings).findings
    assert len(shown) == len(found) == 3
    for diagnostic, finding in zip(shown, found, strict=True):
        start, end = diagnostic.range.start, diagnostic.range.end
        assert (start.line + 1, start.character + 1) == (finding.line, finding.column)
        assert (end.line + 1, end.character + 1) == (finding.end_line, finding.end_column)
        assert (diagnostic.code, diagnostic.source) == (finding.code, "hookproof")
        assert diagnostic.message.startswith(finding.message)
        assert diagnostic.severity == types.DiagnosticSeverity.Error
        assert diagnostic.code_description is not None
        assert diagnostic.code_description.href.endswith("/HKP302/")
        related = diagnostic.related_information or []
        assert [each.message for each in related] == [evidence.note for evidence in finding.evidence]
        assert {Path(each.location.uri).name for each in related} == {"programs.py", "registry.py"}
    editor.close("programs.py")


@in_one_loop
async def test_counts_columns_as_editors_do(editor: Editor) -> None:
    (shown,) = await editor.open("emoji.py", HOOK)
    line = HOOK.splitlines()[shown.range.start.line]
    before = line[: line.index("module.seen")].encode("utf-16-le")
    assert shown.range.start.character == len(before) // 2
    editor.close("emoji.py")


@in_one_loop
async def test_an_unsaved_edit_of_one_file_changes_what_is_shown_in_another(editor: Editor) -> None:
    assert len(await editor.open("programs.py")) == 3
    text = (editor.folder / "registry.py").read_text("utf-8")
    await editor.open("registry.py", text.replace("register_forward_hook", "apply"))
    editor._versions["programs.py"] = 1
    assert await editor.type("programs.py", "# a remark\n") == []
    editor.close("registry.py")
    assert len(await editor.type("programs.py", "# another\n")) == 3
    editor.close("programs.py")


@in_one_loop
async def test_leaves_out_what_the_baseline_has(editor: Editor) -> None:
    (editor.folder / "pyproject.toml").write_text('[tool.hookproof]\nbaseline = "ci/known.json"\n')
    (editor.folder / "ci").mkdir()
    command = [sys.executable, "-m", "hookproof", "check", "--write-baseline", "ci/known.json", "."]
    subprocess.run(command, cwd=editor.folder, check=True)
    assert await editor.open("programs.py") == []
    (new,) = await editor.open("emoji.py", HOOK)
    assert new.code == "HKP302"
    known = editor.folder / "ci/known.json"
    known.write_text(json.dumps({"version": 1, "findings": []}))
    editor._versions["programs.py"] = 1
    assert len(await editor.type("programs.py", "# a remark\n")) == 3
    known.unlink()
    (trouble,) = await editor.type("programs.py", "# another\n")
    assert "known.json" in trouble.message
    editor.close("emoji.py")
    editor.close("programs.py")


@in_one_loop
async def test_goes_on_where_a_file_does_not_parse(editor: Editor) -> None:
    await editor.open("programs.py")
    broken, *others = await editor.type("programs.py", "def broken(:\n")
    assert broken.range.start.line == 0
    assert "line 1" in broken.message
    assert [other.code for other in others] == ["HKP302"] * 3
    first_line = types.Range(types.Position(0, 0), types.Position(1, 0))
    assert len(await editor.type("programs.py", "", first_line)) == 3
    editor.close("programs.py")


@in_one_loop
async def test_form_feeds_end_no_lines(editor: Editor) -> None:
    (shown,) = await editor.open("page.py", HOOK.replace("\n\n\nclass", "\n\f\n\nclass"))
    at = types.Position(shown.range.start.line, 0)
    (moved,) = await editor.type("page.py", "\n", types.Range(at, at))
    assert moved.range.start.line == shown.range.start.line + 1
    editor.close("page.py")


@in_one_loop
async def test_mends_one_finding(editor: Editor) -> None:
    (shown,) = await editor.open("net.py", HOOK)
    fix = next(a for a in await editor.actions("net.py", shown.range) if a.title.startswith("Fix HKP302"))
    assert fix.is_preferred
    assert await editor.do("net.py", fix) == []
    editor.close("net.py")


@in_one_loop
async def test_mends_all_that_is_safe_to_mend(editor: Editor) -> None:
    await editor.open("programs.py")
    (action,) = await editor.actions("programs.py", START, "source.fixAll")
    assert action.kind == "source.fixAll.hookproof"
    assert await editor.do("programs.py", action) == []
    editor.close("programs.py")


@in_one_loop
@pytest.mark.parametrize("remark", ["", "  # noqa: E702"])
async def test_silences_a_finding_beside_what_is_silenced_already(editor: Editor, remark: str) -> None:
    text = HOOK.replace("append(output)", f"append(output){remark}")
    (shown,) = await editor.open("net.py", text)
    silence = next(a for a in await editor.actions("net.py", shown.range) if "noqa" in a.title)
    assert await editor.do("net.py", silence) == []
    editor.close("net.py")


@in_one_loop
async def test_says_more_of_a_finding_and_of_a_hook(editor: Editor) -> None:
    (shown,) = await editor.open("net.py", HOOK)
    document = types.TextDocumentIdentifier(editor.uri("net.py"))
    about = await editor.client.text_document_hover_async(types.HoverParams(document, shown.range.start))
    assert about is not None
    assert isinstance(about.contents, types.MarkupContent)
    assert "## What it does" in about.contents.value
    line = HOOK.splitlines().index("net.register_forward_hook(keep)")
    place = types.HoverParams(document, types.Position(line, 5))
    about = await editor.client.text_document_hover_async(place)
    assert about is not None
    assert isinstance(about.contents, types.MarkupContent)
    assert "hook: `keep`" in about.contents.value
    assert "refused by script" in about.contents.value
    (lens,) = await editor.client.text_document_code_lens_async(types.CodeLensParams(document)) or ()
    assert lens.range.start.line == line
    assert lens.command is not None
    assert lens.command.title.startswith("survives: ")
    assert "lost in: script" in lens.command.title
    editor.close("net.py")


@in_one_loop
async def test_heeds_settings_as_they_change(editor: Editor) -> None:
    assert len(await editor.open("programs.py")) == 3
    config = editor.folder / "pyproject.toml"
    event = types.FileEvent(config.as_uri(), types.FileChangeType.Changed)
    for text, expected in (
        ('ignore = ["HKP302"]', []),
        ('ignore = ["HKQ1"]', ["unknown code `HKQ1`"]),
        ("", ["`m.seen` is an empty list"] * 3),
    ):
        config.write_text(f"[tool.hookproof]\n{text}\n")
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        shown = await editor.shown("programs.py")
        assert len(shown) == len(expected)
        assert all(words in diagnostic.message for words, diagnostic in zip(expected, shown, strict=True))
    editor.close("programs.py")


@in_one_loop
async def test_shows_all_files_when_asked(editor: Editor) -> None:
    params = types.ExecuteCommandParams("hookproof.checkWorkspace")
    await editor.client.workspace_execute_command_async(params)
    shown = editor.client.diagnostics[editor.uri("programs.py")]
    assert [diagnostic.code for diagnostic in shown] == ["HKP302"] * 3


def test_says_in_one_line_what_is_missing() -> None:
    blocked = "import sys; sys.modules['pygls'] = None; import hookproof.cli; hookproof.cli.main(['server'])"
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == "hookproof: the language server needs pygls: pip install 'hookproof[lsp]'\n"


def test_neovim_shows_diagnostics(tmp_path: Path) -> None:
    neovim = shutil.which("nvim")
    if neovim is None:  # `.ci/run` has one
        assert not os.environ.get("HOOKPROOF_NEEDS_READERS"), "no nvim was found"
        return
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "net.py").write_text(HOOK, "utf-8")
    command = json.dumps([sys.executable, "-m", "hookproof", "server"])
    script = tmp_path / "init.lua"
    script.write_text(
        f"""
        local command = vim.fn.json_decode('{command}')
        vim.lsp.start_client({{
          cmd = command, root_dir = '{tmp_path}',
          workspace_folders = {{{{ uri = vim.uri_from_fname('{tmp_path}'), name = 'w' }}}},
          on_init = function(client) vim.lsp.buf_attach_client(0, client.id) end,
        }})
        vim.wait(50000, function() return #vim.diagnostic.get(0) > 0 end)
        for _, found in ipairs(vim.diagnostic.get(0)) do
          io.stdout:write(found.code .. ':' .. found.lnum .. ':' .. found.source .. '\\n')
        end
        vim.cmd('qa!')
        """
    )
    done = subprocess.run(
        [neovim, "--headless", "-u", "NONE", "-i", "NONE", "net.py", "-c", f"luafile {script}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
    )
    line = next(number for number, text in enumerate(HOOK.splitlines()) if "emoji" in text)
    assert done.stdout.splitlines() == [f"HKP302:{line}:hookproof"], done.stderr


def test_only_rules_that_there_are_get_tags() -> None:
    from hookproof.server import protocol

    assert {*protocol._DEPRECATED, *protocol._UNNECESSARY} <= {rule.code for rule in rules()}
