// Stage `helm`: finding Helm, running `helm template` within bounds, and putting its failures into plain words.
export { buildDependencies } from './dependencies.ts';
export { temporaryFolder } from './ending.ts';
export { HelmError, type HelmErrorKind, type HelmErrorParts } from './error.ts';
export { unsafe } from './cache.ts';
export { cacheFolder } from './environment.ts';
export { findHelm, identityOf, type FindOptions, type Helm } from './find.ts';
export type { DroppedHook } from './log.ts';
export { defaultVersion, type ManagedVersion, type Pin } from './pins.ts';
export { withAbsolutePaths, type SetOption, type TemplateRequest } from './request.ts';
export { preload } from './run.ts';
export { template, type TemplateLimits, type TemplateResult } from './template.ts';
export type { HelmVersion } from './version.ts';
