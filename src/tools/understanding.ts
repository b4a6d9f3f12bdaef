import type { Command } from '../shell/index.ts';

/** What a container runs, as its manifest says it. */
export interface ContainerCommand {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  /**
   * Environment variables as the container sees them; `undefined` when set but not visible (a Secret outside the
   * chart).
   */
  env: ReadonlyMap<string, string | undefined>;
  /** Name of the Job or other workload, where it may say what an unknown command does. */
  workload?: string;
  /** Content of a file that is mounted from a ConfigMap or Secret, by its path in the container. */
  readFile?: (path: string) => string | undefined;
}

/** Where something is written in a manifest. */
export interface Written {
  /** `['command', 2]`, `['args', 0]`, `['env', 'DEPENDENCY_JOBS']`, `['image']`. */
  at: (string | number)[];
  /** The line of a text of several lines there, from 0. */
  row?: number;
}

/** What all waits have. */
interface WaitBase extends Written {
  /** The tool that waits: `nc`, `pg_isready`, `k8s-wait-for` … */
  tool: string;
  /** Whether the wait gives up by itself; a bounded wait that cannot succeed still fails its container. */
  bounded: boolean;
  /** Upper bound in seconds, where known. */
  seconds?: number;
  /** When its time is over the script goes on as if it had succeeded: it holds nothing up. */
  givesUp?: true;
  /** The waiting command line, shortened for messages. */
  text: string;
  /** The condition on which it waits, where the chart does not decide it: `if [ "$MODE" = init ]`. */
  doubt?: string;
  /**
   * What the container runs before it: the container's own server may have been started, or certainly goes on beside
   * it.
   */
  after?: 'other' | 'background';
}

/** Something that a container waits for before it goes on, and without which it does not end well. */
export type Wait = WaitBase &
  (
    | {
        kind: 'host';
        host: string;
        /** number or name */ port?: string;
        /** `nslookup`, `getent`: the name alone is enough */ nameOnly: boolean;
      }
    | { kind: 'service'; name: string; namespace?: string }
    | {
        kind: 'job';
        name?: string;
        /** label selector */ selector?: string;
        namespace?: string;
        /** `job-wr`: a failed Job counts too */ evenFailed?: boolean;
        created?: true;
      }
    | { kind: 'pod'; name?: string; selector?: string; namespace?: string; created?: true }
    | {
        kind: 'workload';
        resource: string;
        name: string;
        namespace?: string;
        /** `--for=create`: it is enough that it is there */ created?: true;
      }
    | { kind: 'schema' }
    /** What a query finds in the database at `host`: a table, a keyspace. Who puts it there no manifest says. */
    | { kind: 'content'; host: string }
  );

/** A migration that a container runs. */
export interface Migration extends Written {
  /** `alembic`, `flyway`, `rails`, `custom` … */
  tool: string;
  text: string;
  /**
   * The whole command line, however it is wrapped: equal for `alembic upgrade head` and `sh -c "alembic upgrade head"`.
   */
  line: string;
  /**
   * `certain`: a known tool's migrating sub-command; `named`: only the container's, image's or script's name says so.
   */
  certainty: 'certain' | 'named';
  /** No word of the command says that it migrates: what else does, as in "taken for a migration by its name". */
  guess?: 'by its name' | 'as it runs SQL files';
  lost?: Command['lost'];
  /** What runs instead when it fails, and takes the failure for success: `CMD || THIS`. */
  instead?: string;
}

/** A host that a container is told to talk to. */
export interface Connection extends Written {
  host: string;
  port?: string;
  /** URL scheme or kind of database: `postgres`, `mysql`, `mongodb`, `redis`, `amqp`, `http`, … */
  scheme?: string;
}

/** What a container does, as far as its manifest shows. */
export interface Understanding {
  commands: Command[];
  waits: Wait[];
  migrations: Migration[];
  connections: Connection[];
  /** Its commands are nested too deep or too many: some of them were not read. */
  cut?: true;
}
