"""The language server: what an editor tells, and what it is told."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from sigclock import __version__
from sigclock.errors import SigclockError, UsageError
from sigclock.git.atomic_write import FileChange
from sigclock.lsp import actions, hovers
from sigclock.lsp.actions import Abilities, Place
from sigclock.lsp.buffers import Buffer
from sigclock.lsp.diagnostics import Places, diagnostics, of_problem, path_of
from sigclock.lsp.judging import View
from sigclock.lsp.roots import SOURCES, Root, Roots
from sigclock.lsp.text import Text, decoded
from sigclock.source import LOCK_NAME, Location

#: How often it is asked whether Git moved, where no editor watches files.
_POLL = 2.0
#: So many seconds a question waits for the judgement of what was typed last.
_PATIENCE = 2.0
#: What a client without a way to ask for a reason offers to choose from.
_REASONS = ("old and new values read the same", "nothing was cached under this version yet")
#: What a client that watches files is asked to watch.
WATCHED = ("**/*.py", "**/*.pyi", "**/pyproject.toml", f"**/{LOCK_NAME}")


#: The version of a text, with the diagnostics that are shown of it.
_Told = tuple[int | None, list[types.Diagnostic]]


class Server(LanguageServer):
    """One editor's server; all of its state is in memory."""

    def __init__(self) -> None:
        super().__init__("sigclock", __version__)
        self.roots: Roots | None = None
        self.abilities = Abilities()
        #: What the client said when it started the server.
        self.options: object = None
        #: What was published of each repository: version and diagnostics by URI.
        self._told: dict[Path, dict[str, _Told]] = defaultdict(dict)
        self._poll: asyncio.Task[None] | None = None

    # -- what is open ------------------------------------------------------------------------

    def begin(self) -> None:
        """Take over what the client can do."""
        options = self.options
        window = self.client_capabilities.window
        shows = window.show_document.support if window and window.show_document else False
        asks = isinstance(options, dict) and options.get("asks") is True
        self.abilities = Abilities(asks=asks, shows=shows)
        units = self.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16
        self.roots = Roots(str(getattr(units, "value", units)), self.tell, self._busy)
        self._poll = asyncio.create_task(self._watch())

    async def folder(self, uri: str) -> None:
        """Judge a folder of the workspace."""
        name = to_fs_path(uri)
        root = await self._roots.of_folder(Path(name)) if name else None
        if root is None:
            self._log(f"{name}: no Git repository, so there is no history to judge by")
        else:
            self._roots.changed(root)

    @property
    def _roots(self) -> Roots:
        assert self.roots is not None
        return self.roots

    async def opened(self, uri: str) -> None:
        """Take the text of a file as the editor has it now."""
        if not uri.endswith(SOURCES):
            return
        found = await self._roots.of(uri)
        if found is None:
            return
        root, path = found
        document = self.workspace.text_documents.get(uri)
        if document is None:
            return
        buffer = root.buffers.get(path)
        is_new = buffer is None
        if buffer is None:
            buffer = root.buffers[path] = Buffer(path, uri, self._units)
            # The editor may have forgotten what it was told before it closed the file.
            self._told[root.path].pop(uri, None)
        was_saved = buffer.is_saved
        disk = root.content(path)
        changed = buffer.take(document.source, document.version, disk)
        root.touched.add(path)
        if changed or is_new or was_saved != buffer.is_saved:
            self._roots.changed(root)
        elif not root.is_running:
            # The lines may have moved, though the text that is judged did not.
            self.tell(root)

    async def closed(self, uri: str) -> None:
        """Judge what is on disk again."""
        found = await self._roots.of(uri)
        if uri in self.workspace.text_documents:
            return
        if found is not None and found[0].buffers.pop(found[1], None) is not None:
            self._roots.changed(found[0])

    async def touched(self, uris: Sequence[str]) -> None:
        """Judge files again that somebody else changed."""
        for uri in uris:
            found = await self._roots.of(uri)
            if found is not None:
                root, path = found
                if path.endswith(SOURCES):
                    root.touched.add(path)
                self._roots.changed(root)

    async def _watch(self) -> None:
        """Notice commits, checkouts and other locks, whoever makes them."""
        while True:
            await asyncio.sleep(_POLL)
            for root in self._roots.all:
                try:
                    current = root.is_running or await self._roots.run(root.is_current)
                except SigclockError:
                    current = False
                    root.forget()
                if not current:
                    self._roots.changed(root)

    def end(self) -> bool:
        """Let go of whatever runs; whether anything did."""
        return self.roots is not None and self.roots.close()

    # -- what is told ------------------------------------------------------------------------

    def tell(self, root: Root) -> None:
        """Publish the diagnostics of a repository, and take back those that no longer hold."""
        by_path: dict[str, list[types.Diagnostic]] = defaultdict(list)
        if root.problem is not None:
            by_path[path_of(root.problem)].append(of_problem(root.problem))
        if root.is_saved:
            root.standing = frozenset(
                finding.fingerprint for view in root.views for finding in view.findings
            )

        def range_of(location: Location) -> types.Range:
            return root.text(location.path).line(root.line(location), location.column)

        places = Places(root.uri, range_of)
        for view in root.views:
            standing = None if root.is_saved else root.standing
            for path, told in diagnostics(view, places, standing).items():
                by_path[path] += told
        now: dict[str, _Told] = {
            buffer.uri: (buffer.version, []) for buffer in root.buffers.values()
        }
        for path, told in by_path.items():
            uri = root.uri(path)
            now[uri] = (now[uri][0] if uri in now else None, told)
        before = self._told[root.path]
        for uri in sorted({*now, *before}):
            version, told = now.get(uri, (None, []))
            if before.get(uri) != (version, told):
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri, told, version)
                )
        self._told[root.path] = now
        self._forget_answered()
        workspace = self.client_capabilities.workspace
        if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)

    def _forget_answered(self) -> None:
        """Let go of what was done for notifications: pygls keeps that, for nobody is answered."""
        futures = getattr(self.protocol, "_request_futures", {})
        for number in [number for number, future in futures.items() if future.done()]:
            del futures[number]

    def _busy(self, root: Root) -> Callable[[], None]:
        """Show that a repository is being read, where the editor can; what takes that away."""
        window = self.client_capabilities.window
        if not (window and window.work_done_progress):
            return lambda: None
        token, progress = str(uuid4()), self.work_done_progress
        happened: set[str] = set()

        def begin(_: object) -> None:
            # The editor may allow it when all is over.
            if "end" not in happened:
                happened.add("begin")
                text = f"sigclock reads {root.path.name}"
                progress.begin(token, types.WorkDoneProgressBegin(text))

        def end() -> None:
            happened.add("end")
            if "begin" in happened:
                progress.end(token, types.WorkDoneProgressEnd())

        progress.create(token, begin)
        return end

    def _log(self, message: str) -> None:
        kind = types.MessageType.Info
        self.window_log_message(types.LogMessageParams(kind, message))

    @property
    def _units(self) -> str:
        units = self.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16
        return str(getattr(units, "value", units))

    # -- what is asked -----------------------------------------------------------------------

    async def views(self, uri: str) -> tuple[Root, Buffer, list[View]] | None:
        """The judgement of an open file: that of its text, unless it takes long."""
        found = await self._roots.of(uri)
        buffer = found[0].buffers.get(found[1]) if found else None
        if found is None or buffer is None:
            return None
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(found[0].rested.wait(), _PATIENCE)
        return found[0], buffer, found[0].views

    async def hover(self, uri: str, position: types.Position) -> types.Hover | None:
        found = await self.views(uri)
        if found is None:
            return None
        _, buffer, views = found
        line, word = buffer.line_judged(position.line + 1), buffer.shown.word(position)
        for view in views:
            text = hovers.hover(view, buffer.path, line, word)
            if text:
                content = types.MarkupContent(types.MarkupKind.Markdown, text)
                return types.Hover(content, buffer.shown.line(position.line + 1))
        return None

    async def lenses(self, uri: str) -> list[types.CodeLens]:
        found = await self.views(uri)
        return [] if found is None else list(_lenses(*found))

    async def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        found = await self.views(params.text_document.uri)
        if found is None:
            return []
        root, buffer, views = found
        at = Location(buffer.path, buffer.line_judged(params.range.start.line + 1))
        own = [one for one in params.context.diagnostics if one.source == "sigclock"]
        place = Place(str(root.path), at, own)
        return [action for view in views for action in actions.actions(view, place, self.abilities)]

    # -- what is done ------------------------------------------------------------------------

    async def bump(self, arguments: dict[str, Any]) -> None:
        root = await self._root_of(arguments)
        names = [str(name) for name in arguments.get("tasks", [])]
        await self._apply(root, f"bump in {root.path.name}", lambda: self._bumped(root, names))

    async def accept(self, arguments: dict[str, Any]) -> None:
        root = await self._root_of(arguments)
        names = [str(name) for name in arguments.get("tasks", [])]
        given = arguments.get("reason")
        reason = given or await self._chosen_reason(names)
        if reason:
            changes = await self._apply(
                root, "accept", lambda: self._accepted(root, names, str(reason))
            )
            if not given:
                await self._select(root, changes, str(reason))

    async def waive(self, arguments: dict[str, Any]) -> None:
        root = await self._root_of(arguments)
        changes = await self._apply(root, "waive", lambda: self._waived(root, arguments))
        if not arguments.get("reason"):
            await self._select(root, changes, f"ignore[{arguments['rule']}]")

    async def open(self, arguments: dict[str, Any]) -> None:
        root = await self._root_of(arguments)
        line, column = (int(arguments[key]) for key in ("line", "column"))
        location = Location(str(arguments["path"]), line, column)
        where = root.text(location.path).line(root.line(location), location.column)
        await self._show(root, location.path, where)

    async def _show(self, root: Root, path: str, where: types.Range) -> None:
        await self.window_show_document_async(
            types.ShowDocumentParams(root.uri(path), take_focus=True, selection=where)
        )

    async def _select(self, root: Root, changes: Sequence[FileChange], words: str) -> None:
        """Lead to words that were written where the editor could ask for none: to be typed over."""
        for change in changes if self.abilities.shows else ():
            after = Text(decoded(change.after), self._units)
            where = after.added(Text(decoded(change.before or b"")), words)
            if where is not None:
                await self._show(root, change.path, where)
                return

    def _bumped(self, root: Root, names: Sequence[str]) -> Sequence[FileChange]:
        repository, tree = root.judging().laid_over(_data(root))
        return actions.bumped(repository, tree, names)

    def _accepted(self, root: Root, names: Sequence[str], reason: str) -> Sequence[FileChange]:
        repository, tree = root.judging().laid_over(_data(root))
        return actions.accepted(repository, tree, names, reason)

    def _waived(self, root: Root, arguments: dict[str, Any]) -> Sequence[FileChange]:
        path, task = str(arguments["path"]), str(arguments["task"])
        for view in root.views:
            site = view.analysis_of(task).extraction.sites.get(task)
            if site is not None and path in root.buffers:
                rule, words = str(arguments["rule"]), str(arguments.get("reason", ""))
                return [actions.waived(path, root.buffers[path].data, site.lines, rule, words)]
        raise UsageError(f"{task} is not there any more", advice="look at it again")

    async def _root_of(self, arguments: dict[str, Any]) -> Root:
        name = str(arguments.get("root", ""))
        for root in self._roots.all:
            if str(root.path) == name:
                return root
        raise UsageError(f"{name!r} is not open", advice="open a file of it")

    async def _chosen_reason(self, names: Sequence[str]) -> str | None:
        items = [types.MessageActionItem(title) for title in _REASONS]
        question = f"Why does the change mean the same for {', '.join(names)}?"
        kind = types.MessageType.Info
        chosen = await self.window_show_message_request_async(
            types.ShowMessageRequestParams(kind, question, items)
        )
        return chosen.title if chosen else None

    async def _apply(
        self, root: Root, label: str, work: Callable[[], Sequence[FileChange]]
    ) -> Sequence[FileChange]:
        """Have the editor make the changes; it keeps them as its own, to save or to undo."""
        try:
            _refuse_unparsed(root)
            changes = await self._roots.run(work)
        except SigclockError as error:
            kind, message = types.MessageType.Warning, f"{error.message}; {error.advice}"
            self.window_show_message(types.ShowMessageParams(kind, message))
            return ()
        edit = types.WorkspaceEdit(
            document_changes=[one for change in changes for one in self._edits(root, change)]
        )
        done = await self.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, label))
        return changes if done.applied else ()

    def _edits(
        self, root: Root, change: FileChange
    ) -> Iterator[types.TextDocumentEdit | types.CreateFile]:
        uri, buffer = root.uri(change.path), root.buffers.get(change.path)
        before = buffer.shown if buffer else Text(decoded(change.before or b""), self._units)
        if change.before is None:
            yield types.CreateFile(uri)
        identifier = types.OptionalVersionedTextDocumentIdentifier(
            uri, buffer.version if buffer else None
        )
        yield types.TextDocumentEdit(identifier, list(before.edits(decoded(change.after))))


def _lenses(root: Root, buffer: Buffer, views: Sequence[View]) -> Iterator[types.CodeLens]:
    for view in views:
        for lens in hovers.lenses(view, buffer.path):
            where = buffer.shown.line(buffer.line_shown(lens.line))
            command = types.Command(lens.title, "")
            if lens.due is not None:
                arguments = {"root": str(root.path), "tasks": [lens.name]}
                command = types.Command(lens.title, actions.BUMP, arguments=[arguments])
            yield types.CodeLens(where, command)


def _data(root: Root) -> dict[str, bytes]:
    return {path: buffer.data for path, buffer in root.buffers.items()}


def _refuse_unparsed(root: Root) -> None:
    for buffer in root.buffers.values():
        if not buffer.is_judged:
            raise UsageError(
                f"{buffer.path} does not parse as it stands", advice="finish it, then do it again"
            )
