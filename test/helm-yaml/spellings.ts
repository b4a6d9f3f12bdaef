/** Spellings of one hook or ordinary resource, of which most are read by Helm: a property's generator, seeded. */

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const events = ['pre-install', 'post-install', 'pre-upgrade', 'post-upgrade', 'pre-delete', 'post-rollback', 'test'];
const oddEvents = [
  'pre-instal',
  '',
  'crd-install',
  'PRE-INSTALL',
  ' Pre-Upgrade ',
  'test-success',
  'yes',
  '1',
  'PRE-İNSTALL',
];
const weights = [
  '5',
  '-5',
  '+5',
  '010',
  '0x10',
  '1_0',
  '1e3',
  '1e6',
  '1.0',
  '0.1',
  'yes',
  '~',
  ' 5',
  '5 ',
  '1e400',
  '-0',
  '-0.0',
  '9999999999999999999',
  '123456789.5',
  '.5',
  '',
  '00012',
  '"7"',
  "'8'",
];
const policies = [
  'before-hook-creation',
  'hook-succeeded',
  'hook-failed',
  'HOOK-FAILED',
  'post-delete',
  ' hook-succeeded',
  '',
];
const breaks = ['\r\n', '\r', '\u0085', '\u2028', '\u2029'];
const pieces = [
  '\n',
  ' ',
  '  ',
  '\t',
  ...breaks,
  ':',
  ': ',
  '- ',
  '? ',
  '#',
  ' #',
  "'",
  '"',
  '|',
  '>',
  '>-\n',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a ',
  '*a',
  '!',
  '!!str ',
  '!!binary ',
  '<<: *a\n',
  '<<: ',
  '---\n',
  '\n...\n',
  '\\',
  "''",
  '~',
  'null',
  'y',
  '\n  ',
  '\n    ',
  '\ufeff',
  'Kind: Job\n',
  'items: []\n',
];

