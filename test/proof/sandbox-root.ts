import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { standIns } from './stand-ins.ts';

/** Whether commands can really be run here. */
export type Availability =
  { available: true; rootless: boolean; namespaces: string[] } | { available: false; reason: string };

let known: Availability | undefined;

/** Looks once what this machine allows. */
export function sandboxAvailability(): Availability {
  known ??= detect();
  return known;
}

/** The first place of a program of this machine: on the PATH, or where only root looks. */
function locate(program: string): string | undefined {
  return [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin', '/sbin']
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

function detect(): Availability {
  if (process.platform !== 'linux') return { available: false, reason: 'namespaces need Linux' };
  for (const program of ['unshare', 'mount', 'setpriv', 'chroot', 'timeout', 'busybox']) {
    if (!locate(program)) return { available: false, reason: `${program} is not installed` };
  }
  const rootless = process.getuid?.() !== 0;
  const namespaces = [
    '--net',
    '--mount',
    '--pid',
    '--ipc',
    '--uts',
    '--fork',
    '--kill-child=SIGKILL',
    ...(rootless ? ['--user', '--map-root-user'] : []),
  ];
  try {
    execFileSync('unshare', [...namespaces, 'sh', '-c', 'mount -t tmpfs none /tmp && busybox ip link set lo up'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 5000,
    });
    return { available: true, rootless, namespaces };
  } catch (error) {
    return {
      available: false,
      reason: `namespaces cannot be made here: ${String(error instanceof Error ? error.message : error).split('\n')[1] ?? 'refused'}`,
    };
  }
}

/** Programs that would sleep for real get the cluster's time, and those that ask others get the bridge. */
const scripts = (scale: number): Record<string, string> => ({
  // Asks the agent outside through files: the answer is an exit code, how many words to drop before running the rest,
  // and output.
  ask: `#!/real/sh
n=$(/real/busybox mktemp /run/bridge/XXXXXX) || exit 126
/real/busybox cat /proc/self/environ > "$n.env"
# What kubectl reads belongs to the question.
if [ "\${0##*/}" = kubectl ]; then
  f=; next=
  for a in "$@"; do
    [ -z "$next" ] || f=$a
    next=
    case $a in -f|--filename) next=1 ;; --filename=*) f=\${a#*=} ;; -f?*) f=\${a#-f}; f=\${f#=} ;; --) break ;; esac
  done
  case " $* " in *" create "*|*" apply "*|*" replace "*|*" delete "*) ;; *) f= ;; esac
  case $f in '') ;; -) /real/busybox cat > "$n.file" ;; *) /real/busybox cat "$f" > "$n.file" || exit 1 ;; esac
fi
printf '%s\\0' "\${0##*/}" "$@" > "$n.args"
/real/busybox mv "$n.args" "$n.ask"
until [ -e "$n.reply" ]; do /real/busybox sleep 0.01; done
{ read -r code drop; /real/busybox cat; } < "$n.reply"
[ "$code" = 0 ] && [ "\${drop:-0}" -gt 0 ] && shift "$drop" && exec "$@"
exit "$code"
`,
  sleep: `#!/real/sh
t=0
for a in "$@"; do
  case $a in *m) u=60000;; *h) u=3600000;; *d) u=86400000;; inf*) a=100000; u=1000;; *) u=1000;; esac
  a=\${a%[smhd]}; i=\${a%%.*}; t=$((t + \${i:-0} * u))
done
t=$((t / ${scale})); [ "$t" -lt 10 ] && t=10
exec /real/busybox sleep "$((t / 1000)).$(printf %03d $((t % 1000)))"
`,
  timeout: `#!/real/sh
found=
  for a in "$@"; do
    shift
    case $a in
      [0-9]*) [ -z "$found" ] && found=1 && { case $a in *m) u=60;; *h) u=3600;; *) u=1;; esac; i=\${a%[smhd]}; i=\${i%%.*}; t=$((i * u * 1000 / ${scale})); a=$((t / 1000)).$(printf %03d $((t % 1000))); } ;;
    esac
    set -- "$@" "$a"
  done
exec /real/gnu-timeout "$@"
`,
  wget: `#!/real/sh
case "$*" in *https://*) exec /bin/curl "$@";; esac
exec /real/busybox wget "$@"
`,
});

/** Makes the folder of programs that every container sees: real ones, and stand-ins for the rest. */
export function makePrograms(folder: string, scale: number): void {
  const real = join(folder, 'real');
  const bin = join(folder, 'bin');
  mkdirSync(real, { recursive: true });
  mkdirSync(bin);
  const take = (name: string, from: string | undefined) => {
    if (from === undefined) return false;
    copyFileSync(realpathSync(from), join(real, name));
    chmodSync(join(real, name), 0o755);
    return true;
  };
  take('busybox', locate('busybox'));
  take('gnu-timeout', locate('timeout'));
  take('setpriv', locate('setpriv'));
  const linked = new Set<string>();
  const link = (name: string, to: string) => {
    if (linked.has(name)) return;
    linked.add(name);
    symlinkSync(`/real/${to}`, join(bin, name));
  };
  for (const [name, text] of Object.entries(scripts(scale))) {
    writeFileSync(join(real, name), text, { mode: 0o755 });
    if (name !== 'ask') link(name, name);
  }
  // Not the shell of busybox: it prefers its own sleep to the one on PATH.
  take('sh', '/bin/sh');
  link('sh', 'sh');
  // Those of busybox start its own applets instead of what is on PATH.
  for (const name of ['bash', 'getent', 'env', 'xargs', 'nohup', 'nice', 'setsid'])
    if (take(name, locate(name))) link(name, name);
  if (take('nc', locate('nc.openbsd') ?? locate('nc.traditional'))) link('nc', 'nc');
  for (const name of standIns) link(name, 'ask');
  const applets = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const name of applets) if (name !== 'busybox') link(name, 'busybox');
  writeFileSync(join(folder, 'enter.sh'), enter, { mode: 0o755 });
  writeFileSync(join(folder, 'start.sh'), start, { mode: 0o755 });
}

/** First in the namespaces: nothing of the machine can be written but the play's own folder. */
const start = `#!/bin/sh
mount --make-rprivate / || exit 1
mount --bind "$WORK" "$WORK" || exit 1
while read -r _ _ _ _ at _; do
  case $at in "$WORK"|/proc|/proc/*) ;; *) mount -o remount,bind,ro "$at" 2>/dev/null ;; esac
done < /proc/self/mountinfo
mount -t proc proc /proc || exit 1
busybox ip link set lo up || exit 1
exec "$@"
`;

/**
 * Makes one container's file system and enters it: enter.sh ROOT JOB …, where JOB is a folder with `mounts`
 * (source, target, mode by line), `links` (paths to stand in for), `resolv.conf`, `hosts`, `hostname` and `bridge`. Then come the working
 * directory, the environment, `--` and the command.
 */
const enter = `#!/bin/sh
set -e
R=$1; J=$2
mount -t tmpfs -o size=64m,mode=1777,nosuid tmpfs "$R"
cd "$R"
mkdir -m 1777 tmp run var home root opt app
mkdir -p bin real usr etc dev proc run/bridge
for d in sbin usr/bin usr/sbin usr/local/bin; do mkdir -p "$(dirname "$d")"; ln -s /bin "$d"; done
for d in lib lib64 usr/lib usr/lib64; do
  if [ -L "/$d" ]; then cp -P "/$d" "$d"; elif [ -d "/$d" ]; then mkdir -p "$d"; mount --bind "/$d" "$d"; fi
done
cp -a "$WORK/programs/bin/." bin/
mount --bind "$WORK/programs/real" real
mount -o remount,bind,ro real
mount --bind "$J/bridge" run/bridge
mount -t proc proc proc
while read -r n minor; do
  busybox mknod -m 666 "dev/$n" c 1 "$minor" 2>/dev/null || { : > "dev/$n"; mount --bind "/dev/$n" "dev/$n"; }
done <<END
null 3
zero 5
random 8
urandom 9
END
ln -s /proc/self/fd dev/fd; ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr
echo 'root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/tmp:/bin/sh' > etc/passwd
echo 'root:x:0:
nogroup:x:65534:' > etc/group
echo 'hosts: files dns' > etc/nsswitch.conf
cp "$J/hosts" etc/hosts
cp "$J/resolv.conf" etc/resolv.conf
busybox hostname "$(busybox cat "$J/hostname")"
while IFS="$(printf '\\t')" read -r source target mode; do
  [ -n "$target" ] || continue
  [ -e "$source" ] || mkdir -m 777 -p "$source"
  if [ -d "$source" ]; then mkdir -p "./$target"; else mkdir -p "./$(dirname "$target")"; : >> "./$target"; fi
  mount --bind "$source" "./$target"
  if [ "$mode" = ro ]; then mount -o remount,bind,ro "./$target"; fi
done < "$J/mounts"
while read -r path; do
  [ -e "./$path" ] || [ -L "./$path" ] || { mkdir -p "./$(dirname "$path")" && ln -s /real/ask "./$path"; } 2>/dev/null || true
done < "$J/links"
shift 2
ulimit -f 131072
ulimit -v 4000000
# Counted by user: without one of its own the container shares this one's processes.
[ -z "$DROP" ] || ulimit -u 256 2>/dev/null || ulimit -p 256 2>/dev/null || true
exec chroot . /real/setpriv $DROP --bounding-set=-all --inh-caps=-all --no-new-privs /real/busybox env -i /real/sh -c '
  cd "$1" 2>/dev/null || cd /
  shift
  while [ "$1" != -- ]; do
    case \${1%%=*} in *[!A-Za-z0-9_]*|[0-9]*) ;; *) export "$1" ;; esac
    shift
  done
  shift
  : > /run/bridge/started
  exec "$@"' sh "$@" < /dev/null
`;
