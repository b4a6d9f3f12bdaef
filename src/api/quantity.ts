const scale: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * What a quantity such as `500m` or `1.5Gi` amounts to; `undefined` for text that is none
 * (k8s.io/apimachinery/pkg/api/resource).
 */
export function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const match = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?\d+))$/.exec(value);
  if (!match) return undefined;
  return Number(match[1]) * (match[3] === undefined ? scale[match[2] ?? '']! : 10 ** Number(match[3]));
}

/** Whether one quantity is more than another, beyond what floating point makes of equal ones. */
export function exceeds(a: number, b: number): boolean {
  return a > b && a - b > Math.abs(b) * 1e-12;
}
