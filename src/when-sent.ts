import type { Hook } from './model/index.ts';
import type { Report } from './rule-report.ts';
import type { Engine } from './simulate/index.ts';

/**
 * In which actions the API gets a resource, as a report names them. A hook is sent only at its own events: `undefined`
 * where the checked action does not send it, so that each hook is reported once.
 */
export function whenSent(
  hook: Hook | undefined,
  action: 'install' | 'upgrade',
  engine: Engine,
): Pick<Report, 'actions'> | undefined {
  if (!hook) return {};
  const { events } = hook;
  const has = (pattern: RegExp) => events.some((event) => pattern.test(event));
  // Argo CD runs the hooks of install and upgrade at each sync, and none of rollbacks.
  if (has(engine === 'argocd' ? /-(?:install|upgrade)$/ : action === 'install' ? /-install$/ : /-upgrade$/)) return {};
  if (has(/-(?:install|upgrade)$/) || action === 'upgrade') return undefined;
  if (has(/-delete$/)) return { actions: ['uninstall'] };
  return has(/-rollback$/) && engine !== 'argocd' ? { actions: ['rollback'] } : undefined;
}
