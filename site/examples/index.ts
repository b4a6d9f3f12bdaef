import type { PlaygroundOptions } from '../../src/playground.ts';

/** A chart of fixtures/, rendered by Helm into a file of its name beside this one. */
export interface Example {
  id: string;
  title: string;
  /** The folder of the chart. */
  chart: string;
  options: PlaygroundOptions;
}

export const examples: readonly Example[] = [
  { id: 'elk-deadlock', title: 'A hook waits for a Service', chart: 'fixtures/readme', options: {} },
  { id: 'optscale', title: 'Eleven hooks wait for one Service', chart: 'fixtures/optscale', options: {} },
  {
    id: 'service-account',
    title: 'A hook needs a ServiceAccount that comes later',
    chart: 'fixtures/rules/hook-reference/bad-service-account',
    options: {},
  },
  {
    id: 'post-install',
    title: 'With --wait, a pod waits for a post-install hook',
    chart: 'fixtures/rules/wait-deadlock/bad-with-wait',
    options: { wait: true },
  },
  {
    id: 'cycle',
    title: 'Two Deployments wait for each other',
    chart: 'fixtures/rules/dependency-cycle/bad',
    options: {},
  },
  { id: 'right', title: 'A plain Job that waits: right', chart: 'fixtures/rules/hook-deadlock/good', options: {} },
];
