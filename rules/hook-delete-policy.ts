import {
  annotation,
  defineRule,
  deletePolicies,
  describe,
  int,
  type DeletePolicy,
  type Hook,
  type Report,
  type RuleContext,
} from '../src/rule.ts';

export const hookDeletePolicy = defineRule({
  id: 'hook-delete-policy',
  title: 'A hook is deleted too late or too early',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `Without a delete policy Helm deletes the old hook before it creates the new one. Any \`helm.sh/hook-delete-policy\`,
    even an empty or misspelled one, disables this default. A Job that is left over then blocks the next run. Helm 3
    fails with "jobs.batch … already exists". Helm 4 applies the new Job to the old one. If the old Job is complete and
    unchanged, Helm 4 takes this for success and silently skips the migration. If the old Job failed, Helm 4 fails again
    at once with "resource Job/… not ready. status: Failed … failed: 1/1", even when the cause is fixed. With
    \`hook-succeeded\` alone, only failed Jobs are left over. \`hook-failed\` deletes a failed Job together with its
    logs, and at a timeout it deletes a Job in the middle of its migration. Argo CD ignores unknown words, and keeps the
    default if no known one is left. There a Job that is left over is applied again: if it is unchanged, its old status
    counts, and if it has changed, the sync fails with "field is immutable".`,
  fix: `Write \`before-hook-creation\` or \`before-hook-creation,hook-succeeded\`, or remove the annotation. Give the hook a
    fixed name, so that \`before-hook-creation\` finds the old one.`,
  off: `For hooks other than Jobs that must stay as they were first created (with \`helm.sh/resource-policy: keep\`).`,
  see: [
    'https://github.com/helm/helm/issues/8101',
    'https://github.com/Kong/charts/issues/44',
    'https://helm.sh/docs/topics/charts_hooks/#hook-deletion-policies',
  ],
  *check(context) {
    const { release, newName, engine } = context;
    if (engine === 'argocd') {
      yield* underArgo(context);
      return;
    }
    const migrating = new Set(release.migrations.map(({ workload }) => workload.resource));
    for (const hook of release.hooks) {
      const { resource, writtenPolicies } = hook;
      if (!writtenPolicies) continue;
      const at = resource.place('metadata', 'annotations', annotation.policy);
      const cleaned = [
        ...new Set(['before-hook-creation', ...writtenPolicies.map(nearest).filter((part) => part !== undefined)]),
      ].join(',');
      const { help, fix } = holder.test(resource.kind)
        ? {
            help: `Make ${describe(resource)} an ordinary resource: before-hook-creation would delete it with everything in it.`,
            fix: undefined,
          }
        : {
            help: writePolicy(cleaned),
            fix: {
              description: `Set the policy to ${cleaned}`,
              edits: [{ at, action: 'set' as const, text: cleaned }],
            },
          };
      const unknown = writtenPolicies.filter((part) => !isPolicy(part));
      const unique = newName(resource);
      const runs = resource.kind === 'Job' || resource.kind === 'Pod';
      const keeps = resource.annotations[annotation.keep] === 'keep';
      const words = unknownWords(unknown);
      const old = leftOver(hook);
      // The rule release-namespace says what happens there.
      if (resource.kind === 'Namespace' && resource.name === release.namespace) continue;
      if (unknown.length > 0 && hook.policies.size === 0) {
        yield {
          at,
          message: `${describe(resource)} has ${words}, which does nothing but disable the default before-hook-creation: ${old}`,
          resource,
          help,
          fix,
        };
      } else if (!hook.policies.has('before-hook-creation') && unique === undefined && !(keeps && !runs)) {
        // Left over after a failed uninstall only: the next one then trips over it.
        const leaving = hook.events.every((event) => /-delete$/.test(event));
        const tail = hook.policies.has('hook-succeeded') && hook.policies.has('hook-failed');
        yield {
          at,
          message: `${describe(resource)} is not deleted before Helm creates it again (${writtenPolicies.join(',')}): ${old}`,
          severity: leaving ? 'info' : tail || !runs ? 'warning' : 'error',
          resource,
          help,
          fix,
        };
      } else if (unknown.length > 0) {
        yield {
          at,
          message: `${describe(resource)} has ${words} (${writtenPolicies.join(',')}), which Helm ignores`,
          severity: 'warning',
          resource,
          help: writePolicy([...new Set(writtenPolicies.map(nearest).filter((part) => part !== undefined))].join(',')),
        };
      }
      if (runs && hook.policies.has('hook-failed')) {
        const without = writtenPolicies.filter((part) => part !== 'hook-failed').join(',') || 'before-hook-creation';
        yield {
          at,
          message: `Helm deletes ${describe(resource)} when it fails (hook-failed): its logs are lost, and at a timeout it is stopped in the middle of its work`,
          severity: 'warning',
          resource,
          help: writePolicy(without.includes('before-hook-creation') ? without : `before-hook-creation,${without}`),
        };
      }
      if (!runs || !unique || !hook.policies.has('before-hook-creation')) continue;
      // At a timeout too, hook-failed deletes the Job.
      if (hook.policies.has('hook-failed')) {
        if (!hook.policies.has('hook-succeeded') && !expires(hook)) yield pilesUp(hook, hook.policies, unique, at);
      } else if (!expires(hook)) yield pilesUp(hook, hook.policies, unique, at);
      else if (migrating.has(resource) && int(resource.get('spec', 'activeDeadlineSeconds')) === undefined) {
        // The TTL counts from a Job's end: one that Helm's timeout left running has none.
        yield {
          at,
          message: `${newEachTime(hook, unique)}: a migration that still runs after Helm's timeout continues while the next upgrade migrates`,
          severity: 'warning',
          resource,
          help: `Give the ${resource.kind} a fixed name, or write \`activeDeadlineSeconds: 240\` in its spec (less than Helm's timeout).`,
        };
      }
    }
  },
});

