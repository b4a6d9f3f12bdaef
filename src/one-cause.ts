import { groupBy } from './group-by.ts';
// One cause is one finding, however many resources it shows in.
import type { Report } from './rule-report.ts';
import { describe, describeAll } from './words.ts';

/** More of them are counted only. */
const mostShown = 5;

/**
 * Reports of one cause as one: the first, with the others named behind its message and their places in its reasons.
 * `causeOf` gives equal texts for reports of one cause; those of different severity stay apart.
 */
export function* byCause(reports: Iterable<Report>, causeOf: (report: Report) => string): Iterable<Report> {
  const causes = groupBy(reports, (report) => `${report.severity} ${causeOf(report)}`);
  for (const [first, ...rest] of causes.values()) {
    const subject = (report: Report) => report.resource ?? report.at.resource;
    const others = [...new Set(rest.map(subject))].filter((one) => one !== subject(first));
    if (rest.length === 0) yield first;
    else
      yield {
        ...first,
        ...(others.length > 0 && {
          message: `${first.message} (and ${others.length} more: ${describeAll(others)})`,
        }),
        because: [
          ...(first.because ?? []),
          ...rest
            .slice(0, mostShown)
            .map((report) => ({ message: `the same in ${describe(subject(report))}`, at: report.at })),
        ],
      };
  }
}
