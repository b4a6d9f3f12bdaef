// The laws of the house (CONTRIBUTING.md, "The order"); `npm run check` keeps them, and test/laws.test.ts breaks each on purpose.

const core = require('./scripts/core.cjs').map((files) => `^${files}`);
const order = require('./scripts/order.cjs');

const path = (rooms) => rooms.map(([, files]) => `^${files}`);

const forbidden = [
  {
    name: 'no-cycle',
    comment: 'No two files need each other, be it for a type: whoever reads one can stop somewhere.',
    from: {},
    to: { circular: true },
  },
  ...order
    .map(([name, files], index) => ({
      name: `order-${name}`,
      comment: `${name} imports itself and what is before it in the order, never what is after it.`,
      from: { path: `^${files}` },
      to: { path: path(order.slice(index + 1)) },
    }))
    .slice(0, -1),
  {
    name: 'rule-sees-rule',
    comment: 'A rule imports src/rule.ts and nothing else, no package and no other rule.',
    from: { path: '^rules/', pathNot: '^rules/index\\.ts$' },
    to: { pathNot: '^src/rule\\.ts$' },
  },
  {
    name: 'report-draws',
    comment: 'A report is drawn from what was found: it neither renders, nor plays a release, nor runs a program.',
    from: { path: '^src/report/' },
    to: { path: ['^src/(helm|render|simulate|model|git|from|explore|discover)/', '^(node:)?child_process$'] },
  },
  {
    name: 'core-without-node',
    comment: 'What runs in a browser too (scripts/core.cjs) imports nothing of Node.',
    from: { path: core },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'core-alone',
    comment: 'What runs in a browser too (scripts/core.cjs) loads no other file of src/ and rules/.',
    from: { path: core },
    to: { path: '^(src|rules)/', pathNot: core, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'in-a-room',
    comment: 'Every file of src/ and rules/ belongs to a room of the order.',
    from: { path: '^(src|rules)/', pathNot: [...path(order), '\\.generated\\.'] },
    to: {},
  },
  {
    name: 'into-a-room',
    comment: 'Nobody imports a file of src/ or rules/ that belongs to no room of the order.',
    from: {},
    to: { path: '^(src|rules)/', pathNot: [...path(order), '^src/age\\.json$'] },
  },
  {
    name: 'product-alone',
    comment: 'The product imports no test, script or benchmark.',
    from: { path: '^(src|rules)/' },
    to: { path: '^(test|scripts|bench|fixtures|docs|site)/' },
  },
  {
    name: 'found',
    comment: 'An import that leads nowhere is seen by no law.',
    from: { path: '^(src|rules)/' },
    to: { couldNotResolve: true, pathNot: '^[@a-z]' },
  },
];

module.exports = {
  forbidden: forbidden.map((law) => ({ severity: 'error', ...law })),
  options: {
    // Types too, and imports that are made at run time.
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs', 'tsd'],
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'] },
  },
};
