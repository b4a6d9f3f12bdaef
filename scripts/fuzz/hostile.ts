// What does harm where it is not expected: the words of all mutations.

const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
const bomb = (levels: number) => Array.from({ length: levels }, (_, level) => `l${level}: &l${level} [${Array.from({ length: 9 }, () => (level ? `*l${level - 1}` : 'x')).join(', ')}]`).join(', ');

/** Values of any type. */
export const values: readonly unknown[] = [
  null, true, false, 0, -1, 1, 1.5, 1e308, -1e308, Number.MAX_SAFE_INTEGER, 2 ** 63, Number.NaN, Infinity, -Infinity, '', ' ', '0', '-0', '1e3', '0x10', '1_000', 'null', 'true', 'yes', 'on', '~', '-',
  [], {}, [[]], [null], [{}], [{}, null, 'x', 1], { '': '' }, { a: { b: { c: null } } }, { name: null }, { name: [] }, [{ name: {} }],
];

/** Texts that break readers of text. */
export const texts: readonly string[] = [
  '', ' ', '\n', '\t', '\r\n', '\0', '\u001b[31m', '\u001b]0;x\u0007', '\u009b1m', '\u202eabc', '\u200f', '\ufeff', '\ud800', '\u2028', 'é', 'e\u0301', '日本語', '👩‍👩‍👧', 'İ', 'ß', 'ﬀ',
  'a'.repeat(300), 'a'.repeat(70_000), 'a '.repeat(20_000), '-'.repeat(30_000), '/'.repeat(20_000), ':'.repeat(10_000), '"'.repeat(5_000), '\n'.repeat(60_000), ' '.repeat(60_000), '# '.repeat(20_000), '- '.repeat(20_000), '{{'.repeat(5_000), '$'.repeat(20_000), 'a.'.repeat(20_000), "'", '"', '`', '\\', '\\'.repeat(999), '%', '%s%n', '%00', '../../../../etc/passwd', '/etc/passwd',
  '<script>', ']]>', '<!--', '&amp;', '|', '::error::x', '@everyone', '$(touch pwned)', '`touch pwned`', '; touch pwned', '{{ .Values.x }}', '{{', '}}', '${X}', '$(X)', '$$(X)', '*', '?', '[', '(', '**/**', '^(a+)+$', '(((((',
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'length', 'then',
];

