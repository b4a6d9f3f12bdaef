import { basename } from 'node:path';
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;

/** Starts the server that is in this extension, or the one that the user names. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const status = vscode.window.createStatusBarItem('migrateLint.status', vscode.StatusBarAlignment.Right, 50);
  status.name = 'migrate-lint';
  status.command = 'migrateLint.showPlan';
  status.tooltip = 'Show the plan of this chart';
  const start = async () => {
    const named = vscode.workspace.getConfiguration('migrateLint').get<string>('server.path');
    client = clientOf(named || context.asAbsolutePath('server/cli.js'));
    client.onNotification('migrateLint/status', ({ busy }: { busy: boolean }) => show(status, busy));
    await client.start();
    show(status, false);
  };
  context.subscriptions.push(
    status,
    vscode.commands.registerCommand('migrateLint.showPlan', showPlan),
    vscode.commands.registerCommand('migrateLint.restart', async () => {
      await client?.dispose();
      await start();
    }),
    vscode.languages.onDidChangeDiagnostics(() => show(status, false)),
    vscode.window.onDidChangeActiveTextEditor(() => show(status, false)),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.dispose();
}

function clientOf(server: string): LanguageClient {
  const documents = ['helm', 'yaml', 'helm-template', 'gotmpl', 'plaintext'].map((language) => ({
    scheme: 'file',
    language,
    pattern: '**/*.{yaml,yml,tpl,txt}',
  }));
  return new LanguageClient(
    'migrateLint',
    'migrate-lint',
    { module: server, args: ['lsp'], transport: TransportKind.stdio },
    {
      documentSelector: [...documents, { scheme: 'file', pattern: '**/templates/**' }],
      initializationOptions: { status: true, planCommand: 'migrateLint.showPlan' },
    },
  );
}

/** The state of the file in front: working, or its errors and warnings. */
function show(status: vscode.StatusBarItem, busy: boolean): void {
  const uri = vscode.window.activeTextEditor?.document.uri;
  if (!uri || uri.scheme !== 'file') return status.hide();
  const found = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'migrate-lint');
  const count = (severity: vscode.DiagnosticSeverity) => found.filter((one) => one.severity === severity).length;
  const errors = count(vscode.DiagnosticSeverity.Error);
  const warnings = count(vscode.DiagnosticSeverity.Warning);
  status.text = busy
    ? '$(sync~spin) migrate-lint'
    : errors + warnings === 0
      ? '$(check) migrate-lint'
      : `$(error) ${errors} $(warning) ${warnings} migrate-lint`;
  status.show();
}

/** Opens the plan of the chart that the active file, or a lens, belongs to. */
async function showPlan(chart?: string): Promise<void> {
  const uri = typeof chart === 'string' ? vscode.Uri.file(chart) : vscode.window.activeTextEditor?.document.uri;
  const plan =
    uri &&
    (await client?.sendRequest<{ title: string; html: string } | null>('migrateLint/plan', { uri: uri.toString() }));
  if (!plan) {
    void vscode.window.showInformationMessage('migrate-lint: open a file of a chart that renders to see its plan.');
    return;
  }
  // The page brings its own policy: one script and one style, both by their hashes, and no address at all.
  const panel = vscode.window.createWebviewPanel(
    'migrateLint.plan',
    `Plan: ${basename(plan.title)}`,
    vscode.ViewColumn.Beside,
    {
      enableScripts: true,
      enableCommandUris: false,
      enableForms: false,
      localResourceRoots: [],
    },
  );
  panel.webview.html = plan.html;
}
