import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { taskOf } from './stand-ins.ts';
import type { Address } from './stand-ins.ts';

/** What the play tells the agent. */
export type ToAgent =
  | { network: { records: Record<string, string[]>; listens: string[] } }
  | { run: number; namespace: string; hosts: Hosts; job: string; root: string; argv: string[] }
  | { kill: number }
  | { answer: string; code: number; output: string };

/** The names in `/etc/hosts`, which go before those of the DNS. */
export type Hosts = readonly (readonly [address: string, names: readonly string[]])[];

/** What the agent tells the play. */
export type FromAgent =
  | { ready: true }
  | { started: number }
  | { exited: number; code: number }
  | { ask: string; run: number; argv: string[]; env: Record<string, string>; file?: string };

const work = process.env.WORK ?? '';
const scale = Number(process.env.SCALE ?? 100);
const say = (message: FromAgent) => process.stdout.write(`${JSON.stringify(message)}\n`);

let records: Record<string, string[]> = {};
const listeners = new Map<string, Server>();
/** Where a program looks names up. */
interface Place {
  namespace: string;
  hosts: Hosts;
}

const running = new Map<number, Place & { child: ChildProcess; bridge: string; asked: Set<string> }>();
const unanswered = new Map<string, (code: number, output: string) => void>();

function addressesOf(host: string, { namespace, hosts }: Place): string[] {
  const own = hosts.filter(([, names]) => names.includes(host === '127.0.0.1' ? 'localhost' : host));
  if (own.length > 0) return own.map(([address]) => address);
  if (/^[\d.]+$/.test(host)) return [host];
  const bare = host.toLowerCase().replace(/\.$/, '');
  for (const suffix of [`.${namespace}.svc.cluster.local`, '.svc.cluster.local', '.cluster.local', '']) {
    const found = records[bare + suffix];
    if (found) return found;
  }
  return [];
}

/** Service ports answer HTTP with 200 and anything else with silence. */
function listen(key: string): void {
  const at = key.lastIndexOf(':');
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      if (/^(GET|HEAD|POST|PUT) /.test(data.toString('latin1')))
        socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n');
    });
  });
  server.on('error', () => listeners.delete(key));
  const address = key.slice(0, at);
  if (!address.startsWith('127.'))
    spawnSync('busybox', ['ip', 'addr', 'add', `${address}/32`, 'dev', 'lo'], { stdio: 'ignore' });
  server.listen(Number(key.slice(at + 1)), address);
  listeners.set(key, server);
}

function setNetwork(network: { records: Record<string, string[]>; listens: string[] }): void {
  records = network.records;
  for (const [key, server] of listeners) {
    if (network.listens.includes(key)) continue;
    server.close();
    listeners.delete(key);
  }
  for (const key of network.listens) if (!listeners.has(key)) listen(key);
}

function serveNames(): void {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0 && at < query.length; length = query[at] ?? 0) {
      labels.push(query.subarray(at + 1, at + 1 + length).toString('latin1'));
      at += length + 1;
    }
    const type = query.readUInt16BE(Math.min(at + 1, query.length - 2));
    const found = records[labels.join('.').toLowerCase()];
    const answers = type === 1 || type === 255 ? (found ?? []) : [];
    const head = Buffer.from(query.subarray(0, Math.min(at + 5, query.length)));
    head.writeUInt16BE(found ? 0x8580 : 0x8583, 2);
    head.writeUInt16BE(answers.length, 6);
    head.writeUInt32BE(0, 8);
    const body = answers.map((ip) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...ip.split('.').map(Number)]),
    );
    socket.send(Buffer.concat([head, ...body]), from.port, from.address);
  });
  socket.bind(53, '127.0.0.1', () => say({ ready: true }));
}

async function reachable({ host, port }: Address, place: Place): Promise<boolean> {
  if (!(port > 0 && port < 65536)) return false;
  for (const ip of addressesOf(host, place)) if (await answers(ip, port)) return true;
  return false;
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const end = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}

