/** Exit codes: nothing to fail for, findings, could not do the job. */
export const exit = { ok: 0, findings: 1, failed: 2 } as const;
