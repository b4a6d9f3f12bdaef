// Reports, read by what reads them: schema and validator of SARIF, the runner's own command writer, Mermaid, an XML
// parser and a reader of JUnit.
import { createRequire } from 'node:module';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Log } from 'sarif';
import { beforeAll, describe, expect, it } from 'vitest';
import { lint } from '../../src/lint.ts';
import type { LintResult } from '../../src/result.ts';
import { report, type Format } from '../../src/report/index.ts';
import { migrationJob, scratchChart } from '../chart/scratch.ts';
import { helmBinary } from '../helm/binaries.ts';
import { hostile } from '../report/hostile.ts';
import { npmFiles, npmTools, pythonTools, run, scratchFolder, shellEnv } from './tools.ts';

const draw = (format: Format, result: LintResult) =>
  report(format, result, {
    color: false,
    width: 100,
    hyperlinks: false,
    showRendered: false,
    cwd: '.',
    version: '1.2.3',
  });
const results: Record<string, LintResult> = { hostile: hostile() };
const names = ['hostile', 'optscale', 'suppressed', 'fixed', 'broken', 'good'];

beforeAll(async () => {
  const env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
  const of = (folder: string) => lint({ paths: ['.'], cwd: folder, env });
  results['optscale'] = await of('fixtures/optscale');
  results['suppressed'] = await of(
    scratchChart({
      'templates/job.yaml': migrationJob({
        spec: '# migrate-lint-disable-next-line backoff-limit -- set by a webhook\n',
      }),
    }),
  );
  results['fixed'] = await of(scratchChart({ 'templates/job.yaml': migrationJob() }));
  results['broken'] = await of(scratchChart({ 'templates/x.yaml': '{{ fail "no" }}' }));
  results['good'] = await of('fixtures/sql-migrate');
});

const sarif = npmTools('sarif', ['@microsoft/sarif-multitool-linux@5.7.0']);

describe.skipIf(!sarif)('SARIF', () => {
  const multitool = join(sarif ?? '', '@microsoft/sarif-multitool-linux');

  it('is what it is taken for', async () => {
    const log = async (name: string) => (JSON.parse(await draw('sarif', results[name]!)) as Log).runs[0]!;
    expect((await log('optscale')).results!.length).toBeGreaterThan(10);
    expect((await log('suppressed')).results).toMatchObject([{ suppressions: [{ kind: 'inSource' }] }]);
    expect((await log('fixed')).results).toMatchObject([{ fixes: [{}] }]);
    expect((await log('broken')).invocations).toMatchObject([{ executionSuccessful: false }]);
    expect((await log('good')).results).toEqual([]);
  });

  it.each(names)('of %s follows the schema', async (name) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const valid = ajv.compile(JSON.parse(readFileSync(join(multitool, 'sarif-2.1.0.json'), 'utf8')) as object);
    const log = JSON.parse(await draw('sarif', results[name]!)) as Log;
    expect(valid(log) || valid.errors).toBe(true);
    expect(valid({ ...log, runs: [{ results: [] }] })).toBe(false);
  });

  // SARIF's own validator, with the rules of GitHub code scanning (GHAS); the package has a program for Linux.
  it.skipIf(process.platform !== 'linux')('is what the validator and GitHub ask for', async () => {
    const folder = scratchFolder();
    for (const name of names) writeFileSync(join(folder, `${name}.sarif`), await draw('sarif', results[name]!));
    const wrong = JSON.parse(await draw('sarif', results['fixed']!)) as Log;
    Object.assign(wrong.runs[0]!.results![0]!, { locations: [], ruleIndex: 999 });
    writeFileSync(join(folder, 'wrong.sarif'), JSON.stringify(wrong));
    chmodSync(join(multitool, 'Sarif.Multitool'), 0o755);
    const validate = (...files: string[]) => {
      const { code, stdout, stderr } = run(
        join(multitool, 'Sarif.Multitool'),
        ['validate', ...files, '--rule-kind', 'Sarif;Ghas', '--output', 'out', '--log', 'ForceOverwrite'],
        { cwd: folder, env: shellEnv({ DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' }) },
      );
      const said = (JSON.parse(readFileSync(join(folder, 'out'), 'utf8')) as Log).runs.flatMap(({ results }) =>
        results!.map(
          ({ ruleId, locations }) =>
            `${ruleId} ${locations![0]!.physicalLocation!.artifactLocation!.uri!.split('/').at(-1)}`,
        ),
      );
      return { code, text: stdout + stderr, said };
    };
    const { code, text, said } = validate(...names.map((name) => `${name}.sarif`));
    expect(code, text).toBe(0);
    // SARIF2005: the tool gives no address for more information; it has no home page yet.
    expect(said.sort()).toEqual(names.map((name) => `SARIF2005 ${name}.sarif`).sort());
    expect(validate('wrong.sarif').said).toEqual(
      expect.arrayContaining(['SARIF1009 wrong.sarif', 'GH1015 wrong.sarif']),
    );
  });
});

const readers = npmTools('readers', ['@actions/core@1.11.1', 'jsdom@26.1.0']);

describe.skipIf(!readers)('GitHub', () => {
  it('workflow commands are those that @actions/core writes', async () => {
    const text = await draw('github', results['hostile']!);
    const script =
      "const { issueCommand } = require('@actions/core/lib/command'); for (const { command, properties, message } of JSON.parse(require('fs').readFileSync(0, 'utf8'))) issueCommand(command, properties, message);";
    const decode = (value: string) =>
      value
        .replaceAll('%0A', '\n')
        .replaceAll('%0D', '\r')
        .replaceAll('%3A', ':')
        .replaceAll('%2C', ',')
        .replaceAll('%25', '%');
    const commands = text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [, command, properties, message] = /^::(\w+) (.*?)::(.*)$/.exec(line)!;
        return {
          command,
          properties: Object.fromEntries(
            properties!.split(',').map((property) => property.split('=').map(decode)),
          ) as Record<string, string>,
          message: decode(message!),
        };
      });
    expect(commands.map(({ command }) => command)).toEqual(['error', 'notice', 'error']);
    expect(
      run('node', ['-e', script], { cwd: join(readers!, '..'), env: shellEnv(), input: JSON.stringify(commands) })
        .stdout,
    ).toBe(text);
  });
});

