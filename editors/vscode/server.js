// Which sigclock is started: the one that is set, that of the project's environment, else uvx.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const PROGRAM =
  process.platform === "win32" ? path.join("Scripts", "sigclock.exe") : path.join("bin", "sigclock");

/** `folders` are those of the workspace, `environments` what the Python extension uses for them. */
function server(setting, folders, environments) {
  if (setting) {
    return { command: setting, args: ["lsp"] };
  }
  const known = [...environments, ...folders.flatMap((one) => [".venv", "venv"].map((name) => path.join(one, name)))];
  const found = known.map((one) => path.join(one, PROGRAM)).find((one) => fs.existsSync(one));
  return found
    ? { command: found, args: ["lsp"] }
    : { command: "uvx", args: ["--from", "sigclock[lsp]", "sigclock", "lsp"] };
}

module.exports = { server };
