// The policy's schema in the real yaml-language-server: what it completes and what it reports.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { npmTools, scratchFolder, shellEnv } from './tools.ts';

const modules = npmTools('yaml-language-server', ['yaml-language-server@1.19.2']);

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
}

/** A server on standard input and output, spoken to in frames with a Content-Length. */
class Server {
  private readonly child = spawn(
    process.execPath,
    [join(modules!, 'yaml-language-server/bin/yaml-language-server'), '--stdio'],
    { env: shellEnv() },
  );
  private rest = Buffer.alloc(0);
  private next = 1;
  private readonly waiting: { test: (message: Message) => boolean; done: (message: Message) => void }[] = [];

  constructor() {
    this.child.stdout.on('data', (data: Buffer) => {
      this.rest = Buffer.concat([this.rest, data]);
      for (;;) {
        const head = this.rest.indexOf('\r\n\r\n');
        if (head < 0) return;
        const length = Number(/Content-Length: (\d+)/i.exec(this.rest.toString('utf8', 0, head))![1]);
        if (this.rest.length < head + 4 + length) return;
        const message = JSON.parse(this.rest.toString('utf8', head + 4, head + 4 + length)) as Message;
        this.rest = this.rest.subarray(head + 4 + length);
        // It asks for settings: there are none.
        if (message.id !== undefined && message.method !== undefined)
          this.write({
            id: message.id,
            result: message.method === 'workspace/configuration' ? [null, null, null, null, null] : null,
          });
        const at = this.waiting.findIndex(({ test }) => test(message));
        if (at >= 0) this.waiting.splice(at, 1)[0]!.done(message);
      }
    });
  }

  private write(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  heard(test: (message: Message) => boolean): Promise<Message> {
    return new Promise((done) => this.waiting.push({ test, done }));
  }

  async ask(method: string, params: object): Promise<unknown> {
    const id = this.next++;
    const answer = this.heard((message) => message.id === id && message.method === undefined);
    this.write({ id, method, params });
    return (await answer).result;
  }

  tell(method: string, params: object): void {
    this.write({ method, params });
  }

  stop(): void {
    this.child.kill();
  }
}

it.skipIf(!modules)('completes rules, severities and options, and reports what is wrong', async () => {
  const file = join(scratchFolder(), '.migrate-lint.yaml');
  const uri = pathToFileURL(file).href;
  const lines = [
    `# yaml-language-server: $schema=${pathToFileURL(resolve('schema/policy.schema.json')).href}`,
    'rules:',
    '  backoff-limit: [error, {maxx: 3}]',
    '  hook-event: fatal',
    '  ',
  ];
  writeFileSync(file, lines.join('\n'));
  const server = new Server();
  try {
    await server.ask('initialize', { processId: process.pid, rootUri: null, capabilities: {}, workspaceFolders: null });
    server.tell('initialized', {});
    const reported = server.heard(
      ({ method, params }) =>
        method === 'textDocument/publishDiagnostics' && (params as { diagnostics: unknown[] }).diagnostics.length > 0,
    );
    server.tell('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version: 1, text: lines.join('\n') },
    });
    const { diagnostics } = (await reported).params as {
      diagnostics: { range: { start: { line: number } }; message: string }[];
    };
    expect(diagnostics.map(({ range, message }) => `${range.start.line} ${message}`)).toEqual([
      expect.stringMatching(/^2 .*maxx/),
      expect.stringMatching(/^3 .*"error".*"warning".*"info".*"off"/s),
    ]);
    const { items } = (await server.ask('textDocument/completion', {
      textDocument: { uri },
      position: { line: 4, character: 2 },
    })) as { items: { label: string }[] };
    expect(items.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['hook-deadlock', 'one-hook-job', 'unused-directive']),
    );
  } finally {
    server.stop();
  }
});
