// Stage `git`: repositories found and read without obeying anything in them.
export { isInside } from '../paths.ts';
export { changesSince } from './changes.ts';
export { commitAt, type CommitAt } from './commit-at.ts';
export { GitError } from './error.ts';
export { Git } from './git.ts';
export { repositoriesOf, repositoryOf, type Repository } from './repository.ts';
export type { Environment as GitEnvironment } from './run.ts';
export { writeTree, type Snapshot } from './snapshot.ts';
export { textAtCommit } from './text.ts';
export { blobsOf, fileAt, isPlain, pathIn, pathsOf, treeOf, type TreeEntry } from './tree.ts';
