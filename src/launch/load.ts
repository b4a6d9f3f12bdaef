import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, versions } from 'node:process';
import { constants, Script } from 'node:vm';

/**
 * What `dist/program.cjs` exports. V8 need not compile it where the build left its code for this version of V8 beside
 * it; V8 checks that code, and takes no other (`vm.Script`, `cachedData`). It is a part of the package as the program
 * is: nothing writes it later.
 */
export function load(folder: URL): { program: unknown; script: Script; fromCode: boolean } {
  const file = new URL('program.cjs', folder);
  const script = new Script(`(function(require,module,exports){${readFileSync(file, 'latin1')}\n})`, {
    filename: file.pathname,
    cachedData: codeFor(new URL(codeName, folder)),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {} };
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run(createRequire(file), module, module.exports);
  return { program: module.exports, script, fromCode: script.cachedDataRejected === false };
}

/** The file with the code for the V8 that runs this; its patches for Node (`-node.38`) change nothing of it. */
export const codeName = `code-${versions.v8.replace(/-node\..*$/, '')}-${platform}-${arch}.bin`;

function codeFor(file: URL): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
