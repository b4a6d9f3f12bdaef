// The manifest of the VS Code extension against the server and the client.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { choices, defaults, settingsOf } from '../../src/lsp/settings.ts';

const manifest = JSON.parse(readFileSync('editors/vscode/package.json', 'utf8')) as {
  version: string;
  license: string;
  main: string;
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string }[];
    configuration: {
      properties: Record<string, { scope?: string; default: unknown; enum?: unknown[]; description: string }>;
    };
  };
};
const own = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string; license: string };
const properties = Object.entries(manifest.contributes.configuration.properties);
const client = readFileSync('editors/vscode/src/extension.ts', 'utf8');

it('has the settings of the server, with its choices and defaults, and those of the client', () => {
  const names = properties.map(([name]) => name.replace(/^migrateLint\./, ''));
  expect(names.filter((name) => !name.includes('.')).sort()).toEqual(Object.keys(choices).sort());
  expect(names.filter((name) => name.includes('.'))).toEqual(['server.path']);
  for (const [name, property] of properties) {
    const choice = choices[name.replace(/^migrateLint\./, '') as keyof typeof choices];
    if (Array.isArray(choice)) expect(property.enum!.filter((one) => one !== null)).toEqual(choice);
    expect(property.description).toMatch(/\.$/);
  }
  const sent = Object.fromEntries(
    properties.map(([name, property]) => [name.slice('migrateLint.'.length), property.default]),
  );
  expect(settingsOf(sent)).toEqual({ settings: { ...defaults, wait: false }, wrong: [] });
});

it('lets no workspace name a program, a policy elsewhere, or run one', () => {
  const programs = ['server.path', 'helm', 'plugins', 'allowDownload'].map((name) => `migrateLint.${name}`);
  for (const name of programs)
    expect([name, manifest.contributes.configuration.properties[name]!.scope]).toEqual([name, 'machine']);
  expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual(
    expect.arrayContaining([...programs, 'migrateLint.config']),
  );
});

it('has the commands that the client registers, and this version', () => {
  const registered = [...client.matchAll(/registerCommand\('([\w.]+)'/g)].map(([, name]) => name);
  expect(manifest.contributes.commands.map(({ command }) => command).sort()).toEqual(registered.sort());
  expect(manifest).toMatchObject({ version: own.version, license: own.license, main: './out/extension.js' });
});

it('shows the plan where nothing but the page itself can run', () => {
  expect(client).toContain('localResourceRoots: []');
  expect(client).toContain('enableCommandUris: false');
});

it('has each setting in the documentation', () => {
  const rows = [...readFileSync('docs/editors.md', 'utf8').matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(Object.keys(choices).sort());
});
