import type { Command } from '../shell/index.ts';

/** What a container runs, as its manifest says it. */
export interface ContainerCommand {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  /** Environment variables; `undefined` when set but not visible (a Secret outside the chart). */
  env: ReadonlyMap<string, string | undefined>;
  /** Content of a file that is mounted from a ConfigMap or Secret, by its path in the container. */
  readFile?: (path: string) => string | undefined;
}
interface WaitBase {
  /** The tool that waits: `nc`, `pg_isready`, `k8s-wait-for` … */
  tool: string;
  /** Whether the wait gives up by itself; a bounded wait that cannot succeed still fails its container. */
  bounded: boolean;
  /** Upper bound in seconds, where known. */
  seconds?: number;
  /** Where in the manifest: `['command', 2]`, `['args', 0]`, `['env', 'DEPENDENCY_JOBS']`, `['image']`. */
  at: (string | number)[];
  /** The waiting command line, shortened for messages. */
  text: string;
}
export type Wait = WaitBase &
  (
    | { kind: 'host'; host: string; /** number or name */ port?: string; /** `nslookup`, `getent`: the name alone is enough */ nameOnly: boolean }
    | { kind: 'service'; name: string; namespace?: string }
    | { kind: 'job'; name?: string; /** label selector */ selector?: string; namespace?: string; /** `job-wr`: a failed Job counts too */ evenFailed?: boolean }
    | { kind: 'pod'; name?: string; selector?: string; namespace?: string }
    | { kind: 'workload'; resource: string; name: string; namespace?: string }
    | { kind: 'schema' }
  );
export interface Migration {
  /** `alembic`, `flyway`, `rails`, `custom` … */
  tool: string;
  text: string;
  at: (string | number)[];
  /** `certain`: a known tool's migrating sub-command; `named`: only the container's, image's or script's name says so. */
  certainty: 'certain' | 'named';
  lost?: Command['lost'];
}
export interface Connection {
  host: string;
  port?: string;
  /** URL scheme or kind of database: `postgres`, `mysql`, `mongodb`, `redis`, `amqp`, `http`, … */
  scheme?: string;
  /** Where it is written: an environment variable's name or `command`/`args`. */
  at: (string | number)[];
}
export interface Understanding {
  commands: Command[];
  waits: Wait[];
  migrations: Migration[];
  connections: Connection[];
}