const all = async (to: Address[], place: Place) =>
  (await Promise.all(to.map((one) => reachable(one, place)))).every(Boolean);

/** A file that a container wrote is read without following links, and only so far. */
function readHostile(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    return stat.isFile() && stat.size < 1_000_000 ? readFileSync(file, 'utf8') : '';
  } finally {
    closeSync(file);
  }
}

async function answerStandIn(run: number, bridge: string, id: string): Promise<void> {
  const [name = '', ...args] = readHostile(join(bridge, `${id}.ask`))
    .split('\0')
    .slice(0, -1);
  const env = Object.fromEntries(
    readHostile(join(bridge, `${id}.env`))
      .split('\0')
      .filter(Boolean)
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  const state = running.get(run);
  if (!state) return;
  const reply = (code: number, output = '', drop = 0) => {
    if (!running.has(run)) return;
    try {
      writeFileSync(join(bridge, `${id}.part`), `${code} ${drop}\n${output}`, { flag: 'wx' });
      renameSync(join(bridge, `${id}.part`), join(bridge, `${id}.reply`));
    } catch {
      // A container that spoils its own bridge waits for ever.
    }
  };
  const task = taskOf(name, args, env);
  if (task.kind === 'cluster') {
    const key = `${run}/${id}`;
    unanswered.set(key, reply);
    const file = join(bridge, `${id}.file`);
    say({ ask: key, run, argv: [name, ...args], env, ...(existsSync(file) && { file: readHostile(file) }) });
    return;
  }
  if (task.kind === 'resolve') {
    const found = addressesOf(task.host, state);
    // `dig` exits 0 for a name that is not there, and prints nothing.
    return reply(
      found.length > 0 || name === 'dig' ? 0 : 1,
      found.map((ip) => (name === 'dig' ? `${ip}\n` : `Name:\t${task.host}\nAddress: ${ip}\n`)).join(''),
    );
  }
  if (task.kind === 'connect') return (await all(task.to, state)) ? reply(0, task.prints) : reply(task.failure);
  const limit = task.seconds === undefined ? Infinity : Date.now() + Math.max(50, (task.seconds * 1000) / scale);
  while (running.has(run)) {
    if (await all(task.to, state)) return reply(0, '', task.drop);
    if (Date.now() > limit) return reply(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function lookForQuestions(): void {
  for (const [run, { bridge, asked }] of running) {
    for (const file of readdirSync(bridge)) {
      if (file === 'started' && !asked.has(file)) say({ started: run });
      if (file === 'started') asked.add(file);
      if (!file.endsWith('.ask') || asked.has(file) || asked.size > 5000) continue;
      asked.add(file);
      answerStandIn(run, bridge, file.slice(0, -4)).catch(() => undefined);
    }
  }
}

function run(message: Extract<ToAgent, { run: number }>): void {
  const bridge = join(message.job, 'bridge');
  const args = [
    '--mount',
    '--uts',
    '--pid',
    '--fork',
    '--kill-child=SIGKILL',
    '/bin/sh',
    join(work, 'programs', 'enter.sh'),
    message.root,
    message.job,
    ...message.argv,
  ];
  const child = spawn('unshare', args, {
    stdio: ['ignore', 'ignore', process.env.SANDBOX_TRACE ? 'inherit' : 'ignore'],
  });
  running.set(message.run, { child, namespace: message.namespace, hosts: message.hosts, bridge, asked: new Set() });
  child.once('close', (code) => {
    running.delete(message.run);
    say({ exited: message.run, code: code ?? 137 });
  });
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line) as ToAgent;
    if ('network' in message) setNetwork(message.network);
    else if ('run' in message) run(message);
    else if ('kill' in message) running.get(message.kill)?.child.kill('SIGKILL');
    else {
      unanswered.get(message.answer)?.(message.code, message.output);
      unanswered.delete(message.answer);
    }
  })
  .on('close', () => process.exit(0));
if (!existsSync(work)) process.exit(1);
setInterval(lookForQuestions, 10);
serveNames();
