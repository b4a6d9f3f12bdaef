import type { Programs } from './programs.ts';
export const startNode = (_programs: Programs): void => undefined;
