// An editor that saves a file of a chart again and again.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';

/** A language server with a chart open in it: `save` gives the milliseconds from a save to the diagnostics. */
export async function openEditor({ node, cli, chart, env }) {
  const child = spawn(node, [cli, 'lsp'], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const file = resolve(chart, 'templates/_helpers.tpl');
  const uri = pathToFileURL(file).href;
  let wake = () => undefined;
  const shown = () => new Promise((done) => (wake = done));
  connection.onNotification('textDocument/publishDiagnostics', (params) => {
    if (params.uri === uri && params.diagnostics.length > 0) wake();
  });
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: { textDocument: { publishDiagnostics: { relatedInformation: true } } },
    workspaceFolders: [{ uri: pathToFileURL(join(resolve(chart), '..')).href, name: 'charts' }],
  });
  await connection.sendNotification('initialized', {});
  const first = shown();
  const textDocument = { uri, languageId: 'helm', version: 1, text: readFileSync(file, 'utf8') };
  await connection.sendNotification('textDocument/didOpen', { textDocument });
  await first;
  const save = async () => {
    const begun = performance.now();
    const done = shown();
    await connection.sendNotification('textDocument/didSave', { textDocument: { uri } });
    await done;
    return performance.now() - begun;
  };
  return { save, close: () => child.kill() };
}
