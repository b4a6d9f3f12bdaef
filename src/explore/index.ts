export { coveringArray, type Setting } from './covering.ts';
export { switchesOf, type Switch } from './switches.ts';
