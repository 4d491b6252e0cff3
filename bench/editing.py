"""Times how soon an edit is answered by `hookproof server`, with a tree as its workspace and a file open.

    python bench/editing.py PATH/TO/site-packages/torch nn/parallel/distributed.py optim/adam.py [--edits 20]

Each edit adds or takes a remark, or a statement, somewhere in the file, and is over when the findings of that
version are there. The first answer reads the whole tree.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient


async def measure(root: Path, names: list[str], edits: int) -> None:
    """Print how long the first answer and the median edit of each file take."""
    client = LanguageClient("bench", "1")
    told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def publish(params: types.PublishDiagnosticsParams) -> None:
        told.put_nowait(params)

    async def answered(uri: str, version: int) -> None:
        while True:
            params = await told.get()
            if (params.uri, params.version) == (uri, version):
                return

    await client.start_io(sys.executable, "-m", "hookproof", "server")
    folder = types.WorkspaceFolder(root.as_uri(), root.name)
    await client.initialize_async(
        types.InitializeParams(types.ClientCapabilities(), workspace_folders=[folder])
    )
    client.initialized(types.InitializedParams())
    choose = random.Random(1)
    for name in names:
        text = (root / name).read_text("utf-8")
        uri = (root / name).as_uri()
        start = time.perf_counter()
        client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, text))
        )
        await answered(uri, 1)
        opened = time.perf_counter() - start
        took = []
        lines = text.split("\n")
        inside = [n for n, line in enumerate(lines) if line.startswith("        ") and line.endswith(")")]
        for version in range(2, edits + 2):
            number = choose.choice(inside)
            end = types.Position(number, len(lines[number].encode("utf-16-le")) // 2)
            place = types.Range(end, end)
            typed = "  # a remark" if version % 2 else "; value = 1"
            lines[number] += typed
            change = types.TextDocumentContentChangePartial(place, typed)
            document = types.VersionedTextDocumentIdentifier(version, uri)
            start = time.perf_counter()
            client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
            await answered(uri, version)
            took.append(time.perf_counter() - start)
        took.sort()
        print(
            f"{name}: {len(lines)} lines, opened in {opened:.1f} s, edits answered in "
            f"{statistics.median(took) * 1000:.0f} ms (median), "
            f"{took[0] * 1000:.0f} to {took[-1] * 1000:.0f} ms"
        )
        client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await client.shutdown_async(None)
    client.exit(None)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=lambda path: Path(path).resolve())
    parser.add_argument("files", nargs="+")
    parser.add_argument("--edits", type=int, default=20)
    options = parser.parse_args()
    asyncio.run(measure(options.root, options.files, options.edits))


if __name__ == "__main__":
    main()
