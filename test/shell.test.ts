import { describe, expect, it } from 'vitest';
import type { Command } from '../src/shell/index.ts';
import { duration, parseArgv, parseScript } from '../src/shell/index.ts';
import type { ShellOptions } from '../src/shell/index.ts';

const env = new Map<string, string | undefined>([
  ['HOST', 'store'],
  ['EMPTY', ''],
  ['HIDDEN', undefined],
]);
const run = (text: string, options?: ShellOptions): Command[] =>
  parseScript({ text, origin: 'command', index: 2 }, env, options);
const quiet = new Set([
  'echo',
  'sleep',
  '[',
  'true',
  ':',
  'exit',
  'break',
  'continue',
  'seq',
  'false',
  'return',
  'test',
]);
const lines = (text: string, options?: ShellOptions): string[] =>
  run(text, options)
    .filter(({ argv }) => !quiet.has(argv[0] ?? ''))
    .map(({ argv }) => argv.join(' '));
const one = (text: string): Command => {
  const found = run(text).filter(({ argv }) => argv[0] === 'probe');
  expect(found).toHaveLength(1);
  return found[0] as Command;
};

describe('expansion', () => {
  it.each([
    ['probe $HOST', 'probe store'],
    ['probe "${HOST}:1"', 'probe store:1'],
    ['probe ${PORT:-99}', 'probe 99'],
    ['probe ${EMPTY:-99} ${EMPTY-1}x', 'probe 99 x'],
    ['probe ${HIDDEN:-99} $HIDDEN', 'probe ${HIDDEN:-99} $HIDDEN'],
    ['probe $UNSET $(date)', 'probe $UNSET $(date)'],
    ["probe '$HOST'", 'probe $HOST'],
    ['A=x:7; probe ${A%:*} ${A##*:}', 'probe x 7'],
    ['C="probe a b"; $C', 'probe a b'],
    ['export A=1 B=2; probe $A$B', 'probe 12'],
    ['set -- p q; probe "$2" "$1"', 'probe q p'],
    ['f() { local h=$1; shift; probe $h $1; }; f a b', 'probe a b'],
    ['A=1; if [ "$A" = 2 ]; then probe no; else probe yes; fi', 'probe yes'],
    ['if maybe; then A=1; else A=2; fi; probe $A', 'probe $A'],
    ['case "$HOST" in other) probe no;; st*) probe glob;; esac', 'probe no|probe glob'],
    ['case "$HOST" in store) probe yes;; *) probe no;; esac', 'probe yes'],
    ['probe `date`', 'probe `date`'],
    ['sh -c \'probe "$0" $1\' a b', 'probe a b'],
  ])('%s', (text, expected) => {
    expect(lines(text).filter((line) => line.startsWith('probe'))).toEqual(expected.split('|'));
  });
});

describe('recursion', () => {
  it.each([
    ['sh -c "probe a"'],
    ['/bin/bash -lc "probe a"'],
    ['bash -euo pipefail -c "probe a"'],
    ['timeout -k 5 30 probe a'],
    ['exec probe a'],
    ['A=b env -u X C=d probe a'],
    ['su app -c "probe a"'],
    ['gosu app probe a'],
    ['su-exec app:app probe a'],
    ['nohup nice -n 5 probe a'],
    ['tini -g -- probe a'],
    ['(probe a)'],
    ['{ probe a; }'],
    ['eval "probe a"'],
    ['sh <<END\nprobe a\nEND'],
    ['time probe a'],
    ['busybox probe a'],
    ['sh -c \'probe "$1"\' name a'],
  ])('%s', (text) => expect(lines(text)).toEqual(['probe a']));

  it('follows known files, with their arguments', () => {
    const readFile = (path: string): string | undefined =>
      ({ '/s/w.sh': '#!/bin/sh\nprobe "$1"', '/s/w.py': '#!/usr/bin/env python3\nprobe' })[path];
    expect(lines('bash /s/w.sh a; /s/w.sh b; . /s/w.sh; /s/w.py', { readFile, args: ['c'] })).toEqual([
      'probe a',
      'probe b',
      'probe c',
      '/s/w.py',
    ]);
    expect(run('/s/w.sh a', { readFile }).at(0)?.script).toMatchObject({ origin: 'file', path: '/s/w.sh' });
  });

  it('asks without running: command -v', () => expect(lines('command -v probe')).toEqual(['command -v probe']));
  it('stops behind exec and exit', () => expect(lines('exec probe a; probe b')).toEqual(['probe a']));
  it('keeps assignments and offsets', () => {
    const [command] = run('true; A=b probe x');
    const found = run('true; A=b probe x')[1];
    expect(command?.argv).toEqual(['true']);
    expect(found?.env).toEqual({ A: 'b' });
    expect(found?.script.text.slice(found.start, found.end)).toBe('A=b probe x');
  });
});

