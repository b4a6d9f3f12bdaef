import type { ExecFileSyncOptions, ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';

export function npm(args: readonly string[], options: ExecFileSyncOptionsWithStringEncoding): string;
export function npm(args: readonly string[], options?: ExecFileSyncOptions): Buffer | string;
