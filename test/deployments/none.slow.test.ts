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

/** Without the names that charts make anew in each render. */
const fixed = ({ stdout, ...rest }: ReturnType<typeof run>) => ({
  ...rest,
  stdout: stdout.replaceAll(/(-migrate-)(?:20\d{12}|[a-z0-9]{4,10})\b/g, '$1NEW'),
});

it.each(folders)(
  '%s',
  (folder) => {
    expect(fixed(run([folder, '--format', 'json']))).toEqual(
      fixed(run([folder, '--format', 'json', '--deployments', 'none'])),
    );
  },
  120_000,
);