describe('loops', () => {
  const endless = { bounded: false };
  it.each<[string, Command['loop'], Command['lost']]>([
    ['until probe; do sleep 2; done', endless, undefined],
    ['while ! probe; do sleep 2; done; echo up', endless, undefined],
    ['until (probe); do :; done', endless, undefined],
    ['until bash -c probe; do :; done', endless, undefined],
    ['check() { probe; }; until check; do :; done', endless, undefined],
    ['check() { if probe; then return 0; else return 1; fi; }; until check; do :; done', endless, undefined],
    ['until probe | grep -q ok; do :; done', endless, undefined],
    ['until [ "$(probe)" = 1 ]; do :; done', endless, undefined],
    ['while [[ -z $(probe) ]]; do :; done', endless, undefined],
    ['while true; do probe && break; sleep 1; done', endless, undefined],
    ['while :; do if probe; then echo; break; fi; sleep 1; done', endless, undefined],
    ['while true; do if ! probe; then sleep 1; continue; fi; break; done', endless, undefined],
    ['while true; do probe || { sleep 1; continue; }; break; done', endless, undefined],
    ['while true; do v=$(probe); if [ -z "$v" ]; then continue; fi; break; done', endless, undefined],
    ['while true; do probe; if [ $? -eq 0 ]; then break; fi; done', endless, undefined],
    ['ok=0; while [ $ok = 0 ]; do if probe; then ok=1; fi; done', endless, undefined],
    ['for i in $(seq 1 30); do probe && break; sleep 2; done', { bounded: true, seconds: 60 }, 'followed'],
    ['for i in {1..5}; do probe && exit 0; sleep 3; done; exit 1', { bounded: true, seconds: 15 }, undefined],
    [
      'i=0; until probe; do i=$((i+1)); [ $i -ge 10 ] && exit 1; sleep 3; done',
      { bounded: true, seconds: 30 },
      undefined,
    ],
    ['n=20; until probe || [ $n -eq 0 ]; do n=$((n-1)); sleep 1; done', { bounded: true, seconds: 20 }, 'followed'],
    [
      'i=0; while [ $i -lt 9 ]; do probe && break; i=$((i+1)); sleep 1; done; if [ $i -eq 9 ]; then exit 1; fi',
      { bounded: true, seconds: 9 },
      undefined,
    ],
    ['timeout 60 sh -c "until probe; do sleep 1; done"', { bounded: true, seconds: 60 }, undefined],
    ['timeout 60 sh -c "until probe; do sleep 1; done" || true', { bounded: true, seconds: 60 }, 'or-true'],
    [
      'f() { for i in 1 2 3; do if probe; then return 0; fi; sleep 1; done; return 1; }; f; other',
      { bounded: true, seconds: 3 },
      'followed',
    ],
    [
      'f() { for i in 1 2 3; do probe && return 0; sleep 1; done; return 1; }; f || exit 1; other',
      { bounded: true, seconds: 3 },
      undefined,
    ],
    [
      'f() { for i in 1 2 3; do probe && return 0; sleep 1; done; exit 1; }; f; other',
      { bounded: true, seconds: 3 },
      undefined,
    ],
    ['until probe; do :; done &', endless, 'background'],
    ['until probe || other; do :; done', endless, 'or-true'],
    ['while probe; do sleep 1; done', undefined, 'condition'],
    ['while true; do probe; sleep 60; done', undefined, 'followed'],
    ['until other; do probe; done', undefined, 'followed'],
  ])('%s', (text, loop, lost) => {
    const command = one(text);
    expect({ loop: command.loop, lost: command.lost }).toEqual({ loop, lost });
  });

  it('takes both sides of && and goes over the words of a for', () => {
    expect(run('until probe a && probe b; do :; done').filter(({ loop }) => loop)).toHaveLength(2);
    expect(lines('for h in a b; do until probe $h; do :; done; done')).toEqual(['probe a', 'probe b']);
  });
  it('keeps the target of a device redirection', () => {
    const found = run('until (echo > /dev/tcp/$HOST/80) 2>/dev/null; do :; done').find(
      ({ redirects }) => redirects.length > 0,
    );
    expect(found).toMatchObject({ loop: endless, redirects: [{ op: '>', target: '/dev/tcp/store/80' }] });
  });
});

describe('lost failures', () => {
  it.each<[string, Command['lost']]>([
    ['probe', undefined],
    ['probe; other', 'followed'],
    ['set -e; probe; other', undefined],
    ['set -e; probe && x; other', 'followed'],
    ['set -e; set +e; probe; other', 'followed'],
    ['probe && other', undefined],
    ['probe || true', 'or-true'],
    ['probe || :', 'or-true'],
    ['probe || echo failed', 'or-true'],
    ['probe || exit 1; other', undefined],
    ['probe || { echo failed; exit 1; }; other', undefined],
    ['probe || { echo failed; exit; }; other', 'or-true'],
    ['probe || exit 0; other', 'or-true'],
    ['if ! probe; then exit 1; fi; other', undefined],
    ['if probe; then other; fi', 'condition'],
    ['probe; if [ $? -ne 0 ]; then exit 1; fi; other', undefined],
    ['probe; rc=$?; other; exit $rc', undefined],
    ['probe | tee log', 'pipe'],
    ['set -o pipefail; probe | tee log', undefined],
    ['probe & other', 'background'],
    ['sh -ec "probe; other"', undefined],
    ['sh -c "probe; other"', 'followed'],
    ['f() { probe || return 1; other; }; set -e; f; other', undefined],
    ['set -e; (probe; other)', undefined],
  ])('%s', (text, lost) => expect(one(text).lost).toBe(lost));
});

