const group = /^[0-9a-f]{1,4}$/i;

/** Whether a text is an address of version 6 without a zone, as Node's `isIPv6` has it (RFC 4291, 2.2). */
export function isIPv6(text: string, isIPv4: (text: string) => boolean): boolean {
  const sides = text.split('::');
  if (sides.length > 2) return false;
  const groups = sides.map((side) => (side === '' ? [] : side.split(':')));
  const all = groups.flat();
  const last = groups.at(-1)!.at(-1);
  // The last 32 bits may be written as an address of version 4.
  const dotted = last?.includes('.') === true;
  const count = all.length + (dotted ? 1 : 0);
  return (
    (sides.length === 2 ? count <= 7 : count === 8) &&
    (dotted ? isIPv4(last) && all.slice(0, -1).every((one) => group.test(one)) : all.every((one) => group.test(one)))
  );
}
