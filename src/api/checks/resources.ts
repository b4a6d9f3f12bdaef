import { type Check, type Fault } from '../refusal.ts';
import { invalid, qualifiedNameFault, required } from '../formats.ts';
import { exceeds, quantity } from '../quantity.ts';
import { obj } from '../read.ts';
import type { Path } from '../../parse/index.ts';

/** What the quantity of a container's resource is refused for. */
function quantityFault(value: unknown): string | undefined {
  return (quantity(value) ?? 0) < 0 ? invalid(value, 'must be greater than or equal to 0') : undefined;
}

/** A name of a resource that a container can ask for. */
function resourceFault(name: string): string | undefined {
  const fault = qualifiedNameFault(name);
  if (fault) return invalid(name, fault);
  if (!name.includes('/'))
    return /^(?:cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name)
      ? undefined
      : invalid(name, 'must be a standard resource for containers');
  return extended(name) && name.startsWith('requests.')
    ? invalid(name, "doesn't follow extended resource name standard")
    : undefined;
}

/** Resources that neither Kubernetes nor its own names define. */
const extended = (name: string) => name.includes('/') && !name.includes('kubernetes.io/');

/** Resources of which no more can be used than was asked for. */
const overcommitted = (name: string) => !name.startsWith('hugepages-') && !extended(name);

/** Requests and limits of a container, or of a whole pod. */
export const resourceRequirements: readonly Check[] = [
  function* ({ value, path }) {
    const limits = obj(value['limits']);
    const requests = obj(value['requests']);
    const pod = path.at(-2) === 'spec';
    for (const [part, map] of [
      ['limits', limits],
      ['requests', requests],
    ] as const)
      for (const [name, amount] of Object.entries(map)) {
        const fault = (pod ? undefined : resourceFault(name)) ?? quantityFault(amount);
        if (fault) yield { path: [...path, part, name], text: fault };
        // Resources of devices come in whole numbers.
        else if (extended(name) && !Number.isInteger(quantity(amount) ?? 0))
          yield { path: [...path, part, name], text: invalid(amount, 'must be an integer') };
      }
    for (const [name, amount] of Object.entries(requests))
      yield* requestFaults(name, amount, limits, [...path, 'requests', name]);
  },
];

function* requestFaults(
  name: string,
  request: unknown,
  limits: Readonly<Record<string, unknown>>,
  path: Path,
): Iterable<Fault> {
  // The API reads null as 0.
  const limit = limits[name] === null ? 0 : limits[name];
  const most = quantity(limit);
  const wanted = quantity(request);
  if (limit === undefined) {
    if (!overcommitted(name)) yield { path, text: required('Limit must be set for non overcommitable resources') };
  } else if (most !== undefined && wanted !== undefined) {
    if (!overcommitted(name) && wanted !== most)
      yield { path, text: invalid(request, `must be equal to ${name} limit of ${String(limit)}`) };
    else if (exceeds(wanted, most))
      yield { path, text: invalid(request, `must be less than or equal to ${name} limit of ${String(limit)}`) };
  }
}
