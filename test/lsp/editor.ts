// An editor for tests: a real client library at the built server's standard input and output.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type CodeAction,
  type CodeLens,
  type Diagnostic,
  type DocumentLink,
  type Hover,
  type InitializeResult,
  type ProtocolConnection,
  type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';

/** How an editor begins. */
export interface Beginning {
  folders: readonly string[];
  settings?: object;
  env?: NodeJS.ProcessEnv;
  /** Capabilities beside those that all tests have. */
  without?: 'resolve' | 'related';
  cwd?: string;
  /** The command line that is started; the built one where absent. */
  cli?: string;
}

/** What a server is asked by way of a test's client. */
export class Editor {
  readonly child: ChildProcessWithoutNullStreams;
  readonly connection: ProtocolConnection;
  readonly messages: string[] = [];
  readonly shownPages: string[] = [];
  initialized: InitializeResult | undefined;
  private settings: object;
  private readonly diagnostics = new Map<string, Diagnostic[]>();
  private readonly documents = new Map<string, TextDocument>();
  private busy = false;
  private waiting: (() => void)[] = [];
  stderr = '';
  readonly ended: Promise<number | null>;

  private constructor({ settings = {}, env, cwd, cli = resolve('dist/cli.js') }: Beginning) {
    this.settings = settings;
    this.child = spawn(process.execPath, [cli, 'lsp', '--stdio', `--clientProcessId=${process.pid}`], {
      env: { ...process.env, NO_COLOR: '1', ...env },
      cwd,
    });
    this.ended = new Promise((done) => this.child.once('exit', done));
    this.child.stderr.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.connection = createProtocolConnection(
      new StreamMessageReader(this.child.stdout),
      new StreamMessageWriter(this.child.stdin),
    );
    this.connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }) => {
      this.diagnostics.set(fileURLToPath(uri as string), diagnostics as Diagnostic[]);
      this.wake();
    });
    this.connection.onNotification('migrateLint/status', ({ busy }: { busy: boolean }) => {
      this.busy = busy;
      this.wake();
    });
    this.connection.onNotification('window/showMessage', ({ message }: { message: string }) => {
      this.messages.push(message);
    });
    this.connection.onNotification('window/logMessage', ({ message }: { message: string }) => {
      this.messages.push(message);
    });
    this.connection.onRequest('workspace/configuration', () => [this.settings]);
    this.connection.onRequest('client/registerCapability', () => null);
    this.connection.onRequest('workspace/codeLens/refresh', () => null);
    this.connection.onRequest('window/showDocument', ({ uri }: { uri: string }) => {
      this.shownPages.push(uri);
      return { success: true };
    });
    this.connection.listen();
  }

  static async start(beginning: Beginning): Promise<Editor> {
    const editor = new Editor(beginning);
    const { without } = beginning;
    editor.initialized = await editor.connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: beginning.folders.map((folder) => ({ uri: uriOf(folder), name: basename(folder) })),
      initializationOptions: { status: true },
      capabilities: {
        workspace: {
          configuration: true,
          workspaceFolders: true,
          didChangeWatchedFiles: { dynamicRegistration: true },
          codeLens: { refreshSupport: true },
        },
        window: { showDocument: { support: true } },
        textDocument: {
          publishDiagnostics: { relatedInformation: without !== 'related' },
          codeAction: {
            codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix'] } },
            ...(without !== 'resolve' && { dataSupport: true, resolveSupport: { properties: ['edit'] } }),
          },
        },
      },
    });
    await editor.connection.sendNotification('initialized', {});
    return editor;
  }

  async open(path: string, text = readFileSync(path, 'utf8')): Promise<void> {
    this.documents.set(path, TextDocument.create(uriOf(path), 'helm', 1, text));
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: uriOf(path), languageId: 'helm', version: 1, text },
    });
  }

  text(path: string): string {
    return this.documents.get(path)!.getText();
  }

  /** Changes a file's text as an editor does: an edit of the part that differs. */
  async change(path: string, edit: (text: string) => string): Promise<void> {
    const before = this.documents.get(path)!;
    const old = before.getText();
    const text = edit(old);
    let from = 0;
    while (from < old.length && from < text.length && old[from] === text[from]) from += 1;
    let tail = 0;
    while (tail < Math.min(old.length, text.length) - from && old.at(-1 - tail) === text.at(-1 - tail)) tail += 1;
    const range = { start: before.positionAt(from), end: before.positionAt(old.length - tail) };
    await this.changeRaw(path, [{ range, text: text.slice(from, text.length - tail) }]);
  }

  /** Sends changes as they are. */
  async changeRaw(path: string, contentChanges: { range?: TextEdit['range']; text: string }[]): Promise<void> {
    const before = this.documents.get(path)!;
    const now = TextDocument.update(before, contentChanges as never, before.version + 1);
    this.documents.set(path, now);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: uriOf(path), version: now.version },
      contentChanges,
    });
  }

  async save(path: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didSave', { textDocument: { uri: uriOf(path) } });
  }

  async close(path: string): Promise<void> {
    this.documents.delete(path);
    await this.connection.sendNotification('textDocument/didClose', { textDocument: { uri: uriOf(path) } });
  }

  /** Files changed on disk: 1 came, 2 changed, 3 went. */
  async watched(path: string, type: 1 | 2 | 3): Promise<void> {
    await this.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOf(path), type }],
    });
  }

  async configure(settings: object): Promise<void> {
    this.settings = settings;
    await this.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  }

  /** The diagnostics of a file once the server has nothing left to do. */
  async settled(path: string): Promise<Diagnostic[]> {
    // Its answer comes behind whatever the server says of what it was sent before.
    await this.hover(path, 1);
    await this.until(() => !this.busy);
    return this.of(path);
  }

  of(path: string): Diagnostic[] {
    return this.diagnostics.get(path) ?? [];
  }

  /** Every file with diagnostics. */
  files(): string[] {
    return [...this.diagnostics].filter(([, list]) => list.length > 0).map(([path]) => path);
  }

  async until(test: () => boolean): Promise<void> {
    while (!test()) await new Promise<void>((done) => this.waiting.push(done));
  }

  actions(path: string, line: number): Promise<CodeAction[]> {
    const at = { line: line - 1, character: 0 };
    return this.connection.sendRequest('textDocument/codeAction', {
      textDocument: { uri: uriOf(path) },
      range: { start: at, end: at },
      context: { diagnostics: this.of(path) },
    });
  }

  resolve(action: CodeAction): Promise<CodeAction> {
    return this.connection.sendRequest('codeAction/resolve', action);
  }

  /** The text of a file with an action's edits. */
  edited(path: string, { edit }: CodeAction): string {
    return TextDocument.applyEdits(this.documents.get(path)!, edit?.changes?.[uriOf(path)] ?? []);
  }

  hover(path: string, line: number): Promise<Hover | null> {
    return this.ask('hover', path, { position: { line: line - 1, character: 5 } });
  }

  lenses(path: string): Promise<CodeLens[]> {
    return this.ask('codeLens', path);
  }

  links(path: string): Promise<DocumentLink[]> {
    return this.ask('documentLink', path);
  }

  ask<T>(what: string, path: string, more: object = {}): Promise<T> {
    return this.connection.sendRequest(`textDocument/${what}`, { textDocument: { uri: uriOf(path) }, ...more });
  }

  /** Ends the server as an editor does; gives its exit code. */
  async stop(): Promise<number | null> {
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    return this.ended;
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}

export const uriOf = (path: string): string => pathToFileURL(path).href;

/** A folder with copies of charts, removed by `remove`; its own `.git`, so that nothing above it counts. */
export function workspaceOf(...charts: string[]): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-lsp-'));
  for (const chart of charts) cpSync(chart, join(folder, basename(chart)), { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
