/** A platform that a release has an executable for. Names are Go's, as Helm's own downloads have them. */
export interface Target {
  /** In names of files: `linux-amd64-musl`. */
  name: string;
  os: 'linux' | 'darwin' | 'windows';
  arch: 'amd64' | 'arm64';
  /** The npm package of the runtime, in `package-lock.json` beside this file. */
  runtime: string;
  /** What `bun build --target` calls it. */
  bun: string;
}

const target = (name: string, runtime: string, bun: string): Target => {
  const [os, arch] = name.split('-') as [Target['os'], Target['arch']];
  return { name, os, arch, runtime: `@oven/bun-${runtime}`, bun: `bun-${bun}` };
};

export const targets: readonly Target[] = [
  target('linux-amd64', 'linux-x64', 'linux-x64'),
  target('linux-arm64', 'linux-aarch64', 'linux-arm64'),
  target('linux-amd64-musl', 'linux-x64-musl', 'linux-x64-musl'),
  target('linux-arm64-musl', 'linux-aarch64-musl', 'linux-arm64-musl'),
  target('darwin-amd64', 'darwin-x64', 'darwin-x64'),
  target('darwin-arm64', 'darwin-aarch64', 'darwin-arm64'),
  target('windows-amd64', 'windows-x64', 'windows-x64'),
];

/** The executable's name: what is typed. */
export const programName = ({ os }: Target): string => (os === 'windows' ? 'migrate-lint.exe' : 'migrate-lint');

/** The target of this machine; throws an `Error` of one line where there is none. */
export function targetHere(): Target {
  const os = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform as string];
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  // Node's report names glibc where there is one.
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const musl = os === 'linux' && !report.header?.glibcVersionRuntime ? '-musl' : '';
  const found = targets.find(({ name }) => name === `${os}-${arch}${musl}`);
  if (!found) throw new Error(`no executable is built for ${process.platform} ${process.arch}`);
  return found;
}
