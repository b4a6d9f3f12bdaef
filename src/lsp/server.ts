import type { Readable, Writable } from 'node:stream';
import {
  createConnection,
  ProposedFeatures,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type CodeAction,
  type InitializeParams,
  type ServerCapabilities,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { internalError } from '../internal-error.ts';
import type { LintOptions } from '../options.ts';
import { safeLine } from '../report/safe.ts';
import { version } from '../version.ts';
import { actionsFor, editsFor, openRule, type Choice } from './actions.ts';
import { Buffers } from './buffers.ts';
import type { Host, OpenChart } from './chart.ts';
import { Charts } from './charts.ts';
import { Client } from './client.ts';
import { pathOf, textOnDisk } from './files.ts';
import { hoverOf } from './hover.ts';
import { lensesOf } from './lenses.ts';
import { linksOf } from './links.ts';
import { Pages } from './pages.ts';
import { planPage } from './plan-page.ts';
import { Publisher } from './publisher.ts';
import { optionsFor } from './settings.ts';
import { Workspace } from './workspace.ts';

/** Milliseconds of quiet after an edit. */
const quietMs = 250;

/**
 * The language server, over a pair of streams. It ends the process when the client asks for it, goes away, or closes the
 * stream. Nothing of the workspace is run or written.
 */
export function serve(input: Readable, output: Writable, env: LintOptions['env']): void {
  const connection = createConnection(ProposedFeatures.all, input, output);
  const documents = new TextDocuments(TextDocument);
  const buffers = new Buffers(() => documents.all());
  const workspace = new Workspace();
  const pages = new Pages();
  const client = new Client(connection, workspace);
  const publisher = new Publisher((path, diagnostics) => {
    const uri = buffers.uriOf(path);
    void client.notify('textDocument/publishDiagnostics', {
      uri,
      version: documents.get(uri)?.version,
      diagnostics,
    });
  });
  const host: Host = {
    options: async (cwd) => ({ ...optionsFor(await client.settings()), cwd, env, onDownload: client.log }),
    texts: () => buffers.texts(),
    unsaved: () => buffers.unsaved(),
    drawing: (cwd, texts) => ({
      cwd,
      textOf: (path) => texts.get(path) ?? textOnDisk(path),
      uriOf: (path) => buffers.uriOf(path),
      page: (rule) => pages.uriOf(rule),
      related: client.can.related,
    }),
    show: (owner, shown) => {
      publisher.show(owner, shown);
      client.refreshLenses();
    },
    busy: (chart, busy) => client.busy(chart, busy),
    fault: (error) => client.error(internalError(error)),
  };
  const charts = new Charts(host, workspace);

  /** What goes wrong is a line in the client's log: the server goes on. */
  const guarded = (work: () => Promise<void>) => {
    const task = {};
    client.busy(task, true);
    void work()
      .catch((error: unknown) => host.fault(error))
      .finally(() => client.busy(task, false));
  };
  /** The open charts of a document that is asked about, with its path. */
  const asked = (uri: string): { path: string; found: OpenChart[] } => {
    const path = pathOf(uri);
    return path === undefined ? { path: '', found: [] } : { path, found: charts.of(path) };
  };

  connection.onInitialize((params) => {
    client.begin(params);
    return { capabilities: capabilities(params), serverInfo: { name: 'migrate-lint', version } };
  });
  connection.onInitialized(() =>
    guarded(() =>
      client.ready({
        settings: () => charts.all(),
        folders: () => guarded(() => charts.findAgain()),
      }),
    ),
  );
  // An open comes with a change of its own.
  const opened = new Set<string>();
  documents.onDidOpen(({ document: { uri } }) => {
    opened.add(uri);
    const path = pathOf(uri);
    if (path !== undefined) guarded(() => charts.hold(path));
  });
  documents.onDidClose(({ document: { uri } }) => {
    const path = pathOf(uri);
    if (path !== undefined) guarded(() => charts.release(path));
  });
  documents.onDidChangeContent(({ document: { uri } }) => {
    const path = pathOf(uri);
    if (opened.delete(uri) || path === undefined) return;
    guarded(async () => {
      if ((await client.settings()).run === 'onType') await charts.changed(path, quietMs);
    });
  });
  documents.onDidSave(({ document: { uri } }) => {
    const path = pathOf(uri);
    if (path !== undefined) guarded(() => charts.changed(path, 0));
  });
  connection.onDidChangeWatchedFiles(({ changes }) =>
    guarded(async () => {
      const paths = changes.flatMap(({ uri }) => pathOf(uri) ?? []);
      if (paths.some((path) => /[\\/]Chart\.yaml$|\.migrate-lint\.ya?ml$/.test(path) && !buffers.has(path)))
        await charts.findAgain();
      for (const path of paths) await charts.changed(path, quietMs);
    }),
  );
  connection.onCodeAction(async ({ textDocument: { uri }, range, context }) => {
    const { path, found } = asked(uri);
    if (context.only && !context.only.some((kind) => 'quickfix'.startsWith(kind))) return [];
    const actions = found.flatMap((chart) => actionsFor(chart, path, range));
    return client.can.resolveEdits ? actions : Promise.all(actions.map(resolved));
  });
  const resolved = async (action: CodeAction): Promise<CodeAction> => {
    const choice = action.data as Choice | undefined;
    const chart = choice && charts.get(choice.chart);
    if (!choice || !chart) return action;
    const made = await editsFor(chart, choice, { texts: buffers.texts(), unsaved: buffers.unsaved() });
    if ('edits' in made) {
      const changes = Object.fromEntries([...made.edits].map(([path, edits]) => [buffers.uriOf(path), edits]));
      return { ...action, edit: { changes } };
    }
    if (!client.can.resolveEdits) return { ...action, disabled: { reason: safeLine(made.why) } };
    client.warn(`${action.title}: not done: ${made.why}`);
    return action;
  };
  connection.onCodeActionResolve(resolved);
  connection.onHover(({ textDocument: { uri }, position: { line } }) => {
    const { path, found } = asked(uri);
    const text = documents.get(uri)?.getText().split('\n')[line] ?? '';
    return found.map((chart) => hoverOf(chart, path, line + 1, text)).find((one) => one !== undefined) ?? null;
  });
  connection.onCodeLens(async ({ textDocument: { uri } }) => {
    const { path, found } = asked(uri);
    if (!(await client.settings()).codeLens) return [];
    return found.flatMap((chart) => lensesOf(chart, path, client.can.planCommand));
  });
  connection.onDocumentLinks(({ textDocument: { uri } }) => {
    const { path, found } = asked(uri);
    const text = documents.get(uri)?.getText() ?? '';
    return found.flatMap((chart) => linksOf(chart, path, text, (one) => buffers.uriOf(one)));
  });
  connection.onExecuteCommand(async ({ command, arguments: [rule] = [] }) => {
    const page = command === openRule && typeof rule === 'string' ? pages.uriOf(rule) : undefined;
    if (page === undefined) throw new ResponseError(-32602, `there is no such command or rule`);
    await client.show(page);
  });
  /** The plan of the chart that a file belongs to, as a page: `{ uri } → { title, html } | null`. */
  connection.onRequest('migrateLint/plan', async ({ uri }: { uri: string }) => {
    const { path, found } = asked(uri);
    const chart = found[0] ?? charts.get(path);
    return chart ? planPage(chart) : null;
  });
  connection.onShutdown(async () => {
    await charts.close();
    pages.remove();
  });
  documents.listen(connection);
  connection.listen();
}

function capabilities({ capabilities: { textDocument } }: InitializeParams): ServerCapabilities {
  return {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
    codeActionProvider: textDocument?.codeAction?.codeActionLiteralSupport
      ? { codeActionKinds: ['quickfix'], resolveProvider: true }
      : false,
    hoverProvider: true,
    codeLensProvider: {},
    documentLinkProvider: {},
    executeCommandProvider: { commands: [openRule] },
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };
}