// As it comes for browsers, with all it needs.
const mermaidFiles = npmFiles('mermaid', 'mermaid@11.17.2');

describe.skipIf(!readers || !mermaidFiles)('Mermaid', () => {
  const load = (file: string) => import(pathToFileURL(file).href) as Promise<Record<string, unknown>>;

  it.each(['hostile', 'optscale'])('draws the graphs of %s', async (name) => {
    const { JSDOM } = (await load(createRequire(join(readers!, 'x.js')).resolve('jsdom'))) as {
      JSDOM: new (html: string) => { window: Record<string, unknown> };
    };
    const { window } = new JSDOM('');
    Object.assign(globalThis, { window, document: window['document'] });
    interface Graph {
      db: { getVertices(): Map<string, { text: string }>; getEdges(): { start: string; end: string }[] };
    }
    const { default: mermaid } = (await load(join(mermaidFiles!, 'dist/mermaid.esm.min.mjs'))) as unknown as {
      default: {
        parse(text: string): Promise<unknown>;
        mermaidAPI: { getDiagramFromText(text: string): Promise<Graph> };
      };
    };
    const graphs = [...(await draw('markdown', results[name]!)).matchAll(/```mermaid\n(.*?)```/gs)].map(
      ([, text]) => text!,
    );
    expect(graphs.length).toBeGreaterThan(0);
    for (const graph of graphs) {
      await mermaid.parse(graph);
      const { db } = await mermaid.mermaidAPI.getDiagramFromText(graph);
      const nodes = [...db.getVertices().keys()];
      expect(nodes).toEqual(nodes.map((_, index) => `n${index}`));
      expect(nodes.length).toBe(graph.match(/^ {2}n\d+\[/gm)!.length);
      expect(db.getEdges().map(({ start, end }) => `${start} ${end}`)).toEqual(
        nodes.slice(1).map((_, index) => `n${index} n${index + 1}`),
      );
    }
    await expect(mermaid.parse('flowchart TD\n  n0["a "b"]')).rejects.toThrow();
  });
});

const python = pythonTools('junit', ['junitparser==5.0.3']);

describe.skipIf(!python)('XML', () => {
  const read = (script: string, text: string) => run(join(python!, 'python'), ['-c', script], { input: text });

  it.each(names)('of %s is well-formed', async (name) => {
    const script = 'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())';
    for (const format of ['junit', 'checkstyle'] as const) {
      const text = await draw(format, results[name]!);
      expect(read(script, text), format).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(read(script, text.replace('"', '')).code).not.toBe(0);
    }
  });

  it.each(names)('JUnit of %s is read with its counts', async (name) => {
    const script = `
import json, sys, tempfile
from junitparser import Error, Failure, JUnitXml
with tempfile.NamedTemporaryFile(suffix='.xml') as file:
    file.write(sys.stdin.buffer.read()); file.flush()
    suites = [suite for suite in JUnitXml.fromfile(file.name)]
counts = [[suite.tests, suite.failures, suite.errors] for suite in suites]
for suite in suites: suite.update_statistics()
print(json.dumps([counts, [[suite.tests, suite.failures, suite.errors] for suite in suites]]))`;
    const { stdout, stderr } = read(script, await draw('junit', results[name]!));
    const [told, counted] = JSON.parse(stdout || JSON.stringify(stderr)) as [number[][], number[][]];
    expect(told).toEqual(counted);
    expect(told).toHaveLength(results[name]!.charts.length + results[name]!.errors.length);
  });
});
