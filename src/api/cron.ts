const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: readonly { least: number; most: number; names?: readonly string[]; from?: number }[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: months, from: 1 },
  { least: 0, most: 6, names: days, from: 0 },
];

/** What is wrong with a CronJob's schedule, in the words of its parser (github.com/robfig/cron, `ParseStandard`). */
export function scheduleFault(schedule: string): string | undefined {
  if (/TZ/.test(schedule)) return 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  if (schedule.startsWith('@')) {
    if (/^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(schedule)) return undefined;
    const every = /^@every (.*)$/.exec(schedule);
    if (!every) return `unrecognized descriptor: ${schedule}`;
    return /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(every[1]!)
      ? undefined
      : `failed to parse duration ${schedule}: time: invalid duration "${every[1]!}"`;
  }
  const parts = schedule.split(/\s+/).filter(Boolean);
  if (parts.length !== 5) return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`;
  for (const [index, part] of parts.entries()) {
    const fault = part
      .split(',')
      .filter(Boolean)
      .map((one) => rangeFault(one, fields[index]!))
      .find(Boolean);
    if (fault) return fault;
  }
  return undefined;
}

function rangeFault(text: string, { least, most, names, from = 0 }: (typeof fields)[number]): string | undefined {
  const [range = '', step, ...more] = text.split('/');
  if (more.length > 0) return `too many slashes: ${text}`;
  const number = (part: string) => {
    const named = names?.indexOf(part.toLowerCase()) ?? -1;
    if (named !== -1) return named + from;
    return /^\+?\d+$/.test(part) ? Number(part) : undefined;
  };
  const ends = range.split('-');
  const all = ends[0] === '*' || ends[0] === '?';
  const start = all ? least : number(ends[0]!);
  if (start === undefined)
    return `failed to parse int from ${ends[0]!}: strconv.Atoi: parsing "${ends[0]!}": invalid syntax`;
  if (!all && ends.length > 2) return `too many hyphens: ${text}`;
  const end = all || (ends.length === 1 && step !== undefined) ? most : number(ends.at(-1)!);
  if (end === undefined)
    return `failed to parse int from ${ends.at(-1)!}: strconv.Atoi: parsing "${ends.at(-1)!}": invalid syntax`;
  if (step !== undefined && !/^\+?\d+$/.test(step))
    return `failed to parse int from ${step}: strconv.Atoi: parsing "${step}": invalid syntax`;
  if (start < least) return `beginning of range (${start}) below minimum (${least}): ${text}`;
  if (end > most) return `end of range (${end}) above maximum (${most}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return step !== undefined && Number(step) === 0 ? `step of range should be a positive number: ${text}` : undefined;
}
