import {
  contents,
  defineRule,
  describe,
  list,
  map,
  str,
  type Release,
  type Report,
  type Workload,
} from '../src/rule.ts';

export const plaintextCredential = defineRule({
  id: 'plaintext-credential',
  title: 'A migration gets a credential in plain text',
  severity: 'warning',
  preset: 'strict',
  why: `Everybody who may read pods or ConfigMaps sees what is in \`command\`, \`args\`, a literal \`env\` value or a
    ConfigMap. It is also in every backup and in \`helm get manifest\`. Arguments of a command appear in the process
    list of the node, too. It does not help that the value is only a default: the real one is written to the same place.`,
  fix: `Put the credential into a Secret and read it from there (\`secretKeyRef\`, \`envFrom\`). In a URL, use
    \`$(DB_PASSWORD)\` of an earlier variable. Or mount it as a file.`,
  off: 'For databases that exist only during a test.',
  see: [
    'https://kubernetes.io/docs/concepts/configuration/secret/',
    'https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/',
    'https://github.com/golang-migrate/migrate/tree/master/source/github',
  ],
  *check({ release }) {
    const migrating = new Set([
      ...release.migrations.map(({ workload }) => workload),
      ...release.jobs.filter(({ hook }) => hook),
    ]);
    const read = new Set<string>();
    for (const workload of migrating) {
      yield* inContainers(workload);
      yield* inConfigMaps(workload, release, read);
    }
  },
});

function* inContainers(workload: Workload): Iterable<Report> {
  const { resource } = workload;
  const said = new Set<string>();
  for (const container of workload.pod.containers) {
    const raw = map(resource.get(...container.path));
    const who = `Container ${container.name} of ${describe(workload)}`;
    for (const [index, item] of list(raw['env']).entries()) {
      const { name, value } = map(item);
      const what =
        typeof value === 'string' && !said.has(`${str(name)}=${value}`) && inVariable(str(name) ?? '', value);
      said.add(`${str(name)}=${String(value)}`);
      if (what)
        yield {
          at: resource.place(...container.path, 'env', index, 'value'),
          message: `${who} has ${what} in plain text in the variable ${str(name)}`,
          help: `Put the value into a Secret and read it with \`valueFrom.secretKeyRef\`${what.includes('with a') ? ', or only the credential, and write `$(NAME)` of its variable in the URL' : ''}.`,
          resource,
        };
    }
    for (const key of ['command', 'args']) {
      const words = list(raw[key]).map((word) => str(word) ?? '');
      for (const [index, word] of words.entries()) {
        const what = inWord(word, words[index - 1] ?? '');
        if (what)
          yield {
            at: resource.place(...container.path, key, index),
            message: `${who} has ${what} in plain text in its ${key}`,
            help: `Put it into a Secret, read it into a variable with \`valueFrom.secretKeyRef\`, and write \`$(NAME)\` of that variable in the ${key}.`,
            resource,
          };
      }
    }
  }
}

/** ConfigMaps of the chart that the workload's pods read. */
function* inConfigMaps(workload: Workload, release: Release, read: Set<string>): Iterable<Report> {
  for (const { kind, name } of workload.pod.references) {
    if (kind !== 'ConfigMap' || read.has(`${workload.namespace}/${name}`)) continue;
    read.add(`${workload.namespace}/${name}`);
    for (const resource of release.find('ConfigMap', name, workload.namespace)) {
      for (const [key, value] of Object.entries(contents(resource))) {
        const what = value.includes('\n') ? inUrl(value) : inVariable(key, value);
        if (what)
          yield {
            at: resource.place('data', key),
            message: `${describe(resource)}, which ${describe(workload)} reads, has ${what} in plain text in ${key}`,
            help: `Move ${key} into a Secret, and read that in ${describe(workload)}.`,
            resource,
          };
      }
    }
  }
}

const secretName =
  /(^|[_.-])(password|passwd|pass|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key)$/i;
const notSecret = /(^|[_.-])(allow|enable|use|require|random|generate|max|min|name|file|path|old)[_.-]|^pwd$/i;

function inVariable(name: string, value: string): string | undefined {
  // `DB_SECRET: shop-database` names a Secret.
  if (/secret$/i.test(name) && /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(value)) return undefined;
  if (
    secretName.test(name) &&
    !notSecret.test(name) &&
    isLiteral(value) &&
    !/^(true|false|yes|no|on|off|none|null|\/\S*)$/i.test(value) &&
    !/^[a-z][\w+.-]*:\/\//i.test(value)
  )
    return 'a password or token';
  return inUrl(value);
}

/** `scheme://user:password@host`, `user:password@tcp(host)`, `password=x` of a key-value DSN, a token in a git URL. */
function inUrl(text: string): string | undefined {
  for (const match of text.matchAll(/\b[a-z][\w+.-]{1,30}:\/\/([^\s/:@'"]{0,100}):([^\s/@'"]{1,200})@[\w$[({]/gi))
    if (isLiteral(match[2]!)) return 'a URL with a password';
  for (const match of text.matchAll(/\bhttps:\/\/(gh[pousr]_\w{10,}|github_pat_\w{10,}|glpat-[\w-]{10,})@/g))
    if (match) return 'a URL with a token';
  for (const match of text.matchAll(/[\w.-]{1,60}:([^\s:@/'"]{1,100})@(?:tcp|unix)\(/g))
    if (isLiteral(match[1]!)) return 'a DSN with a password';
  for (const match of text.matchAll(
    /(?:^|[\s;])(?:host|server|data source|user|user id|dbname|database)\s?=[^\n]{0,300}?[\s;]pass(?:word|wd)?\s?=\s?([^\s;'"]{1,100})/gi,
  ))
    if (isLiteral(match[1]!)) return 'a DSN with a password';
  return undefined;
}

function inWord(word: string, before: string): string | undefined {
  const text = word.slice(0, 20_000);
  const option = [
    ...text.matchAll(/(?:^|\s)--?([\w-]*)=(?:"([^\s"']{1,200})"|'([^\s"']{1,200})'|([^\s"']{1,200}))/g),
  ].find(([, name = '']) => /(?:password|passwd|token|secret)$/i.test(name));
  const given = option && (option[2] ?? option[3] ?? option[4]!);
  if (given !== undefined && isLiteral(given) && !/^(true|false)$/i.test(given)) return 'a password or token';
  if (/^--?[\w-]*(password|passwd)$/i.test(before) && !word.startsWith('-') && isLiteral(word))
    return 'a password or token';
  const exported =
    /(?:^|[\s;])(?:export\s+)?(PGPASSWORD|MYSQL_PWD|REDISCLI_AUTH)=(?:"([^\s"';]{1,200})"|'([^\s"';]{1,200})'|([^\s"';]{1,200}))/.exec(
      text,
    );
  if (exported && isLiteral(exported[2] ?? exported[3] ?? exported[4]!)) return `a password (${exported[1]})`;
  return inUrl(text);
}

/**
 * Neither empty nor something that is put in later: `$VAR`, `$(VAR)`, `${VAR}`, `<password>`, `{{ x }}`, `%s`, `***`;
 * nor a placeholder.
 */
function isLiteral(value: string): boolean {
  return value !== '' && !/[$`]|^<.*>$|\{\{|^%|^\*+$|^x+$/i.test(value) && !placeholder.test(value);
}

/** Words that stand where nothing was set, and the accounts with which images come (RabbitMQ's `guest`). */
const placeholder = /^guest$|(?:^|[-_.])(?:not[-_]?set|un[-_]?set|undefined|placeholder|dummy)(?:$|[-_.])/i;
