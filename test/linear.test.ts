// What grows with the input grows in proportion to it: steps are counted, never time.
import { rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streams } from '../bench/streams.ts';
import { judge as judgeManifests } from '../src/judge.ts';
import { splitManifests } from '../src/parse/index.ts';
import { addressesIn } from '../src/tools/address.ts';

const outfile = resolve(`node_modules/.cache/migrate-lint/judge-${process.pid}.mjs`);
const session = new Session();
let judged: (stream: string) => unknown;

beforeAll(async () => {
  await build({
    stdin: {
      contents: "export { judge } from './src/judge.ts'; export { splitManifests } from './src/parse/index.ts';",
      resolveDir: process.cwd(),
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  session.connect();
  await session.post('Profiler.enable');
  // Before the modules are loaded: only what is compiled afterwards is counted block by block.
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const { judge, splitManifests: split } = await import(/* @vite-ignore */ pathToFileURL(outfile).href);
  judged = (stream) => {
    const manifests = split(stream, '-');
    return judge({ install: manifests, upgrade: manifests, preset: 'all' });
  };
});
afterAll(() => {
  session.disconnect();
  rmSync(outfile, { force: true });
});

/** How often any block of the program ran. */
async function stepsOf(stream: string): Promise<number> {
  await session.post('Profiler.takePreciseCoverage');
  judged(stream);
  const { result } = await session.post('Profiler.takePreciseCoverage');
  return result
    .filter(({ url }) => url === pathToFileURL(outfile).href || /node_modules\/(?:yaml|unbash)\//.test(url))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
    .reduce((sum, count) => sum + count, 0);
}

describe('ten times the input takes at most eleven times the steps', () => {
  it.each([
    'documents',
    'hooks that wait alike',
    'hooks with a Secret each',
    'Deployments in a chain',
    'Jobs tied by nothing',
  ])('%s', async (name) => {
    const make = streams[name]!;
    const few = await stepsOf(make(45));
    expect((await stepsOf(make(450))) / few).toBeLessThanOrEqual(11);
  });
});

describe('what could take for ever', () => {
  it('reads variables in an address letter by letter', () => {
    expect(addressesIn(`postgres://\${X}${'$AA'.repeat(100)}!`)).toEqual([]);
    expect(addressesIn('postgres://${X}$AA-$BB:5432/x')).toMatchObject([{ host: '${X}$AA-$BB', port: '5432' }]);
  });
  it('reports variables that grow beyond what a program can get, and judges the rest', () => {
    const env = Array.from({ length: 40 }, (_, n) => ({ name: `V${n + 1}`, value: `$(V${n})$(V${n})` }));
    const spec = (command: string[], variables: object[] = []) => ({
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ name: 'main', image: 'shop:1', command, env: variables }],
        },
      },
    });
    const job = (name: string, ...given: Parameters<typeof spec>) =>
      JSON.stringify({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name, annotations: { 'helm.sh/hook': 'pre-install' } },
        spec: spec(...given),
      });
    const manifests = splitManifests(
      [
        job('grows', ['alembic', 'upgrade', 'head'], [{ name: 'V0', value: 'xx' }, ...env]),
        job('other', ['alembic', 'upgrade', 'head']),
      ].join('\n---\n'),
      '-',
    );
    const { reports, unjudged } = judgeManifests({ install: manifests, upgrade: manifests });
    expect(unjudged.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Environment variable V17 was not judged: .* longer than 128 KiB/),
      // What uses it starts from its name again.
      expect.stringMatching(/^Environment variable V32 was not judged: /),
    ]);
    expect(reports.filter(({ rule }) => rule === 'backoff-limit').map(({ resource }) => resource.name)).toEqual([
      'grows',
      'other',
    ]);
  });
});