/** Argo CD applies a hook of the same name that is still there again, and knows no timeout of Helm. */
function* underArgo({ release, newName }: RuleContext): Iterable<Report> {
  for (const hook of release.hooks) {
    const { resource, writtenPolicies = [], argoPolicies: policies } = hook;
    const applied = hook.events.some((event) => /-(?:install|upgrade)$/.test(event));
    if (!applied && !hook.events.some((event) => /-delete$/.test(event))) continue;
    const at = resource.place('metadata', 'annotations', hook.writtenPolicies ? annotation.policy : argoPolicy);
    const known = writtenPolicies.map(nearest).filter((part) => part !== undefined);
    const unknown = writtenPolicies.filter((part) => part !== '' && !isPolicy(part));
    if (unknown.length > 0)
      yield {
        at,
        message: `${describe(resource)} has ${unknownWords(unknown)}${writtenPolicies.length > 1 ? ` (${writtenPolicies.join(',')})` : ''}, which Argo CD ignores`,
        severity: 'warning',
        resource,
        help: writePolicy([...new Set(known.length > 0 ? known : ['before-hook-creation'])].join(',')),
      };
    if (resource.kind !== 'Job' && resource.kind !== 'Pod') continue;
    const unique = newName(resource);
    if (!policies.has('before-hook-creation') && unique === undefined) {
      const left = policies.has('hook-succeeded')
        ? 'with a failed one left over, the next sync fails on its old status'
        : 'with one left over, the next sync takes its old status, and does not run it again';
      yield {
        at,
        message: `${describe(resource)} is not deleted before Argo CD creates it again (${[...policies].join(',')}): ${left}, or is refused if the ${resource.kind} has changed`,
        severity: !applied ? 'info' : policies.size > 1 ? 'warning' : 'error',
        resource,
        help: writePolicy(['before-hook-creation', ...policies].join(',')),
      };
    }
    if (policies.has('hook-failed'))
      yield {
        at,
        message: `Argo CD deletes ${describe(resource)} when it fails (hook-failed): its logs are lost`,
        severity: 'warning',
        resource,
        help: writePolicy(
          ['before-hook-creation', ...(policies.has('hook-succeeded') ? ['hook-succeeded'] : [])].join(','),
        ),
      };
    const deletesAll = policies.has('hook-succeeded') && policies.has('hook-failed');
    if (unique && policies.has('before-hook-creation') && !deletesAll && !expires(hook))
      yield pilesUp(hook, policies, unique, at);
  }
}

