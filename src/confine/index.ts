// Stage `confine`: what may be read for a chart, and what leads elsewhere.
export { boundaryOf, ConfineError, isWithin, unmisled, whyOutside } from './boundary.ts';
export { copyChart, copyWith, entriesOf, linkChart, reachOf, readRegular, type ChartReach } from './chart.ts';
