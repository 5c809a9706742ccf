"""An editor without a screen: a real client of the language server, in a few words."""

from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.uris import to_fs_path
from pytest_lsp import LanguageClient, client_capabilities

_Result = TypeVar("_Result")
#: The command of a code action, with its arguments.
Action = dict[str, Any]
#: Seconds after which a server that does not answer has failed.
PATIENCE = 120.0


class Editor:
    """One editor with its server; what is typed is what the server is told."""

    def __init__(
        self, *folders: Path, asks: bool = True, client: str = "visual-studio-code"
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._news = asyncio.Event()
        self.client = LanguageClient()
        self.texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._published: dict[str, tuple[int | None, Sequence[types.Diagnostic]]] = {}
        self.shown: list[types.ShowDocumentParams] = []
        self.messages: list[str] = []
        self.answer: Callable[[types.ShowMessageRequestParams], types.MessageActionItem | None] = (
            lambda _: None
        )
        self._listen()
        self._run(self._start(folders, client, asks=asks))

    # -- life --------------------------------------------------------------------------------

    async def _start(self, folders: Sequence[Path], client: str, *, asks: bool) -> None:
        await self.client.start_io(sys.executable, "-m", "sigclock", "lsp")
        await self.client.initialize_session(
            types.InitializeParams(
                capabilities=client_capabilities(client),
                workspace_folders=[
                    types.WorkspaceFolder(one.as_uri(), one.name) for one in folders
                ],
                initialization_options={"asks": asks},
            )
        )

    def close(self) -> None:
        """End the server as an editor does."""
        self._run(self.client.shutdown_session())
        self._run(self.client.stop())  # type: ignore[no-untyped-call]
        self._loop.close()

    def _listen(self) -> None:
        def applied(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            self._apply(params.edit)
            return types.ApplyWorkspaceEditResult(applied=True)

        def shown(params: types.ShowDocumentParams) -> types.ShowDocumentResult:
            self.shown.append(params)
            return types.ShowDocumentResult(success=True)

        def answered(params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
            return self.answer(params)

        def published(params: types.PublishDiagnosticsParams) -> None:
            self._published[params.uri] = (params.version, params.diagnostics)
            self._news.set()

        answers: dict[str, Callable[[Any], object]] = {
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: published,
            types.WORKSPACE_APPLY_EDIT: applied,
            types.WINDOW_SHOW_DOCUMENT: shown,
            types.WINDOW_SHOW_MESSAGE: lambda params: self.messages.append(params.message),
            types.WINDOW_SHOW_MESSAGE_REQUEST: answered,
            types.WORKSPACE_CODE_LENS_REFRESH: lambda _: None,
            types.CLIENT_REGISTER_CAPABILITY: lambda _: None,
            types.WINDOW_WORK_DONE_PROGRESS_CREATE: lambda _: None,
            types.PROGRESS: lambda _: None,
        }
        for name, answer in answers.items():
            self.client.feature(name)(answer)

    def _run(self, awaited: Awaitable[_Result]) -> _Result:
        return self._loop.run_until_complete(asyncio.wait_for(awaited, PATIENCE))

    @property
    def process(self) -> int:
        """The server's number among the processes."""
        server = self.client._server  # noqa: SLF001 - nothing else knows it
        assert server is not None
        return server.pid

    def memory(self) -> int:
        """The pages of memory that the server holds."""
        return int(Path(f"/proc/{self.process}/statm").read_text(encoding="ascii").split()[1])

    def rest(self, seconds: float) -> None:
        """Let the server go on by itself."""
        self._run(asyncio.sleep(seconds))

    # -- files -------------------------------------------------------------------------------

    def open(self, file: Path) -> None:
        """Show a file."""
        uri = file.as_uri()
        self.texts[uri] = file.read_bytes().decode()
        self._versions[uri] = 1
        item = types.TextDocumentItem(uri, "python", 1, self.texts[uri])
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, file: Path, text: str) -> None:
        """Replace the whole text, without saving it."""
        uri = file.as_uri()
        self.texts[uri] = text
        self._versions[uri] += 1
        version = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(version, [change]))

    def save(self, file: Path) -> None:
        """Write what is shown to the disk."""
        uri = file.as_uri()
        file.write_bytes(self.texts[uri].encode())
        identifier = types.TextDocumentIdentifier(uri)
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(identifier))

    def close_file(self, file: Path) -> None:
        """Forget what is shown."""
        uri = file.as_uri()
        del self.texts[uri], self._versions[uri]
        identifier = types.TextDocumentIdentifier(uri)
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))

    def _apply(self, edit: types.WorkspaceEdit) -> None:
        """Make the edits in what is shown; a file that is not open is changed on disk."""
        for change in edit.document_changes or ():
            if isinstance(change, types.CreateFile):
                _path(change.uri).touch()
            elif isinstance(change, types.TextDocumentEdit):
                uri = change.text_document.uri
                assert change.text_document.version in {None, self._versions.get(uri)}
                before = self.texts.get(uri)
                old = _path(uri).read_bytes().decode() if before is None else before
                text = edited(old, [one for one in change.edits if isinstance(one, types.TextEdit)])
                if before is None:
                    _path(uri).write_bytes(text.encode())
                else:
                    self._loop.call_soon(self.type, _path(uri), text)

    # -- what the server says ----------------------------------------------------------------

    def diagnostics(self, file: Path) -> Sequence[types.Diagnostic]:
        """The diagnostics of what is shown of a file now."""
        uri = file.as_uri()
        self._run(
            self._until(lambda: self._published.get(uri, (0, ()))[0] == self._versions.get(uri))
        )
        return self._published[uri][1]

    def until(self, file: Path, holds: Callable[[Sequence[types.Diagnostic]], bool]) -> None:
        """Wait until the diagnostics of a file are such."""
        uri = file.as_uri()
        self._run(self._until(lambda: holds(self._published.get(uri, (0, ()))[1])))

    def everything(self) -> dict[Path, list[types.Diagnostic]]:
        """All diagnostics that the editor shows."""
        return {_path(uri): list(told) for uri, (_, told) in self._published.items() if told}

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._news.clear()
            await self._news.wait()

    def hover(self, file: Path, line: int, column: int = 6) -> str:
        """What is said of a place; lines count from 1."""
        identifier = types.TextDocumentIdentifier(file.as_uri())
        position = types.Position(line - 1, column)
        found = self._run(
            self.client.text_document_hover_async(types.HoverParams(identifier, position))
        )
        return "" if found is None else str(getattr(found.contents, "value", found.contents))

    def lenses(self, file: Path) -> list[tuple[int, str]]:
        """The line and the words of each lens."""
        identifier = types.TextDocumentIdentifier(file.as_uri())
        found = self._run(
            self.client.text_document_code_lens_async(types.CodeLensParams(identifier))
        )
        return [(one.range.start.line + 1, one.command.title) for one in found or () if one.command]

    def actions(self, file: Path, line: int) -> dict[str, Action]:
        """What can be done at a line, by the words of the menu."""
        told = [one for one in self.diagnostics(file) if one.range.start.line == line - 1]
        start = types.Position(line - 1, 0)
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(file.as_uri()),
            types.Range(start, start),
            types.CodeActionContext(told),
        )
        found = self._run(self.client.text_document_code_action_async(params))
        # The client takes an action that has a command for a command, and spells the latter out.
        return {one.title: ast.literal_eval(str(one.command)) for one in found or ()}

    def do(self, action: Action, reason: str = "") -> None:
        """Choose an action; a client that asks for a reason is given this one."""
        name, arguments = action["command"], action["arguments"]
        if name == "sigclock.ask":
            _, name, given = arguments
            arguments = [{**given, "reason": reason}]
        self._run(
            self.client.workspace_execute_command_async(
                types.ExecuteCommandParams(str(name), arguments)
            )
        )
        self.rest(0.01)


def _path(uri: str) -> Path:
    return Path(to_fs_path(uri) or "")


def edited(text: str, edits: Sequence[types.TextEdit]) -> str:
    """The text after edits, as an editor makes them: from the last to the first."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def place(at: types.Position) -> int:
        return min(starts[at.line] + at.character, len(text))

    spans = [(place(one.range.start), place(one.range.end), one.new_text) for one in edits]
    for first, last, new in sorted(spans, reverse=True):
        text = text[:first] + new + text[last:]
    return text
