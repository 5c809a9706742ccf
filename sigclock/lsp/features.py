"""Which request of the protocol is answered by what of the server."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import redirect_stdout
from typing import Any

from lsprotocol import types

from sigclock.lsp import actions
from sigclock.lsp.server import WATCHED, Server


def serve() -> None:
    """Speak with the editor over standard input and output until it ends."""
    server = made()
    # One run of a command ends before much is garbage; a server does not.
    gc.set_threshold(50_000, 20, 20)
    # The protocol has a copy of the pipe to itself, and whatever is printed goes elsewhere.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    try:
        with redirect_stdout(sys.stderr):
            server.start_io(sys.stdin.buffer, answers)
    finally:
        if server.end():
            # A first reading may take minutes, and nobody waits for it; the store bears it.
            os._exit(0)


def made() -> Server:
    """A server that answers all that it can."""
    server = Server()
    _documents(server)
    _questions(server)
    _commands(server)
    return server


def _documents(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def _initialize(_: Server, params: types.InitializeParams) -> None:
        server.options = params.initialization_options

    @server.feature(types.INITIALIZED)
    async def _initialized(_: Server, _params: types.InitializedParams) -> None:
        server.begin()
        for uri in list(server.workspace.folders):
            await server.folder(uri)
        if _can_watch(server.client_capabilities):
            await server.client_register_capability_async(_watching())

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def _folders(_: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.added:
            await server.folder(folder.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def _opened(_: Server, params: types.DidOpenTextDocumentParams) -> None:
        await server.opened(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def _changed(_: Server, params: types.DidChangeTextDocumentParams) -> None:
        await server.opened(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def _saved(_: Server, params: types.DidSaveTextDocumentParams) -> None:
        await server.opened(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def _closed(_: Server, params: types.DidCloseTextDocumentParams) -> None:
        await server.closed(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def _watched(_: Server, params: types.DidChangeWatchedFilesParams) -> None:
        await server.touched([change.uri for change in params.changes])


def _questions(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def _hover(_: Server, params: types.HoverParams) -> types.Hover | None:
        return await server.hover(params.text_document.uri, params.position)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def _lenses(_: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
        return await server.lenses(params.text_document.uri)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix]),
    )
    async def _actions(_: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        return await server.actions(params)


def _commands(server: Server) -> None:
    @server.command(actions.BUMP)
    async def _bump(_: Server, arguments: dict[str, Any]) -> None:
        await server.bump(arguments)

    @server.command(actions.ACCEPT)
    async def _accept(_: Server, arguments: dict[str, Any]) -> None:
        await server.accept(arguments)

    @server.command(actions.WAIVE)
    async def _waive(_: Server, arguments: dict[str, Any]) -> None:
        await server.waive(arguments)

    @server.command(actions.OPEN)
    async def _open(_: Server, arguments: dict[str, Any]) -> None:
        await server.open(arguments)


def _can_watch(client: types.ClientCapabilities) -> bool:
    watching = client.workspace and client.workspace.did_change_watched_files
    return bool(watching and watching.dynamic_registration)


def _watching() -> types.RegistrationParams:
    options = types.DidChangeWatchedFilesRegistrationOptions(
        [types.FileSystemWatcher(pattern) for pattern in WATCHED]
    )
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    return types.RegistrationParams([types.Registration("sigclock-files", method, options)])
