// The committed validator of the Job API, and what it says.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkJob } from '../src/model/job-schema.ts';

const job = (spec: object, pod: object = {}, container: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'migrate' },
  spec: {
    ...spec,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', ...container }], ...pod } },
  },
});
const faults = (value: unknown) => checkJob(value).map(({ kind, message }) => `${kind}: ${message}`);

describe('the validator of batch/v1 Jobs', () => {
  it('is what its script makes', async () => {
    const { generate, target } = (await import('../scripts/job-schema.mjs' as string)) as {
      generate(): Promise<string>;
      target: string;
    };
    expect(await generate()).toBe(readFileSync(target, 'utf8'));
  }, 60_000);

  it('takes what the API takes: null for absent, quantities and ports as numbers or text', () => {
    expect(
      faults(
        job(
          { backoffLimit: null },
          { nodeSelector: null, volumes: [{ name: 'x', emptyDir: { sizeLimit: 1024 } }] },
          { resources: { limits: { cpu: 1, memory: '1Gi' } }, livenessProbe: { httpGet: { port: 'http' } } },
        ),
      ),
    ).toEqual([]);
    expect(
      faults(
        job(
          { backoffLimit: 2.0, successPolicy: { rules: [{ succeededCount: 1 }] } },
          { hostnameOverride: 'x' },
          { restartPolicyRules: [], lifecycle: { stopSignal: 'SIGINT' } },
        ),
      ),
    ).toEqual([]);
  });

  it('tells a misspelt field from a misplaced and an unknown one', () => {
    expect(faults(job({ backOffLimit: 1 }))).toEqual([
      'misspelt: spec.backOffLimit is no field of the Job API, which knows backoffLimit there',
    ]);
    expect(faults(job({ activeDeadlineSecond: 1 }))).toEqual([
      'misspelt: spec.activeDeadlineSecond is no field of the Job API, which knows activeDeadlineSeconds there',
    ]);
    expect(faults(job({}, { backoffLimit: 1 }))).toEqual([
      'misplaced: spec.template.spec.backoffLimit is no field of the Job API: backoffLimit stands in spec',
    ]);
    expect(faults(job({ restartPolicy: 'Never' }))).toEqual([
      'misplaced: spec.restartPolicy is no field of the Job API: restartPolicy stands in spec.template.spec',
    ]);
    expect(faults(job({}, {}, { serviceAccountName: 'x' }))).toEqual([
      'misplaced: spec.template.spec.containers[0].serviceAccountName is no field of the Job API: serviceAccountName stands in spec.template.spec',
    ]);
    expect(faults(job({ whatNext: 1 }))).toEqual([
      'unknown: spec.whatNext is no field of the Job API as of Kubernetes 1.33',
    ]);
  });

  it('names the type that is there and the one that is wanted', () => {
    expect(faults(job({ backoffLimit: '1' }))).toEqual([
      'type: spec.backoffLimit is a string where the API takes an integer',
    ]);
    expect(
      faults(
        job(
          {},
          {},
          {
            env: [
              { name: 'A', value: 1 },
              { name: 'B', value: true },
            ],
          },
        ),
      ),
    ).toEqual([
      'type: spec.template.spec.containers[0].env[0].value is the number 1 where the API takes a string',
      'type: spec.template.spec.containers[0].env[1].value is the boolean true where the API takes a string',
    ]);
    expect(faults(job({}, { containers: {} }))).toEqual([
      'type: spec.template.spec.containers is a mapping where the API takes a list',
    ]);
    expect(faults({ ...job({}), metadata: { name: 'x', labels: { 'a/b~c': 1 } } })).toEqual([
      'type: metadata.labels.a/b~c is the number 1 where the API takes a string',
    ]);
  });
});
