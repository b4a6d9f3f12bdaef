import { defineRule, describe, int } from '../src/rule.ts';

export const replicasConflict = defineRule({
  id: 'replicas-conflict',
  title: 'A Deployment sets replicas although an autoscaler scales it',
  severity: 'warning',
  preset: 'recommended',
  why: `Helm 4 uses server-side apply. When the autoscaler has scaled a workload, it owns \`spec.replicas\`, and an upgrade
    with another number is refused: "conflict occurred while applying object … conflict with "kube-controller-manager"
    with subresource "scale" using apps/v1: .spec.replicas". This happens after the pre-upgrade hooks: the migration has
    run, and the old version continues on the new schema. Helm 3, and a release that Helm 3 installed, keep a number
    that the chart does not change.`,
  fix: `Omit \`replicas\` if the autoscaler is enabled: \`{{- if not .Values.autoscaling.enabled }}\`.`,
  off: `When releases are upgraded with Helm 3, \`--server-side=false\` or \`--force-conflicts\`.`,
  see: [
    'https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership',
    'https://helm.sh/docs/overview/',
  ],
  *check({ release, action, engine, helmVersion }) {
    if (action !== 'upgrade' || engine !== 'helm' || helmVersion === 3) return;
    for (const scaler of release.ordinary) {
      if (scaler.kind !== 'HorizontalPodAutoscaler') continue;
      const kind = scaler.get('spec', 'scaleTargetRef', 'kind');
      const name = scaler.get('spec', 'scaleTargetRef', 'name');
      const target = release.ordinary.find(
        (one) => one.kind === kind && one.name === name && release.namespaceOf(one) === release.namespaceOf(scaler),
      );
      const replicas = int(target?.get('spec', 'replicas'));
      // An autoscaler lets 0 replicas be.
      if (!target || replicas === undefined || replicas === 0) continue;
      const [least, most] = [int(scaler.get('spec', 'minReplicas')) ?? 1, int(scaler.get('spec', 'maxReplicas')) ?? 1];
      if (least === most && replicas === least) continue;
      const when =
        replicas < least || replicas > most
          ? 'which never includes this number'
          : 'and may have changed the number by then';
      yield {
        at: target.place('spec', 'replicas'),
        message: `${describe(target)} is applied with ${replicas} replicas, and ${describe(scaler)} scales it to ${least === most ? least : `${least} to ${most}`}, ${when}: an upgrade with Helm 4 fails on a conflict over spec.replicas, unless Helm 3 installed the release`,
        because: [{ message: `${describe(scaler)} scales it`, at: scaler.place('spec', 'scaleTargetRef') }],
        resource: target,
        help: 'Remove `replicas`, or omit it if the autoscaler is enabled.',
      };
    }
  },
});
