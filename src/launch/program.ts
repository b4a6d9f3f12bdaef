// All of the program as one file: `dist/program.cjs`. Only what `load.ts` needs to begin is evaluated at once.
export { main } from '../cli/main.ts';

/** The library's face. */
export const library = () => import('../index.ts');
