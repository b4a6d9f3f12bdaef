import type { InitializeParams, WorkspaceFolder, _Connection } from 'vscode-languageserver/node';
import { safeLine } from '../report/safe.ts';
import { pathOf } from './files.ts';
import { defaults, settingsOf, type Settings } from './settings.ts';
import type { Workspace } from './workspace.ts';

/** What the client can do, as far as it matters. */
interface Abilities {
  /** Related places of a diagnostic. */
  related: boolean;
  /** Code actions whose edit comes later. */
  resolveEdits: boolean;
  configuration: boolean;
  watchFiles: boolean;
  refreshLenses: boolean;
  showDocument: boolean;
  /** The client's own command that shows the plan of a chart; it names one in `initializationOptions`. */
  planCommand?: string;
  /** It wants to know what the server does (`migrateLint/status`). */
  status: boolean;
}

/** The editor: what it can do, its settings, and what it is told. */
export class Client {
  can: Abilities = {
    related: false,
    resolveEdits: false,
    configuration: false,
    watchFiles: false,
    refreshLenses: false,
    showDocument: false,
    status: false,
  };
  private readonly connection: _Connection;
  private readonly workspace: Workspace;
  private asked: Promise<Settings> | undefined;
  private sent: unknown;
  private readonly working = new Set<unknown>();

  constructor(connection: _Connection, workspace: Workspace) {
    this.connection = connection;
    this.workspace = workspace;
  }

  begin({ capabilities, initializationOptions, workspaceFolders, rootUri }: InitializeParams): void {
    const { textDocument, workspace, window } = capabilities;
    const options = (initializationOptions ?? {}) as Record<string, unknown>;
    this.can = {
      related: textDocument?.publishDiagnostics?.relatedInformation === true,
      resolveEdits: textDocument?.codeAction?.resolveSupport?.properties.includes('edit') === true,
      configuration: workspace?.configuration === true,
      watchFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
      refreshLenses: workspace?.codeLens?.refreshSupport === true,
      showDocument: window?.showDocument?.support === true,
      planCommand: typeof options['planCommand'] === 'string' ? options['planCommand'] : undefined,
      status: options['status'] === true,
    };
    this.sent = options['settings'];
    this.setFolders(workspaceFolders ?? (rootUri ? [{ uri: rootUri, name: '' }] : []));
  }

  /** The client is ready: from here on it is asked, and says what changes. */
  async ready(changed: { settings: () => void; folders: () => void }): Promise<void> {
    const { connection } = this;
    connection.onDidChangeConfiguration(({ settings }: { settings?: unknown }) => {
      const own = (settings as Record<string, unknown> | null | undefined)?.['migrateLint'];
      if (own !== undefined) this.sent = own;
      this.asked = undefined;
      changed.settings();
    });
    connection.onNotification('workspace/didChangeWorkspaceFolders', () => {
      void connection.workspace.getWorkspaceFolders().then((folders) => {
        this.setFolders(folders ?? []);
        changed.folders();
      });
    });
    if (this.can.configuration)
      await connection.client.register(
        'workspace/didChangeConfiguration' as never,
        { section: 'migrateLint' } as never,
      );
    if (this.can.watchFiles)
      await connection.client.register(
        'workspace/didChangeWatchedFiles' as never,
        { watchers: [{ globPattern: '**/*.{yaml,yml,tpl,tgz,json,txt}' }, { globPattern: '**/*', kind: 4 }] } as never,
      );
  }

  /** The settings, asked for once and again when they change. */
  settings(): Promise<Settings> {
    return (this.asked ??= this.ask());
  }

  readonly log = (message: string): void => this.connection.console.info(safeLine(message));

  warn(message: string): void {
    this.tell(2, `migrate-lint: ${safeLine(message)}`);
  }

  error(message: string): void {
    this.connection.console.error(safeLine(message));
  }

  /** Opens a page in the editor, or names it where the editor cannot. */
  async show(uri: string): Promise<void> {
    if (this.can.showDocument) await this.connection.window.showDocument({ uri, takeFocus: true });
    else this.tell(3, pathOf(uri) ?? uri);
  }

  refreshLenses(): void {
    if (this.can.refreshLenses) void this.connection.sendRequest('workspace/codeLens/refresh').catch(() => undefined);
  }

  /** Something is under way, or no longer. */
  busy(task: unknown, busy: boolean): void {
    const before = this.working.size > 0;
    if (busy) this.working.add(task);
    else this.working.delete(task);
    const now = this.working.size > 0;
    if (before !== now && this.can.status) void this.notify('migrateLint/status', { busy: now });
  }

  /** A message without buttons: the request that has them ends the server where a client does not know it. */
  private tell(type: 2 | 3, message: string): void {
    void this.notify('window/showMessage', { type, message });
  }

  /** A client that has gone away needs no notification. */
  notify(method: string, params: object): Promise<void> {
    return this.connection.sendNotification(method, params).catch(() => undefined);
  }

  private setFolders(folders: readonly WorkspaceFolder[]): void {
    this.workspace.folders = folders.flatMap(({ uri }) => pathOf(uri) ?? []);
  }

  private async ask(): Promise<Settings> {
    const sent: unknown = this.can.configuration
      ? await this.connection.workspace.getConfiguration('migrateLint').catch(() => undefined)
      : undefined;
    const { settings, wrong } = settingsOf(sent ?? this.sent);
    for (const message of wrong) this.warn(message);
    const { helm } = settings;
    if (helm === undefined) return settings;
    if (!/[\\/]/.test(helm) || !this.workspace.holds(helm)) return settings;
    this.warn(`migrateLint.helm is ${helm}, a program in the folder that is linted: it is not run`);
    return { ...settings, helm: defaults.helm };
  }
}