it('reads words without a shell', () => {
  const scriptOf = (index: number) => ({ text: 'x', origin: 'args' as const, index });
  expect(parseArgv(['probe', '-x', '$HOST'], env, scriptOf)[0]?.argv).toEqual(['probe', '-x', '$HOST']);
  const [inner] = parseArgv(['timeout', '5', 'sh', '-c', 'probe $HOST'], env, scriptOf);
  expect(inner).toMatchObject({ argv: ['probe', 'store'], script: { index: 4, text: 'probe $HOST' } });
  expect(parseArgv([], env, scriptOf)).toEqual([]);
});

it.each([
  ['90', 90],
  ['5m', 300],
  ['1h30m', 5400],
  ['500ms', 0.5],
  ['soon', undefined],
  ['-1s', undefined],
])('duration %s', (text, seconds) => expect(duration(text)).toBe(seconds));

describe('hostile input', () => {
  const times = (text: string, n: number): string => text.repeat(n);
  it.each<[string, string]>([
    ['parentheses', times('(', 50_000)],
    ['substitutions', `${times('$(', 50_000)}a`],
    ['balanced substitutions', `${times('a $(b ', 5000)}${times(')', 5000)}`],
    ['a megabyte', times('probe -z a 1;\n', 80_000)],
    ['one quote', `probe "${times('a', 150_000)}`],
    ['quotes', times('"', 200_001)],
    ['defaults', times('${A:-', 40_000)],
    ['doubling', `X=aaaaaaaaaa;${times('X=$X$X;', 5000)}echo ${times('$X', 1000)}`],
    ['a function calling itself twice', 'f() { f; f; }; f'],
    [
      'a tower of functions',
      `${Array.from({ length: 40 }, (_, i) => `f${i}() { f${i + 1}; f${i + 1}; }`).join(';')};f0`,
    ],
    ['nested for', `${times('for a in a1 a2 a3 a4 a5 a6 a7; do echo $a;', 50)}${times('done;', 50)}`],
    ['nested sh -c', times('sh -c "', 200)],
    ['endless eval', 'X="eval \\$X"; eval $X'],
    ['a long ||', `until ${times('a || ', 39_000)}a; do :; done`],
    ['a long pipe', `${times('a | ', 40_000)}a`],
    ['exits', `while true; do ${times('a && break;', 15_000)}done`],
    ['here-documents', times('cat <<E\n', 20_000)],
    ['brackets', times('[[ ( ', 20_000)],
    ['null bytes', times('\0;', 1000)],
  ])('%s ends and throws nothing', (_name, text) => {
    // That it ends is the test's own time limit's to see; how many steps it takes, `linear.test.ts`'s.
    const found = run(text);
    expect(found.length).toBeLessThanOrEqual(3000);
    expect(JSON.stringify(found.map(({ argv }) => argv)).length).toBeLessThan(8_000_000);
  });

  it('a file that includes itself ends', () =>
    expect(run('. /a', { readFile: () => '. /a; sh /a; /a' }).length).toBeLessThanOrEqual(3000));
  it('broken text still gives its commands', () => {
    expect(lines('until probe "x; do')).toEqual(['probe x; do']);
    expect(lines('probe a; if then fi )')).toContain('probe a');
  });

  // Commands may be missing if and only if the reader was told so.
  const cut = (text: string, options: ShellOptions = {}): boolean => {
    let isCut = false;
    run(text, { ...options, onCut: () => (isCut = true) });
    return isCut;
  };
  it.each<[string, (n: number) => string, number]>([
    ['words of a for', (n) => `for h in ${times('w ', n)}; do probe $h; done`, 40],
    ['wrappers', (n) => `${times('env ', n)}probe`, 39],
    ['shells', (n) => `${times('eval ', n)}probe`, 19],
    ['commands', (n) => times('probe\n', n), 3000],
    ['characters', (n) => `: ${'x'.repeat(n - 8)}\nprobe`, 200_000],
    ['steps', (n) => `${times('a=1\n', n)}probe`, 29_998],
  ])('%s beyond the bound are cut, and said to be', (_name, text, most) => {
    const probes = (n: number) => run(text(n)).filter(({ argv }) => argv[0] === 'probe').length;
    expect([most, most + 1].map((n) => cut(text(n)))).toEqual([false, true]);
    expect(probes(most)).toBeGreaterThan(0);
  });
  it('a function that calls itself is not cut', () => expect(cut('f() { probe; f; }; f')).toBe(false));
  it('takes a hundred arguments', () => {
    const args = Array.from({ length: 101 }, (_, i) => `a${i}`);
    expect(run('probe "$@"', { args })[0]?.argv).toEqual(['probe', ...args.slice(0, 100)]);
  });
});
