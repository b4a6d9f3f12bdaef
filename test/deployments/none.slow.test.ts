// All fixtures but those that hold deployments, with and without the search for them: byte for byte the same.
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { run } from '../chart/cli.ts';

const folders = [
  ...readdirSync('fixtures', { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() && !['gitops', 'rules', 'verdicts'].includes(entry.name) ? [`fixtures/${entry.name}`] : [],
  ),
  ...readdirSync('fixtures/rules').map((name) => `fixtures/rules/${name}`),
];

it.each(folders)(
  '%s',
  (folder) => {
    expect(run([folder, '--format', 'json'])).toEqual(run([folder, '--format', 'json', '--deployments', 'none']));
  },
  120_000,
);
