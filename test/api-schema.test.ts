// The committed schema of the API, what is checked by it, and what the API server refuses.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cases } from './cluster/validation/cases.ts';
import { validObjects } from './cluster/validation/valid.ts';
import { refusals, schemaFaults, words } from '../src/api/index.ts';

const job = (spec: object, pod: object = {}, container: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'migrate' },
  spec: {
    ...spec,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', ...container }], ...pod } },
  },
});
const faults = (value: object) =>
  schemaFaults(value as Record<string, unknown>).map(({ kind, message }) => `${kind}: ${message}`);

describe('the schema of the API', () => {
  it('is what its script makes', async () => {
    const { generate, target } = (await import('../scripts/api-schema.mjs' as string)) as {
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
      'misspelt: spec.backOffLimit is not a field of a Job (did you mean backoffLimit?)',
    ]);
    expect(faults(job({ activeDeadlineSecond: 1 }))).toEqual([
      'misspelt: spec.activeDeadlineSecond is not a field of a Job (did you mean activeDeadlineSeconds?)',
    ]);
    expect(faults(job({}, { backoffLimit: 1 }))).toEqual([
      'misplaced: spec.template.spec.backoffLimit is not a field of a Job: backoffLimit belongs in spec',
    ]);
    expect(faults(job({ restartPolicy: 'Never' }))).toEqual([
      'misplaced: spec.restartPolicy is not a field of a Job: restartPolicy belongs in the spec of the pod',
    ]);
    expect(faults(job({}, {}, { serviceAccountName: 'x' }))).toEqual([
      'misplaced: spec.template.spec.containers[0].serviceAccountName is not a field of a Job: serviceAccountName belongs in the spec of the pod',
    ]);
    expect(faults(job({ whatNext: 1 }))).toEqual([
      'unknown: spec.whatNext is not a field of a Job as of Kubernetes 1.34',
    ]);
  });

  it('names the type that is there and the one that is wanted', () => {
    expect(faults(job({ backoffLimit: '1' }))).toEqual([
      'type: spec.backoffLimit is the string "1", but the API takes an integer',
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
      'type: spec.template.spec.containers[0].env[0].value is the number 1, but the API takes a string',
      'type: spec.template.spec.containers[0].env[1].value is the boolean true, but the API takes a string',
    ]);
    expect(faults(job({}, { containers: {} }))).toEqual([
      'type: spec.template.spec.containers is a mapping, but the API takes a list',
    ]);
    expect(faults({ ...job({}), metadata: { name: 'x', labels: { 'a/b~c': 1 } } })).toEqual([
      'type: metadata.labels.a/b~c is the number 1, but the API takes a string',
    ]);
  });
});

describe('what the API server refuses', () => {
  it.each(validObjects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    'is nothing of the valid %s',
    (_, object) => {
      expect([...refusals(object), ...schemaFaults(object)]).toEqual([]);
    },
  );

  it.each(cases.map((one) => [`${one.object.kind}: ${one.says}`, one] as const))(
    '%s',
    (_, { object, says, applied }) => {
      const found = [...refusals(object)];
      const said = [...found.map(({ path, text }) => `${words(path)}: ${text}`), ...faults(object)];
      expect(said.join('\n')).toContain(says.includes('quantities must match') ? 'the API takes a quantity' : says);
      if (found.length > 0) expect(found.every((one) => one.applied === true)).toBe(applied === true);
    },
  );
});
