import type { PlacedReport } from '../check/index.ts';
import type { Dependencies } from '../config/index.ts';
import type { Suppression } from '../finding.ts';
import { dependencyOf, thirdParty } from '../render/dependencies.ts';
import type { SourceFile } from '../render/index.ts';

/** Whose findings in subcharts are reported, and who says so; nobody where the default holds. */
export interface WhoseFindings {
  dependencies: Dependencies;
  by: 'policy' | 'option' | undefined;
}

/** Suppresses reports about resources of subcharts whose findings are not asked for. */
export function subchartSuppressor(
  sources: readonly SourceFile[],
  { dependencies, by }: WhoseFindings,
): (report: PlacedReport) => Suppression | undefined {
  const isForeign = thirdParty(sources);
  return (report) => {
    if (report.dependency === undefined || dependencies === 'all') return undefined;
    const foreign = isForeign(report.dependency) && !namesOthers(report, isForeign);
    if (foreign) return { by: 'subchart', reason: `third-party subchart ${report.dependency}` };
    return dependencies === 'none'
      ? by === 'policy'
        ? { by: 'policy', reason: 'dependencies: none' }
        : { by: 'option', reason: '--dependencies none' }
      : undefined;
  };
}

/**
 * Whether the chain of reasons leaves the third-party charts: then it is the composition that is at fault, and that is
 * the parent's.
 */
function namesOthers({ because }: PlacedReport, isForeign: (dependency: string) => boolean): boolean {
  return because.some(({ at }) => {
    const dependency = dependencyOf(at.resource.manifest.source);
    return dependency === undefined || !isForeign(dependency);
  });
}
