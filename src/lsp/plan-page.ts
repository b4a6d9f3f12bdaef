import { draw } from '../plan/format.ts';
import type { OpenChart } from './chart.ts';

/** How a chart rolls out, as the page that `migrate-lint plan --format html` writes. */
export async function planPage(chart: OpenChart): Promise<{ title: string; html: string } | null> {
  const { last } = chart;
  if (!last || last.seen.plans.length === 0) return null;
  const { result, plans } = last.seen;
  const html = await draw('html', plans, { color: false, all: false, errors: result.errors, cwd: chart.cwd });
  return { title: plans[0]!.chart.name || plans[0]!.chart.path, html };
}
