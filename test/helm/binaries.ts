import { findHelm, type Helm, type ManagedVersion } from '../../src/helm/index.ts';

/**
 * The Helm releases every test that renders should pass with: the last minor of Helm 3 we can fetch, and two of Helm 4.
 */
export const helmVersions = ['3.17.3', '4.1.4', '4.2.3'] as const satisfies readonly ManagedVersion[];

const found = new Map<ManagedVersion, Promise<Helm>>();

/** The managed copy of that Helm, downloaded at first use. */
export function helmBinary(version: ManagedVersion): Promise<Helm> {
  const known = found.get(version) ?? findHelm({ version, env: process.env });
  found.set(version, known);
  return known;
}
