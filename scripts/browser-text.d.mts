import type { Plugin } from 'esbuild';
import type { Plugin as VitePlugin } from 'vitest/config';

export function browserText(path: string): Promise<string>;
export const browserTextPlugin: Plugin;
export const browserTextVite: VitePlugin;