/** Keys that objects already have, and such that mean something to Kubernetes, Helm or the rules. */
export const keys: readonly string[] = [
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length', 'then', '', ' ', '0', '-1', '<<', '*', '?', 'null', 'true', '1.5', 'a'.repeat(500), 'é', '\u001b[1m', 'a.b', 'a/b', 'a~b', 'a b', 'a\nb',
  'apiVersion', 'kind', 'metadata', 'spec', 'data', 'stringData', 'items', 'name', 'namespace', 'labels', 'annotations', 'ownerReferences', 'generateName', 'template', 'selector', 'matchLabels', 'containers', 'initContainers', 'ephemeralContainers', 'image',
  'command', 'args', 'env', 'envFrom', 'valueFrom', 'secretKeyRef', 'configMapRef', 'volumes', 'volumeMounts', 'configMap', 'secret', 'projected', 'persistentVolumeClaim', 'serviceAccountName', 'restartPolicy', 'backoffLimit', 'activeDeadlineSeconds',
  'ttlSecondsAfterFinished', 'parallelism', 'completions', 'completionMode', 'suspend', 'schedule', 'jobTemplate', 'replicas', 'strategy', 'rules', 'roleRef', 'subjects', 'ports', 'type', 'externalName', 'clusterIP', 'readinessProbe', 'livenessProbe', 'lifecycle', 'imagePullSecrets',
  'helm.sh/hook', 'helm.sh/hook-weight', 'helm.sh/hook-delete-policy', 'helm.sh/resource-policy', 'migrate-lint/ignore', 'argocd.argoproj.io/hook', 'argocd.argoproj.io/sync-wave', 'argocd.argoproj.io/hook-delete-policy', 'argocd.argoproj.io/sync-options',
];

/** What stands behind such keys. */
export const words: readonly string[] = [
  'Job', 'CronJob', 'Deployment', 'StatefulSet', 'DaemonSet', 'Pod', 'Service', 'Secret', 'ConfigMap', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'PersistentVolumeClaim', 'Namespace', 'List', 'JobList', 'CustomResourceDefinition', 'batch/v1', 'batch/v1beta1', 'apps/v1', 'v1', '///',
  'pre-install', 'post-install', 'pre-upgrade', 'post-upgrade', 'pre-install,pre-upgrade', 'test', 'pre-delete', 'pre-rollback', 'pre-instal', ',,,', 'PreSync', 'Sync', 'PostSync', 'SyncFail', 'Skip', 'before-hook-creation', 'hook-succeeded', 'hook-failed', 'hook-succeeded,hook-failed', 'keep',
  '-5', '5', '+5', '1e5', '99999999999999999999', '0x5', '٣', 'Never', 'OnFailure', 'Always', 'ExternalName', 'None', 'Headless', 'Indexed',
  'postgres://u:p@db:5432/x?sslmode=disable', 'postgres://', 'mysql://[::1]:99999/', 'jdbc:postgresql://a:1,b:2/x', 'amqp://@:/', 'http://[', 'redis://%zz', 'tcp(db:3306)/x', 'db:5432', ':5432', 'db:', 'db.default.svc.cluster.local.', '..', '10.0.0.1', '::1', 'localhost', 'host=db port=5432',
  'repo:tag', 'repo@sha256:0', ':', '@', 'registry:5000/a/b:c@sha256:x', 'busybox', 'postgres:16', 'migrate/migrate', 'flyway/flyway', 'liquibase/liquibase', 'bitnami/kubectl',
];

/** Commands and scripts, for the readers of shell. */
export const scripts: readonly string[] = [
  'until nc -z db 5432; do sleep 1; done; alembic upgrade head', 'while ! pg_isready -h $DB -p ${PORT:-5432}; do sleep 2; done', 'for i in $(seq 1 99999999999); do nc -z db 1 && break; sleep 1; done', 'for ((i=0;i<1e9;i++)); do :; done',
  'while true; do', 'if', 'fi', 'done', 'case x in', 'case $x in *) ;; esac', 'cat <<EOF', 'cat <<EOF\n$(x)\nEOF', "cat <<'A' <<B\nA\n", 'f() { f; }; f', ':(){ :|:& };:', 'eval "eval \\"eval x\\""', 'set -e; set +e; false', 'trap "x" EXIT', 'exec 3<>/dev/tcp/db/5432',
  'echo {1..1000000000}', 'echo {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', '${a:-${b:-${c:-${d}}}}', '${!x@Q}', '${x//a/b}', '$((1<<64))', '$((1/0))', '$((((((1))))))', "'", '"', '`', '$(', '${', '$((', '<(', '&&', '||', '|', '&', ';;', '>', '2>&1 >', '\\',
  deep('$(', ')', 200), deep('(', ')', 500), deep('{ ', ';}', 300), deep('if true; then ', ' fi;', 200), '"$('.repeat(300), 'a && '.repeat(3000), 'a | '.repeat(3000), 'x=1 '.repeat(5000), 'sh -c '.repeat(200), `${'sh -c "'.repeat(40)}x${'"'.repeat(40)}`, 'until x; do '.repeat(300), 'sleep 9'.repeat(50), 'timeout 5 '.repeat(500),
  'wait-for-it db:5432 -t 0 -- wait-for-it x:1 -- alembic upgrade head', 'dockerize -wait tcp://db:5432 -timeout 9e9s', 'kubectl wait --for=condition=complete job/x --timeout=-1s', 'kubectl wait --for=jsonpath={.status} pod -l a=b', 'k8s-wait-for job x', 'curl --retry 999999999 http://db', 'flyway -url=jdbc:postgresql://db/x migrate',
  'until nc -z $constructor 1; do sleep 1; done', 'toString=x __proto__=y nc -z $__proto__ $valueOf', 'kubectl wait --for=condition=complete constructor/x toString/y', 'kubectl rollout status __proto__/x', 'export constructor; pg_isready -h ${hasOwnProperty}',
  'npx prisma migrate deploy', 'rails db:migrate', 'python manage.py migrate --check', 'goose -dir . postgres "x" up', 'migrate -path . -database "$DB" up', 'python -c "import socket; socket.create_connection((\'db\', 5432))"', 'node -e "while(1){}"', 'perl -e x', 'psql -c "select 1" -h', 'mysqladmin ping -h', '--', '-', '-h -p',
];

/** YAML that cannot be had from a value: anchors, aliases, merges, tags, odd scalars. All fit into a flow. */
export const snippets: readonly string[] = [
  '&a [*a]', '&a {x: *a}', '*nowhere', '{<<: *nowhere}', '{<<: {a: 1}, <<: {a: 2}}', '{<<: [{a: 1}, 5]}', '{<<: 5}', '{<<: {__proto__: {polluted: 1}}}', '{__proto__: {polluted: 1}}', '{constructor: {prototype: {polluted: 1}}}', '{"__proto__": [1]}', '{__proto__: 5}',
  `{${bomb(4)}}`, `{${bomb(12)}}`, deep('[', ']', 50), deep('[', ']', 5_000), `${'{a: '.repeat(50)}1${'}'.repeat(50)}`, `${'{a: '.repeat(3_000)}1${'}'.repeat(3_000)}`, `${'[{'.repeat(500)}${'}]'.repeat(500)}`,
  '.nan', '.inf', '-.inf', '1e999', '-1e999', '0o17', '0x1F', '017', '1:30', '1_000', '2001-12-14t21:59:43.10-05:00', '~', '=', '!!binary "////"', '!!binary "%"', '!!set {a, b}', '!!omap [a: 1]', '!!pairs [a: 1, a: 2]', '!!timestamp 2001-01-01', '!!int "x"', '!!float "x"', '!!null x', '!!str 5', '!!map []', '!!seq {}', '!foo bar', '!<tag:x> y', '!!js/function "x"', '!!python/object/apply:os.system ["touch pwned"]',
  '"\\u0000"', '"\\x1b[31m"', '"\\ud800"', '"\\q"', '"unclosed', "'unclosed", '[unclosed', '{unclosed', '@x', '`x`', '%x', '? [a, b]', '{? {a: b} : c}', '{[a]: b}', '{{a: b}: c}', '{a, b}', '[a: b, c]', '{a: 1, a: 2}', '| x', '>-', '- - - x', '# x', ': x', 'a: b: c', '{? }', '[,]', '&', '*', '!', '&a', '&a &b x', '&a *a',
];

/** Lines put between the lines of a stream of manifests. */
export const lines: readonly string[] = [
  '---', '--- ', '---\t', '--- # x', '--- {kind: Job}', '--- |', '---x', '...', '%YAML 1.1', '%TAG ! tag:x,2000:', '# Source: a/templates/b.yaml', '# Source: ', '# Source: ../../x', '# Source: __proto__/templates/x', '# migrate-lint-disable', '# migrate-lint-disable-next-line hook-deadlock, nothing -- why', '# migrate-lint-enable', '# migrate-lint-disable-line -- ', '# expect: x',
  '\tkind: Job', 'kind: Job', 'apiVersion: batch/v1', 'metadata:', 'metadata: {name: x}', 'spec:', 'spec: null', 'items:', '  - ', '- x', ': ', '?', '? a', '<<: *x', '&x', '\u0000', '\u0085', '\u2028', '\ufeff', '\r', '   ', 'x', '{', '}', '[', ']', '"', "'", 'a: |', 'a: >', '  a: |2', '        deep: x', '__proto__: {polluted: 1}', '__proto__:', 'constructor: {}',
];

/** Go templates: actions that fail, print, loop a little, or never end. */
export const actions: readonly string[] = [
  '{{', '}}', '{{ }}', '{{- -}}', '{{ end }}', '{{ else }}', '{{ if true }}', '{{- if .Values.x }}', '{{ if }}', '{{ with .Values }}', '{{ range $k, $v := .Values }}', '{{ range until 50 }}', '{{ define "x" }}', '{{ template "x" . }}', '{{ include "nowhere" . }}', '{{ block "x" . }}{{ end }}', '{{ break }}', '{{/* x */}}', '{{/*', '*/}}',
  '{{ .Values }}', '{{ .Values.a.b.c }}', '{{ toYaml .Values }}', '{{ toYaml . | nindent 2 }}', '{{ toJson .Chart }}', '{{ .Release.IsUpgrade }}', '{{ .Release }}', '{{ .Capabilities }}', '{{ .Files.Get "Chart.yaml" }}', '{{ .Files.Get "../../etc/passwd" }}', '{{ (.Files.Glob "**").AsConfig }}', '{{ .Template.Name }}', '{{ lookup "v1" "Secret" "" "" }}', '{{ tpl "{{ .Values }}" . }}', '{{ tpl "{{" . }}', '{{ fail "\\x1b[31mno\\n\\nreally" }}', '{{ required "x" nil }}',
  '{{ printf "\\x1b]0;t\\x07\\u009b1m\\u202e" }}', '{{ printf "%s" 5 }}', '{{ "---" }}', '{{ "\\n---\\nkind: Job\\n" }}', '{{ randAlphaNum 8 }}', '{{ now }}', '{{ uuidv4 }}', '{{ genCA "x" 1 | toString | trunc 20 }}', '{{ repeat 20000 "x" }}', '{{ repeat 500 "- a\\n" }}', '{{ regexMatch "(" "x" }}', '{{ index . "x" "y" }}', '{{ div 1 0 }}', '{{ atoi "x" }}', '{{ fromYaml "a: [" }}', '{{ mustFromJson "{" }}', '{{ env "HOME" }}', '{{ getHostByName "x" }}',
  '{{ .Values.global.x | default dict }}', '{{ dict "a" }}', '{{ $x := 1 }}', '{{ $y }}', '{{ $.Values.x }}', '{{ set .Values "x" .Values }}', '{{ `{{` }}', '{{ "\\u0000" }}', '{{- /* migrate-lint-disable */ -}}', '{{/* migrate-lint-disable-next-line hook-deadlock */}}', '\ue0000\ue001', ' #\ue0001\ue001', '{{"{{"}}', '{{ .Chart.Name | quote | squote | b64enc }}', '{{ semverCompare "x" "y" }}', '{{ toYaml (list nil) }}',
];

/** Names of files that tools trip over. */
export const names: readonly string[] = ['-x.yaml', '--debug.yaml', 'a b.yaml', '$(touch pwned).yaml', 'a\nb.yaml', '\u001b[31m.yaml', 'ü.yaml', 'a:1.yaml', '_x.tpl', 'NOTES.txt', '.hidden.yaml', 'x.json', "'.yaml", '%2e.yaml', '#.yaml', 'tests/x.yaml', '__proto__', 'a'.repeat(200)];
