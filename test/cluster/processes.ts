// Processes of this machine, as /proc shows them.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that was seen; its number may be another's later, the time at which it began is not. */
export interface Process {
  pid: number;
  parent: number;
  name: string;
  began: string;
  /** Ended, and not asked for its exit code yet. */
  isDead: boolean;
}

/** The namespace of a process, as a text to compare; `undefined` where there is no such process. */
export function namespaceOf(pid: number | 'self', kind: 'net' | 'pid'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

/** A process; `undefined` where it has ended. The fields: proc_pid_stat(5). */
export function processOf(pid: number): Process | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // A name may hold spaces and parentheses.
  const end = stat.lastIndexOf(')');
  const [state = '', parent = '', ...rest] = stat.slice(end + 2).split(' ');
  const name = stat.slice(stat.indexOf('(') + 1, end);
  return { pid, parent: Number(parent), name, began: rest[17] ?? '', isDead: /[ZX]/.test(state) };
}

/** All processes that can be seen. */
export function allProcesses(): Process[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (processOf(Number(name)) ?? []) : []));
}

/** Whether a process that was seen still runs. */
export function stillRuns({ pid, began }: Process): boolean {
  const now = processOf(pid);
  return now !== undefined && now.began === began && !now.isDead;
}