const argoPolicy = 'argocd.argoproj.io/hook-delete-policy';

/** What is never deleted for the sake of a hook: data goes with it. */
const holder = /^(?:Namespace|CustomResourceDefinition|PersistentVolumeClaim)$/;

function isPolicy(word: string): boolean {
  return (deletePolicies as readonly string[]).includes(word);
}

function expires({ resource }: Hook): boolean {
  return resource.kind === 'Job' && int(resource.get('spec', 'ttlSecondsAfterFinished')) !== undefined;
}

/** A Job or Pod of a new name each time, which nothing deletes. */
function pilesUp(hook: Hook, policies: ReadonlySet<DeletePolicy>, unique: string, at: Report['at']): Report {
  const { resource } = hook;
  return {
    at,
    message: `${newEachTime(hook, unique)}, and ${policies.has('hook-succeeded') ? 'failed' : policies.has('hook-failed') ? 'successful' : 'finished'} ${resource.kind}s pile up`,
    severity: 'warning',
    resource,
    help: `Give the ${resource.kind} a fixed name${resource.kind === 'Job' ? ', or write `ttlSecondsAfterFinished: 86400` and `activeDeadlineSeconds: 240` in its spec' : ''}.`,
  };
}

function newEachTime({ resource }: Hook, unique: string): string {
  return `${describe(resource)} has a new name each time (${unique}), so before-hook-creation never finds the old one`;
}

function writePolicy(policy: string): string {
  return `Write \`${annotation.policy}: ${policy}\`.`;
}

/** What comes of a hook of the same name that is still there: a failed one where success deletes it. */
function leftOver({ resource, policies }: Hook): string {
  if (resource.kind !== 'Job' && resource.kind !== 'Pod')
    return 'with one left over, Helm 3 fails ("already exists") and Helm 4 overwrites it';
  if (policies.has('hook-succeeded') && policies.has('hook-failed'))
    return 'with one left over by a Helm that was interrupted, Helm 3 fails ("already exists") and Helm 4 takes its old status';
  return policies.has('hook-succeeded')
    ? 'with a failed one left over, Helm 3 fails ("already exists") and Helm 4 fails on its old status, even when the cause is fixed'
    : 'with one left over, Helm 3 fails ("already exists"), and Helm 4 skips the new one if the old one is complete and fails if it failed';
}

function unknownWords(unknown: readonly string[]): string {
  return unknown.every((part) => part === '')
    ? 'an empty delete policy'
    : `the unknown delete ${unknown.length === 1 ? 'policy' : 'policies'} ${unknown.map((part) => JSON.stringify(part)).join(', ')}`;
}

/** The policy that a misspelt one was meant to be; `undefined` where that is a guess. */
function nearest(written: string): string | undefined {
  const letters = (text: string) => text.replace(/[^a-z]/g, '');
  const wanted = letters(written);
  const same = deletePolicies.find((known) => letters(known) === wanted);
  if (same) return same;
  const aliases: Readonly<Record<string, string>> = {
    beforehookcreate: 'before-hook-creation',
    beforehookcreated: 'before-hook-creation',
    hooksuccess: 'hook-succeeded',
    hooksucceded: 'hook-succeeded',
    hooksucceed: 'hook-succeeded',
    succeeded: 'hook-succeeded',
    hookfail: 'hook-failed',
    hookfailure: 'hook-failed',
    failed: 'hook-failed',
  };
  return aliases[wanted];
}
