import { findHelm, type Helm, type ManagedVersion } from '../../src/helm/index.ts';
import { builtHelm } from './built.ts';

/**
 * The Helm releases every test that renders should pass with: the last minor of Helm 3 we can fetch, and two of Helm 4.
 */
export const helmVersions = ['3.17.3', '4.1.4', '4.2.3'] as const satisfies readonly ManagedVersion[];

const managed = process.platform === 'linux' && process.arch === 'x64';
const found = new Map<string, Promise<Helm>>();

/**
 * The managed copy of that Helm, downloaded at first use. There is none outside of Linux x64: there the Helm of the
 * machine stands for each.
 */
export function helmBinary(version: ManagedVersion): Promise<Helm> {
  return once(version, () => findHelm(managed ? { version, env: process.env } : { env: process.env }));
}

/** Helm for a proof: a managed copy, or one that is built from Go modules (`--helm 4.3.1`). */
export function anyHelm(version: string): Promise<Helm> {
  const managed = helmVersions.find((one) => one === version);
  return managed ? helmBinary(managed) : once(version, () => builtHelm(version));
}

function once(version: string, find: () => Promise<Helm>): Promise<Helm> {
  const known = found.get(version) ?? find();
  found.set(version, known);
  return known;
}
