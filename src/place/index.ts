import { join, relative } from 'node:path';
import type { Place, Resource } from '../parse/index.ts';
import type { SourceFile } from '../render/index.ts';
import type { Location } from './location.ts';

export type { Location } from './location.ts';

/** Turns places in rendered resources into lines that people edit. */
export interface Places {
  locate(place: Place): Location;
  uniqueName(resource: Resource): 'time' | 'random' | 'revision' | undefined;
}

/** Places in manifests that were rendered elsewhere: their own lines. */
export function placesOfManifests(): Places {
  return {
    locate: ({ resource, path, part }) => {
      const { line, column, endLine, endColumn } = resource.position(path, part);
      return { file: resource.manifest.file, line, column, endLine, endColumn };
    },
    uniqueName: () => undefined,
  };
}

/** Places in a chart: its own templates. */
export function placesOfChart(chart: { absolute: string; path: string; name: string }, _sources: readonly SourceFile[], cwd: string): Places {
  return {
    locate: ({ resource }) => {
      const source = resource.manifest.source;
      const file = source ? join(chart.absolute, source.split('/').slice(1).join('/')) : chart.absolute;
      return { file: relative(cwd, file), line: 1, column: 1 };
    },
    uniqueName: () => undefined,
  };
}
