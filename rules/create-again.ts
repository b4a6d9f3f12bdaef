import {
  defineRule,
  describe,
  hooksOf,
  isKubectl,
  placeIn,
  writtenIn,
  type Command,
  type Release,
} from '../src/rule.ts';

export const createAgain = defineRule({
  id: 'create-again',
  title: 'A hook creates the same object at each upgrade',
  severity: 'warning',
  preset: 'recommended',
  why: `\`kubectl create\` fails when the object exists: "Error from server (AlreadyExists): secrets "db" already exists". What
    a hook creates with kubectl does not belong to the release: neither Helm nor a delete policy removes it. So the hook
    succeeds once, at the install, and every upgrade fails.`,
  fix: `Apply the object instead of creating it: \`kubectl create … --dry-run=client -o yaml | kubectl apply -f -\`. Or ask first:
    \`kubectl get … || kubectl create …\`, which also keeps a generated password.`,
  off: 'When something else deletes the object between two upgrades.',
  see: [
    'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/',
    'https://helm.sh/docs/topics/charts_hooks/#hook-resources-are-not-managed-with-corresponding-releases',
  ],
  *check({ release, action, on, sources, engine }) {
    if (action !== 'upgrade') return;
    for (const job of hooksOf(release)) {
      const events = job.hook?.events ?? [];
      const again = events.some((event) => event === 'pre-upgrade' || event === 'post-upgrade');
      if (!again) continue;
      const first = engine === 'argocd' || events.some((event) => event.endsWith('-install')) ? 'install' : 'upgrade';
      for (const container of job.pod.containers) {
        for (const command of container.understanding.commands) {
          const { argv, loop, doubt, lost, instead } = command;
          const made = creation(argv);
          if (!made || loop || doubt !== undefined || lost || instead) continue;
          if (isDeleted(made.name, release) || isNew(made.name, on('install').release, first, sources)) continue;
          yield {
            at: placeIn(job.resource, container, writtenIn(container, command)),
            message: `${describe(job)} creates ${made.kind} ${made.name} at each upgrade, but it is there since the first ${first}: kubectl fails with AlreadyExists, unless something else deletes it`,
            resource: job.resource,
            help: `Append \`--dry-run=client -o yaml | kubectl apply -f -\`, or ask with \`kubectl get ${made.kind} ${made.name}\` first.`,
          };
        }
      }
    }
  },
});

const kinds =
  /^(?:secrets?|configmaps?|cm|namespaces?|ns|serviceaccounts?|sa|roles?|rolebindings?|clusterroles?|clusterrolebindings?|jobs?|cronjobs?|deployments?|deploy|services?|svc|quota|priorityclass)$/;

/** The kind and name that `kubectl create KIND NAME` creates; nothing for files and for what only the shell knows. */
function creation(argv: readonly string[]): { kind: string; name: string } | undefined {
  if (!isKubectl(argv)) return undefined;
  // An option before the kind may have a value: only what is plain is read.
  const at = argv.indexOf('create');
  const kind = argv[at + 1] ?? '';
  if (at === -1 || !kinds.test(kind)) return undefined;
  if (argv.some((word) => /^--(?:dry-run|help|filename|raw)\b|^-f/.test(word))) return undefined;
  const name = argv[at + (/^(?:secrets?|services?|svc)$/.test(kind) ? 3 : 2)] ?? '';
  return /^[a-z0-9][a-z0-9.:-]*$/.test(name) ? { kind, name } : undefined;
}

function commandsOf(release: Release): Command[] {
  return release.workloads.flatMap(({ pod }) => pod.containers.flatMap(({ understanding }) => understanding.commands));
}

/** Whether a command of the release deletes an object of that name, or many at once. */
function isDeleted(name: string, release: Release): boolean {
  return commandsOf(release).some(
    ({ argv }) =>
      isKubectl(argv) &&
      argv.includes('delete') &&
      argv.some(
        (word) => word === name || word.endsWith(`/${name}`) || /^(?:-l|--selector|--all|-f|--filename)/.test(word),
      ),
  );
}

/** Whether the name is another one at each upgrade. */
function isNew(
  name: string,
  install: Release,
  first: 'install' | 'upgrade',
  sources: readonly { text: string }[],
): boolean {
  // A render always has revision 1.
  if (/(?:^|[.-])v?1$/.test(name) && sources.some(({ text }) => text.includes('.Release.Revision'))) return true;
  return first === 'install' && !commandsOf(install).some(({ argv }) => creation(argv)?.name === name);
}
