import type { Place } from '../parse/index.ts';
import type { Location } from './location.ts';

/** Makes a place concrete. */
export type Locate = (place: Place) => Location;

/** Places in manifests that were rendered elsewhere: their own lines. */
export const locateInManifests: Locate = ({ resource, path, part, row }) => {
  const { line, column, endLine, endColumn } = resource.position(path, part, row);
  return { file: resource.manifest.file, line, column, endLine, endColumn };
};
