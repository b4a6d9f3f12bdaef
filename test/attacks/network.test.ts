import { createServer, type Server } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrationJob } from '../chart/scratch.ts';
import { helmBinary, helmVersions } from '../helm/binaries.ts';
import { chartFiles, Runner } from './attack.ts';

let server: Server;
let address: string;
let asked: string[];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(request.url?.endsWith('.yaml') ? 'a: 1\n' : '{"type":"object"}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => (asked = []));
afterAll(() => void server.close());

const job = { 'templates/job.yaml': migrationJob() };
const pack = (folder: string, schema: string) =>
  gzipSync(
    createTar([
      { name: `${folder}/Chart.yaml`, data: `apiVersion: v2\nname: ${folder}\nversion: 1.0.0\n` },
      { name: `${folder}/./values.schema.json`, data: schema },
      { name: `${folder}/templates/job.yaml`, data: job['templates/job.yaml'] },
    ]),
  );

describe('lets Helm ask no network', () => {
  const schemas: [what: string, schema: (at: string) => string, only4?: boolean][] = [
    ['a $ref', (at) => `{"properties":{"a":{"$ref":"${at}/ref"}}}`],
    ['a $ref in escapes', (at) => `{"\\u0024ref":"${at}/ref"}`],
    ['a $ref relative to an $id', (at) => `{"$id":"${at}/id","properties":{"a":{"$ref":"ref"}}}`],
    [
      'a $dynamicRef',
      (at) => `{"$schema":"https://json-schema.org/draft/2020-12/schema","$dynamicRef":"${at}/ref"}`,
      true,
    ],
    ['a $schema', (at) => `{"$schema":"${at}/meta"}`, true],
  ];
  const cases = helmVersions.flatMap((version) =>
    schemas.map(([what, schema, only4]) => [what, version, schema, only4] as const),
  );
  it.each(cases)('by %s in values.schema.json, with Helm %s', async (_, version, schema, only4) => {
    const env = { HELM_BIN: (await helmBinary(version)).path };
    const runner = new Runner(chartFiles({ ...job, 'values.yaml': 'a: {}\n', 'values.schema.json': schema(address) }));
    const { code, stdout, stderr } = await runner.lint(['shop', '--verbose'], env);
    expect([asked, code]).toEqual([[], 1]);
    expect(stdout).toMatch(/backoff-limit/);
    expect(stderr).toMatch(
      /note: shop: the values are not checked against values\.schema\.json, which Helm would follow to /,
    );
    await runner.lint(['shop', '--allow-network'], env);
    if (!only4 || !version.startsWith('3')) expect(asked.length).toBeGreaterThan(0);
  });

  it('by the schema of a subchart, packed or not, or of a packed chart', async () => {
    const schema = `{"$ref":"${address}/ref"}`;
    const runner = new Runner({
      ...chartFiles(
        {
          ...job,
          'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
          'charts/sub/values.schema.json': schema,
        },
        'one',
      ),
      ...chartFiles({ ...job, 'charts/.keep': '' }, 'two'),
    });
    writeFileSync(join(runner.checkout, 'two/charts/sub-1.0.0.tgz'), pack('sub', schema));
    writeFileSync(join(runner.checkout, 'three-1.0.0.tgz'), pack('three', schema));
    for (const chart of ['one', 'two', 'three-1.0.0.tgz']) {
      expect((await runner.lint([chart])).code).toBe(1);
      expect(asked).toEqual([]);
      await runner.lint([chart, '--allow-network']);
      expect(asked.length).toBeGreaterThan(0);
      asked = [];
    }
  });

  it.each([[[]], [['--config', '.migrate-lint.yaml']]])('by values of a policy, with %j', async (named) => {
    const runner = new Runner({
      ...chartFiles(job),
      '.migrate-lint.yaml': `scenarios:\n  - name: x\n    values: ["${address}/values.yaml"]\n`,
    });
    const { code, stderr } = await runner.lint(['shop', ...named]);
    expect([asked, code]).toEqual([[], 2]);
    expect(stderr).toMatch(
      /^migrate-lint: \.migrate-lint\.yaml:3:14: http:\/\/127.* is on the network, which Helm uses only with --allow-network\n$/,
    );
    expect((await runner.lint(['shop', ...named, '--allow-network'])).code).toBe(1);
    expect(asked.length).toBeGreaterThan(0);
  });

  it('and hands it no address of a proxy that leads anywhere', async () => {
    const runner = new Runner(chartFiles(job));
    const helm = join(runner.outside, 'helm');
    runner.program(helm, `env > '${runner.outside}/env'; printf -- '---\\n# Source: x\\na: 1\\n'`);
    await runner.lint(['shop'], {
      HELM_BIN: helm,
      HTTPS_PROXY: 'http://proxy',
      NO_PROXY: '*',
      HELM_REGISTRY_CONFIG: '/x',
    });
    const { stdout } = await runner.start('cat', [`${runner.outside}/env`]);
    expect(stdout).toContain('HTTPS_PROXY=http://127.0.0.1:9\n');
    expect(stdout).not.toMatch(/^(NO_PROXY|HELM_REGISTRY_CONFIG)=/m);
  });
});

it('reads no file outside of the chart by a $ref', async () => {
  const runner = new Runner();
  writeFileSync(join(runner.outside, 'schema.json'), '{"required":["correct-horse"]}');
  runner.write(chartFiles({ ...job, 'values.schema.json': `{"$ref":"file://${runner.outside}/schema.json"}` }));
  const { code, stdout, stderr } = await runner.lint(['shop']);
  expect([code, stdout + stderr]).toEqual([1, expect.not.stringMatching(/correct-horse/)]);
});
