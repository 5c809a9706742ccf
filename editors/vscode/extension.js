// Starts `sigclock lsp`, and asks for the reason that an action needs.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { server } = require("./server");

let client;

async function environments(folders) {
  const python = vscode.extensions.getExtension("ms-python.python");
  const api = python && (await python.activate());
  const paths = api?.environments
    ? folders.map((one) => api.environments.getActiveEnvironmentPath(one.uri)?.path)
    : [];
  // An environment may be told as its folder or as its interpreter.
  return paths.filter(Boolean).map((one) => one.replace(/[\\/](bin|Scripts)[\\/]python[^\\/]*$/, ""));
}

async function start() {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const setting = vscode.workspace.getConfiguration("sigclock").get("path");
  const run = server(setting, folders.map((one) => one.uri.fsPath), await environments(folders));
  client = new LanguageClient("sigclock", "sigclock", run, {
    documentSelector: [{ scheme: "file", language: "python" }],
    initializationOptions: { asks: true },
  });
  await client.start();
}

async function ask(title, command, given) {
  const reason = await vscode.window.showInputBox({
    title,
    prompt: "Why? The reviewer reads it.",
    validateInput: (text) => (text.trim() ? undefined : "a reason is needed"),
  });
  if (reason) {
    await vscode.commands.executeCommand(command, { ...given, reason });
  }
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("sigclock.ask", ask),
    vscode.commands.registerCommand("sigclock.restart", async () => {
      await client?.dispose();
      await start();
    }),
  );
  await start();
}

module.exports = { activate, deactivate: () => client?.dispose() };
