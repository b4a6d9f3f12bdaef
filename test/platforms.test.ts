// What differs between systems, with the values of the others in place of this one's: paths of Windows, charts whose
// lines end in CRLF, a machine without /proc, a user without a home.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type * as Fs from 'node:fs';
import { tmpdir } from 'node:os';
import type * as Path from 'node:path';
import { basename, join, parse } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { run } from './chart/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-platforms-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.doUnmock('node:path');
  vi.doUnmock('node:os');
  vi.doUnmock('node:fs');
  vi.doUnmock('node:child_process');
  vi.resetModules();
  vi.unstubAllEnvs();
});

describe('charts with CRLF', () => {
  const withCrlf = (chart: string) => {
    const copies = ['lf', 'crlf'].map((name) => join(folder, name, basename(join(chart, '..')), basename(chart)));
    for (const copy of copies) cpSync(chart, copy, { recursive: true });
    for (const name of readdirSync(copies[1]!, { recursive: true, encoding: 'utf8' })) {
      const file = join(copies[1]!, name);
      if (statSync(file).isFile() && /\.(ya?ml|tpl|txt|json)$/.test(name))
        writeFileSync(file, readFileSync(file, 'utf8').replace(/\r?\n/g, '\r\n'));
    }
    return copies as [string, string];
  };
  const findings = (cwd: string, ...args: string[]) => {
    const { stdout } = run(['.', '--no-config', '--format', 'json', ...args], { cwd });
    const { charts } = JSON.parse(stdout) as { charts: { findings: { rule: string; location: object }[] }[] };
    return charts.flatMap((chart) =>
      chart.findings.map(({ rule, location }) => {
        const { file, line, column, precision } = location as Record<string, unknown>;
        return [rule, file, line, column, precision];
      }),
    );
  };
  it.each(['fixtures/optscale', 'fixtures/rules/backoff-limit/bad', 'fixtures/rules/hook-event/bad'])(
    'have the findings of %s, at the same places',
    (chart) => {
      const [lf, crlf] = withCrlf(chart);
      expect(findings(crlf).length).toBeGreaterThan(0);
      expect(findings(crlf)).toEqual(findings(lf));
    },
  );
  it('keep CRLF when they are fixed', () => {
    const fixed = withCrlf('fixtures/rules/restart-policy/bad').map((cwd) => {
      const file = join(cwd, 'templates', readdirSync(join(cwd, 'templates'))[0]!);
      const before = readFileSync(file, 'utf8');
      run(['.', '--no-config', '--fix'], { cwd });
      const after = readFileSync(file, 'utf8');
      expect(after).not.toBe(before);
      return after;
    });
    expect(fixed[1]).toBe(fixed[0]!.replace(/\n/g, '\r\n'));
  });
  it('take comments that suppress', () => {
    const [, crlf] = withCrlf('fixtures/rules/backoff-limit/bad');
    expect(run(['.', '--no-config', '--add-disable', '--reason', 'x'], { cwd: crlf }).code).toBe(0);
    expect(findings(crlf)).toEqual([]);
  });
});

describe('paths of Windows', () => {
  const paths = async () => {
    vi.resetModules();
    vi.doMock('node:path', async (original) => {
      const { win32 } = await original<typeof Path>();
      return { ...win32, default: win32 };
    });
    return import('../src/paths.ts');
  };
  it('are reported with slashes', async () => {
    const { shownPath } = await paths();
    expect(shownPath('C:\\work', 'C:\\work\\charts\\shop\\templates\\job.yaml')).toBe('charts/shop/templates/job.yaml');
    expect(shownPath('C:\\work', 'C:\\charts\\shop')).toBe('../charts/shop');
    expect(shownPath('C:\\work', 'D:\\shop')).toBe('D:/shop');
  });
  it('are inside of a folder whatever their case, and not on another drive', async () => {
    const { isInside } = await paths();
    expect(isInside('C:\\Work', 'c:\\work\\shop')).toBe(true);
    expect(isInside('C:\\work', 'C:\\workshop')).toBe(false);
    expect(isInside('C:\\work', 'D:\\work\\shop')).toBe(false);
  });
});

describe('processes on Windows', () => {
  it('are ended with what they started, by a program of the system itself', async () => {
    const spawnSync = vi.fn(() => ({ status: 0 }));
    vi.resetModules();
    vi.doMock('node:child_process', async (original) => ({ ...(await original<object>()), spawnSync }));
    vi.stubEnv('SystemRoot', '/windows');
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    try {
      const { killGroup } = await import('../src/helm/ending.ts');
      killGroup(4321, false);
      expect(spawnSync).toHaveBeenCalledWith(
        join('/windows', 'System32', 'taskkill.exe'),
        ['/pid', '4321', '/t', '/f'],
        expect.anything(),
      );
      expect(kill).not.toHaveBeenCalled();
      spawnSync.mockReturnValue({ status: 1 });
      killGroup(4321, false);
      expect(kill).toHaveBeenCalledWith(4321, 'SIGKILL');
    } finally {
      kill.mockRestore();
    }
  });
  it('are looked for with .exe, in a PATH of any case', async () => {
    vi.resetModules();
    vi.doMock('node:os', async (original) => ({ ...(await original<object>()), platform: () => 'win32' }));
    const { onPath } = await import('../src/helm/lookup.ts');
    const bin = join(folder, 'bin');
    cpSync(process.execPath, join(bin, 'helm.exe'));
    expect(onPath('helm', { Path: bin })).toBe(join(bin, 'helm.exe'));
    expect(onPath('helm', {})).toBeUndefined();
  });
});

it('a user without a home has the root for one', async () => {
  vi.resetModules();
  vi.doMock('node:os', async (original) => ({
    ...(await original<object>()),
    homedir: () => {
      throw new Error('ENOENT: no such file or directory, uv_os_homedir');
    },
  }));
  const { home } = await import('../src/paths.ts');
  const { root } = parse(tmpdir());
  expect(home()).toBe(root);
  const { cacheFolder } = await import('../src/helm/environment.ts');
  expect(cacheFolder({}, 'helm')).toBe(join(root, '.cache/migrate-lint/helm'));
});

it('a machine without /proc runs Helm without a bound on memory', async () => {
  vi.resetModules();
  vi.doMock('node:fs', async (original) => {
    const fs = await original<typeof Fs>();
    return {
      ...fs,
      readFileSync: (path: string, ...rest: [BufferEncoding]) => {
        if (String(path).startsWith('/proc/')) throw new Error('ENOENT');
        return fs.readFileSync(path, ...rest);
      },
    };
  });
  const { run: start } = await import('../src/helm/run.ts');
  const options = { env: {}, timeoutMs: 20_000, maxBytes: 1000, maxMemory: 1 };
  expect(await start(process.execPath, ['-e', 'setTimeout(() => console.log(1), 500)'], options)).toMatchObject({
    ended: 'exit',
    stdout: '1\n',
  });
});
