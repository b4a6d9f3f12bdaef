import { defineRule } from '../src/rule.ts';

export const plaintextCredential = defineRule({
  id: 'plaintext-credential',
  title: '',
  severity: 'warning',
  preset: 'recommended',
  why: ``,
  fix: '',
  off: '',
  see: [],
  *check({ release }) {
    for (const job of release.jobs) yield { at: job.resource.place('metadata', 'name'), message: '' };
  },
});
