import { annotation, defineRule, deletePolicies, describe, int, type Hook } from '../src/rule.ts';

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
    logs, and at a timeout it deletes a Job in the middle of its migration.`,
  fix: `Write \`before-hook-creation\` or \`before-hook-creation,hook-succeeded\`, or remove the annotation. Give the hook a
    fixed name, so that \`before-hook-creation\` finds the old one.`,
  off: `For hooks other than Jobs that must stay as they were first created (with \`helm.sh/resource-policy: keep\`).`,
  see: [
    'https://github.com/helm/helm/issues/8101',
    'https://github.com/Kong/charts/issues/44',
    'https://helm.sh/docs/topics/charts_hooks/#hook-deletion-policies',
  ],
  *check({ release, newName }) {
    const migrating = new Set(release.migrations.map(({ workload }) => workload.resource));
    for (const hook of release.hooks) {
      const { resource, writtenPolicies } = hook;
      if (!writtenPolicies) continue;
      const at = resource.place('metadata', 'annotations', annotation.policy);
      const cleaned = [
        ...new Set(['before-hook-creation', ...writtenPolicies.map(nearest).filter((part) => part !== undefined)]),
      ].join(',');
      const fix = {
        description: `Set the policy to ${cleaned}`,
        edits: [{ at, action: 'set' as const, text: cleaned }],
      };
      const help = writePolicy(cleaned);
      const unknown = writtenPolicies.filter((part) => !(deletePolicies as readonly string[]).includes(part));
      const unique = newName(resource);
      const runs = resource.kind === 'Job' || resource.kind === 'Pod';
      const keeps = resource.annotations[annotation.keep] === 'keep';
      const words = unknownWords(unknown);
      const old = leftOver(hook);
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
      const expires = resource.kind === 'Job' && int(resource.get('spec', 'ttlSecondsAfterFinished')) !== undefined;
      if (!runs || !unique || !hook.policies.has('before-hook-creation')) continue;
      const fixedName = `Give the ${resource.kind} a fixed name`;
      const newEachTime = `${describe(resource)} has a new name each time (${unique}), so before-hook-creation never finds the old one`;
      if (!expires) {
        yield {
          at,
          message: `${newEachTime}, and ${hook.policies.has('hook-succeeded') ? 'failed' : 'finished'} ${resource.kind}s pile up`,
          severity: 'warning',
          resource,
          help: `${fixedName}${resource.kind === 'Job' ? ', or write `ttlSecondsAfterFinished: 86400` and `activeDeadlineSeconds: 240` in its spec' : ''}.`,
        };
      } else if (migrating.has(resource) && int(resource.get('spec', 'activeDeadlineSeconds')) === undefined) {
        // The TTL counts from a Job's end: one that Helm's timeout left running has none.
        yield {
          at,
          message: `${newEachTime}: a migration that still runs after Helm's timeout continues while the next upgrade migrates`,
          severity: 'warning',
          resource,
          help: `${fixedName}, or write \`activeDeadlineSeconds: 240\` in its spec (less than Helm's timeout).`,
        };
      }
    }
  },
});

function writePolicy(policy: string): string {
  return `Write \`${annotation.policy}: ${policy}\`.`;
}

/** What comes of a hook of the same name that is still there: a failed one where success deletes it. */
function leftOver({ resource, policies }: Hook): string {
  if (resource.kind !== 'Job' && resource.kind !== 'Pod')
    return 'with one left over, Helm 3 fails ("already exists") and Helm 4 overwrites it';
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
