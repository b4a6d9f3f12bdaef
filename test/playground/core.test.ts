// What runs in the browser finds what the command line finds, and needs nothing of Node.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build, type BuildResult } from 'esbuild';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { address } from '../../src/api/formats.ts';
import type { lintText, PlaygroundResult } from '../../src/playground.ts';
import { base64Length, byteLength, fromBase64 } from '../../src/bytes.ts';
import { sha256 } from '../../src/sha256.ts';
import { json } from '../../src/report/json.ts';
import { run } from '../chart/cli.ts';
import { inputs, path, type Input } from './inputs.ts';

/** What a worker of a browser has, and the language itself does not. */
const ofBrowsers = { TextEncoder, TextDecoder, structuredClone, queueMicrotask, atob };

let bundle: BuildResult<{ write: false; metafile: true }>;
let linted: typeof lintText;
beforeAll(async () => {
  bundle = await build({
    entryPoints: ['src/playground.ts'],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    platform: 'browser',
    target: ['es2023', 'chrome120', 'firefox126', 'safari17.5'],
    format: 'iife',
    globalName: 'migrateLint',
    logLevel: 'silent',
  });
  const context: typeof ofBrowsers & { migrateLint?: { lintText: typeof lintText } } = { ...ofBrowsers };
  runInNewContext(bundle.outputFiles[0]!.text, context);
  linted = context.migrateLint!.lintText;
});

it('has nothing of Node in it, and no package but the parsers', () => {
  const loaded = Object.values(bundle.metafile.inputs).flatMap(({ imports }) => imports);
  expect(loaded.filter(({ external }) => external)).toEqual([]);
  const packages = Object.keys(bundle.metafile.inputs).flatMap((file) => /node_modules\/([^/]+)/.exec(file)?.[1] ?? []);
  expect([...new Set(packages)].sort()).toEqual(['unbash', 'yaml']);
});

it('is small enough for a page', () => {
  // The page may load 400 kB beside its editor: test/site/site.slow.test.ts.
  expect(gzipSync(bundle.outputFiles[0]!.text).length).toBeLessThan(230_000);
});

describe('fifty inputs', () => {
  let all: Input[];
  beforeAll(async () => {
    all = await inputs();
  });

  it('are reported as the command line reports them', async () => {
    expect(all).toHaveLength(50);
    for (const { name, text, options, args } of all) {
      const result = JSON.parse(JSON.stringify(await linted(text, options, path))) as PlaygroundResult;
      const { stdout } = run(['-', '--stdin-filename', path, '--no-config', '--format', 'json', ...args], {
        input: text,
      });
      expect({ name, report: JSON.parse(json(result)) as unknown }).toEqual({ name, report: JSON.parse(stdout) });
    }
  });

  it('are planned as the command line plans them', async () => {
    for (const { name, text, options } of all.slice(0, 6)) {
      const { plans } = await linted(text, { ...options, preset: undefined }, path);
      const { engine, wait, actions } = options;
      const { stdout } = run(
        [
          ...['plan', '-', '--no-config', '--format', 'json', '--engine', engine!, ...(wait ? ['--wait'] : [])],
          ...(actions ? ['--action', actions[0]!] : []),
        ],
        { input: text },
      );
      const planned = JSON.parse(stdout.replaceAll('<stdin>', path)) as { plans: unknown };
      expect({ name, plans: JSON.parse(JSON.stringify(plans)) as unknown }).toEqual({ name, plans: planned.plans });
    }
  });

  it('say something, or what cannot be read', async () => {
    const results = await Promise.all(all.map(({ text, options }) => linted(text, options, path)));
    expect(results.filter(({ charts }) => charts.some(({ findings }) => findings.length > 0)).length).toBeGreaterThan(
      20,
    );
    expect(results.filter(({ errors }) => errors.length > 0).map(({ errors }) => errors[0]!.message)).toEqual([
      'rendered.yaml: holds no Kubernetes manifests',
      'rendered.yaml: holds no Kubernetes manifests',
      'rendered.yaml: This document was not judged: it is no mapping, so Helm refuses it',
      'rendered.yaml: This document was not judged: not read as YAML: a control character within the text',
      'rendered.yaml: not text (it holds zero bytes), so not rendered manifests',
    ]);
  });
});

it('hashes as Node does', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }),
  );
});

it('counts and reads bytes as Node does', () => {
  const base64 = fc.string({ unit: fc.constantFrom(...'Zm9vYg+/-_= \n!é') });
  fc.assert(
    fc.property(fc.oneof(base64, fc.base64String(), fc.string({ unit: 'binary' })), (text) => {
      expect(byteLength(text)).toBe(Buffer.byteLength(text));
      expect(base64Length(text), JSON.stringify(text)).toBe(Buffer.byteLength(text, 'base64'));
      // What is behind padding, and other letters, the API refuses.
      if (!/=[^=]|[^\0-\x7f]/.test(text))
        expect(fromBase64(text), JSON.stringify(text)).toBe(Buffer.from(text, 'base64').toString());
    }),
    { numRuns: 1000 },
  );
});

it('knows addresses as Node does', () => {
  const part = fc.oneof(fc.constantFrom('', '::', ':', '0', 'ffff', '12345', '1.2.3.4', '1.2.3', 'g', 'Ab'));
  const texts = fc.oneof(
    fc.ipV6(),
    fc.array(part, { maxLength: 9 }).map((parts) => parts.join(':')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(address(text) === undefined, text).toBe(isIPv6(text) || /^\d+(?:\.\d+){3}$/.test(text));
    }),
    { numRuns: 2000 },
  );
});
