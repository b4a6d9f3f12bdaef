import { annotation, defineRule, deletePolicies, describe } from '../src/rule.ts';

export const hookDeletePolicy = defineRule({
  id: 'hook-delete-policy',
  title: 'A delete policy that leaves an old hook in the way, or deletes what is still needed',
  severity: 'error',
  preset: 'recommended',
  why: `Without the annotation Helm deletes the old hook before it creates the new one. Any \`helm.sh/hook-delete-policy\` at all, even an empty or misspelt one, turns
that default off. A Job that is left over (after a failure with \`hook-succeeded\` alone) then stands in the way of the next run: Helm 3 fails with
"jobs.batch … already exists"; Helm 4 takes an unchanged, completed Job for success and skips the migration without a word. \`hook-failed\` deletes a failed Job
with its logs, and at a timeout one in the middle of its migration.`,
  fix: 'Write `before-hook-creation`, or `before-hook-creation,hook-succeeded`, or leave the annotation out. A fixed name with `before-hook-creation` cleans up after itself.',
  off: 'For hooks other than Jobs that are meant to stay as they were first made (with `helm.sh/resource-policy: keep`).',
  see: [
    'https://github.com/helm/helm/issues/8101',
    'https://github.com/Kong/charts/issues/44',
    'https://helm.sh/docs/topics/charts_hooks/#hook-deletion-policies',
  ],
  *check({ release, uniqueName }) {
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
      const unknown = writtenPolicies.filter((part) => !(deletePolicies as readonly string[]).includes(part));
      const unique = uniqueName(resource);
      const runs = resource.kind === 'Job' || resource.kind === 'Pod';
      const keeps = resource.annotations[annotation.keep] === 'keep';
      if (unknown.length > 0) {
        const what = unknown.every((part) => part === '')
          ? 'an empty delete policy'
          : `the unknown delete policy ${unknown.map((part) => JSON.stringify(part)).join(', ')}`;
        yield {
          at,
          message: `${describe(resource)} has ${what}, which Helm ignores while it turns off the default before-hook-creation: ${leftover}`,
          resource,
          fix,
        };
      } else if (!hook.policies.has('before-hook-creation') && unique === undefined && !(keeps && !runs)) {
        // Left over after a failed uninstall only: the next one then trips over it.
        const leaving = hook.events.every((event) => /-delete$/.test(event));
        const tail = hook.policies.has('hook-succeeded') && hook.policies.has('hook-failed');
        yield {
          at,
          message: `${describe(resource)} is not deleted before it is created again (${writtenPolicies.join(',')}): ${leftover}`,
          severity: leaving ? 'info' : tail || !runs ? 'warning' : 'error',
          resource,
          fix,
        };
      }
      if (runs && hook.policies.has('hook-failed')) {
        yield {
          at,
          message: `${describe(resource)} is deleted when it fails (hook-failed), with its logs, and at a timeout in the middle of its work`,
          severity: 'warning',
          resource,
        };
      }
      if (runs && unique && hook.policies.has('before-hook-creation')) {
        yield {
          at,
          message: `${describe(resource)} gets a new name each time (${unique}), so before-hook-creation never finds the old one and ${hook.policies.has('hook-succeeded') ? 'failed' : 'finished'} Jobs pile up`,
          severity: 'warning',
          resource,
        };
      }
    }
  },
});

const leftover = 'one that is left over makes Helm 3 fail with "already exists" and Helm 4 skip it';

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
