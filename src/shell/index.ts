export { parseArgv, parseScript } from './walk.ts';
export type { ShellOptions } from './context.ts';
export { duration } from './wrappers.ts';
export type { Command, Loop, Script } from './command.ts';
