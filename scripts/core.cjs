// What runs in a browser too: src/playground.ts and all that it loads. Types may come from anywhere, they are not
// there at run time.
module.exports = [
  'src/(yaml|template|shell|tools|parse|api|model|simulate|check)/',
  'rules/',
  'src/config/(command|knowledge|near|pattern|policy)\\.ts',
  'src/discover/error\\.ts',
  'src/fix/plan\\.ts',
  'src/helm/major\\.ts',
  'src/place/(in-manifests|unique-name)\\.ts',
  'src/plan/(ids|index|need|plan|rollout)\\.ts',
  'src/render/dependencies\\.ts',
  'src/report/(safe|verdict)\\.ts',
  'src/suppress/(annotations|by-policy|checks|comments|directives|index|subcharts)\\.ts',
  'src/(plural|group-by|sha256|bytes|version|internal-error|fingerprint|result|finding|summary)\\.ts',
  'src/(words|rule-report|api-advice|api-reports|one-cause|when-sent|repeated-keys|rule)\\.ts',
  'src/(active-rules|hidden|judge|manifest-stages|playground|rule-failures|settle)\\.ts',
];