/** One file of a chart's templates. `wild`: broken at random places too, so that Helm refuses many. */
export function spelling(random: () => number, wild: boolean): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const maybe = (chance: number) => random() < chance;
  const double = (text: string) =>
    `"${[...text].map((char) => (maybe(0.05) ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char === '"' || char === '\\' ? `\\${char}` : char)).join('')}"`;
  const single = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const anySafe = /^[A-Za-z][A-Za-z0-9./-]*$/;

  const key = (name: string, flow = false): string => {
    if (maybe(0.03))
      name = pick([
        name.toUpperCase(),
        name[0]!.toUpperCase() + name.slice(1),
        name.replace('k', '\u212a').replace('s', '\u017f'),
      ]);
    const form = random();
    if (form < 0.65) return name;
    if (form < 0.75) return double(name);
    if (form < 0.85) return single(name);
    if (form < 0.88) return `!!str ${name}`;
    if (form < 0.91) return `!!binary ${base64(name)}`;
    if (form < 0.93) return `&k${Math.floor(random() * 9)} ${name}`;
    if (form < 0.96 && !flow) return `? ${name}\n`;
    return `${name} `;
  };
  const value = (text: string, indent: string): string => {
    const form = random();
    if (form < 0.35 && anySafe.test(text)) return text;
    if (form < 0.5) return double(text);
    if (form < 0.62) return single(text);
    if (form < 0.66) return `!!str ${single(text)}`;
    if (form < 0.7) return `!!binary ${base64(text)}`;
    if (form < 0.74 && text !== '' && text.trim() === text)
      return `${pick(['|-', '>-', '|', '>', '|2-', '>1-'])}\n${indent}  ${text}`;
    if (form < 0.78) return `${double(text).slice(0, -1)}\\\n${pick(['', indent, '  '])}"`;
    if (form < 0.82 && text.includes(',')) return `'${text.replace(',', `,\n${pick(['', indent, `${indent}  `])}`)}'`;
    if (form < 0.86 && text.includes(',') && !/[ ]/.test(text)) return text.replace(',', `,\n${indent}   `);
    if (form < 0.9) return `&v${Math.floor(random() * 9)} ${double(text)}`;
    if (form < 0.92) return `! ${single(text)}`;
    return double(text);
  };
  /** Pairs as a block or a flow mapping; the text goes behind the key's colon. */
  const mapping = (pairs: [string, string][], indent: string): string => {
    if (maybe(0.2))
      return ` {${pairs.map(([name, text]) => `${pick(['', ' ', `\n${indent}`])}${double(name)}: ${text.includes('\n') || !/^["'\w-]+$/.test(text) ? double(text.replaceAll('\n', ' ')) : text}`).join(',')}${pick(['', ','])}}`;
    return `\n${pairs.map(([name, text]) => line(key(name), ` ${text}`, indent)).join('')}`.replace(/\n$/, '');
  };
  const line = (name: string, rest: string, indent: string): string => {
    const comment = maybe(0.08) ? `${pick(['', indent, ' '])}# ${pick(['x: y', "it's", '{', 'kind: Pod'])}\n` : '';
    const colon = name.endsWith('\n') ? `${name}${indent}:` : `${name}:`;
    const gap = maybe(0.04) && rest.startsWith(' ') ? `\t${rest}` : rest;
    return `${comment}${indent}${colon}${gap}${maybe(0.05) ? ' ' : ''}${maybe(0.04) && !rest.includes('\n') && !/[|>]/.test(rest) ? ' # c' : ''}\n`;
  };

  const kind = pick(['Job', 'Job', 'ConfigMap', 'Pod', 'Pack', 'List', 'Secret']);
  const name = pick(['mig', 'db-init', 'a.b', 'yes-1', 'x']);
  const annotations: [string, string][] = [];
  if (maybe(0.75))
    annotations.push([
      'helm.sh/hook',
      value(
        Array.from({ length: maybe(0.3) ? 2 : 1 }, () => (maybe(0.15) ? pick(oddEvents) : pick(events))).join(
          pick([',', ', ', ' ,']).trimStart(),
        ),
        '      ',
      ),
    ]);
  if (maybe(0.5))
    annotations.push(['helm.sh/hook-weight', maybe(0.5) ? pick(weights) : value(pick(weights), '      ')]);
  if (maybe(0.4))
    annotations.push([
      'helm.sh/hook-delete-policy',
      value(Array.from({ length: maybe(0.3) ? 2 : 1 }, () => pick(policies)).join(','), '      '),
    ]);
  if (maybe(0.2)) annotations.push(['other', pick(['~', 'yes', '1', 'text', '"{"', "'#'"])]);
  if (maybe(0.05) && annotations.length > 0) annotations.push([annotations[0]![0], value(pick(events), '      ')]);
  annotations.sort(() => random() - 0.5);

  const top: string[] = [];
  const inner: string[] = [line(key('name'), ` ${value(name, '    ')}`, '  ')];
  const step = random();
  if (annotations.length > 0) {
    if (step < 0.7) inner.push(line(key('annotations'), mapping(annotations, '    '), '  '));
    else if (step < 0.8) {
      top.push(line('x-shared', ` &a${mapping(annotations, '    ')}`, ''));
      inner.push(line('annotations', ' *a', '  '));
    } else if (step < 0.9) {
      top.push(line('x-shared', ` &a${mapping(annotations, '    ')}`, ''));
      inner.push(
        `  annotations:\n    <<: ${pick(['*a', '[*a]', '[*a, {other: x}]'])}\n${maybe(0.3) ? '    helm.sh/hook: post-delete\n' : ''}`,
      );
    } else {
      top.push(line('x-shared', ` &a\n  annotations:${mapping(annotations, '    ')}`, ''));
      inner.push(`  ${pick(['<<', "! '<<'", '!!merge x'])}: *a\n`);
    }
  }
  inner.sort(() => random() - 0.5);
  const metadata = line(key('metadata'), `\n${inner.join('').replace(/\n$/, '')}`, '');
  const rest = [line(key('apiVersion'), ` ${value('batch/v1', '')}`, ''), line(key('kind'), ` ${value(kind, '')}`, '')];
  if (maybe(0.3))
    rest.push(
      line(
        key('spec'),
        pick([
          ' {a: [1, "2", {b: c}]}',
          '\n- a\n- b: c\n  d: |\n    e: f\n   \n    g',
          ' "a\n\n  b"',
          " 'a\nb: c'",
          ' >\n  a\n   b\n\n  c',
          ' *a',
        ]),
        '',
      ),
    );
  if (kind === 'Pack' || kind === 'List')
    rest.push(
      `items:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: i, annotations: {helm.sh/hook: pre-install}}\n`,
    );
  if (maybe(0.03)) rest.push(`kind: ${pick(['Pod', 'Job'])}\n`);
  if (maybe(0.02))
    rest.push(
      `${pick(['Metadata', 'METADATA'])}:${pick([' ~', '\n  annotations:\n    helm.sh/hook: pre-upgrade', '\n  Name: other'])}\n`,
    );
  const body = [metadata, ...rest].sort(() => random() - 0.5);
  let text = [...top, ...body].join('');
  if (maybe(0.06)) text = `${'# note\n'.repeat(maybe(0.2) ? 4001 : 3)}${text}`;
  if (maybe(0.1)) text = `---\n${text}`;
  if (maybe(0.03)) text = `---\n${text}`;
  if (maybe(0.03)) text = `\ufeff${text}`;
  if (maybe(0.03))
    text = `${text}...\n${pick(['', '# end\n', 'kind: Pod\nmetadata: {annotations: {helm.sh/hook: test}}\n', '- {\n'])}`;
  if (maybe(0.08)) text = `${text}---\n${spelling(random, false)}`;
  if (maybe(0.1)) {
    const other = pick(breaks);
    text = maybe(0.5) ? text.replaceAll('\n', other) : text.replace(/\n/g, (end) => (maybe(0.1) ? other : end));
  }
  if (wild && maybe(0.5))
    for (let count = 1 + Math.floor(random() * 3); count > 0; count -= 1) {
      const at = Math.floor(random() * (text.length + 1));
      text = maybe(0.6)
        ? text.slice(0, at) + pick(pieces) + text.slice(at)
        : text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 3));
    }
  return text;
}
