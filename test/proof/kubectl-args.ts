/** The command line of `kubectl` and of programs like it, taken apart. */
export interface Words {
  /** What is no option, in order. */
  words: string[];
  /** The value of the first of these options that is given: `--name value`, `--name=value`, `-n value`, `-nvalue`. */
  option(...names: string[]): string | undefined;
  /** The values of an option that may be given several times. */
  options(name: string): string[];
  /** Whether an option is given, and not as `=false`. */
  has(...names: string[]): boolean;
}

/** Options that take the next word as their value; all others take theirs after `=`. */
const valued = new Set(
  (
    '-n --namespace -l --selector -o --output -f --filename --for --timeout --context --kubeconfig --cluster --user ' +
    '--from-literal --from-file --from-env-file --from --type -p --patch --replicas --current-replicas --field-selector ' +
    '-c --container --image --field-manager --grace-period --request-timeout --sort-by -s --server --token --cert ' +
    '--key --docker-server --docker-username --docker-password --docker-email --clusterrole --role --serviceaccount ' +
    '--verb --resource --resource-name --schedule --port --tail --since --pod-running-timeout -k --kustomize --patch-file'
  ).split(' '),
);

/** Reads the words after the program's name; what stands behind `--` belongs to another program. */
export function wordsOf(args: readonly string[]): Words {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const words: string[] = [];
  const given: [name: string, value: string][] = [];
  for (let at = 0; at < own.length; at += 1) {
    const arg = own[at]!;
    const [name = '', value] = arg.startsWith('--') ? arg.split(/=(.*)/s) : [arg.slice(0, 2), arg.slice(2)];
    if (!arg.startsWith('-') || arg === '-') words.push(arg);
    else if (value) given.push([name, value.replace(/^=/, '')]);
    else if (valued.has(name) && !(name === '-f' && words[0] === 'logs')) given.push([name, own[(at += 1)] ?? '']);
    else given.push([name, '']);
  }
  const options = (...names: string[]) => given.filter(([name]) => names.includes(name)).map(([, value]) => value);
  return {
    words,
    option: (...names) => options(...names)[0],
    options: (name) => options(name),
    has: (...names) => options(...names).some((value) => value !== 'false'),
  };
}
