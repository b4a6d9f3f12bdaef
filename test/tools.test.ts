import { describe, expect, it } from 'vitest';
import type { ContainerCommand, Understanding, Wait } from '../src/tools/index.ts';
import { understand } from '../src/tools/index.ts';

type Given = Partial<Omit<ContainerCommand, 'env'>> & { env?: Record<string, string | undefined> };
const look = (given: Given): Understanding =>
  understand({ name: 'main', image: 'registry.test/app:1', ...given, env: new Map(Object.entries(given.env ?? {})) });
const sh = (text: string, given: Given = {}): Understanding => look({ command: ['sh', '-c', text], ...given });

/** `nc store:5432`, `kubectl job/x`, … with `!` when bounded. */
function brief(wait: Wait): string {
  const what = ((): string => {
    switch (wait.kind) {
      case 'host':
        return wait.nameOnly ? `${wait.host} by name` : `${wait.host}:${wait.port ?? '?'}`;
      case 'service':
        return `service/${wait.name}`;
      case 'workload':
        return `${wait.resource}/${wait.name}`;
      case 'schema':
        return 'schema';
      case 'content':
        return `what is in ${wait.host}`;
      default:
        return `${wait.kind}/${wait.name ?? `{${wait.selector ?? ''}}`}${wait.kind === 'job' && wait.evenFailed ? ' even failed' : ''}`;
    }
  })();
  const namespace = 'namespace' in wait && wait.namespace ? ` in ${wait.namespace}` : '';
  return `${wait.tool} ${what}${namespace}${wait.bounded ? ` !${wait.seconds ?? ''}` : ''}${wait.givesUp ? ' then goes on' : ''}`;
}
const briefly = (found: Understanding): string[] => found.waits.map(brief);

describe('waits of shell scripts', () => {
  const env = { DB: 'store', PORT: '5432', PGHOST: 'pg', URL: 'postgres://me:pw@pg:6432/x' };
  it.each<[string, string[]]>([
    [
      'until nc -z elk.default.svc.cluster.local 9200 -w 2; do sleep 2; done && until nc -z elk.default.svc.cluster.local 12201 -w 2; do sleep 2; done',
      ['nc elk.default.svc.cluster.local:9200', 'nc elk.default.svc.cluster.local:12201'],
    ],
    ['until mysql --connect-timeout=2 -h store -p$ROOT_PW -e "SELECT 1"; do sleep 2; done', ['mysql store:3306']],
    ['while ! nc -zv $DB $PORT -w1; do sleep 1; done', ['nc store:5432']],
    ['until ncat -zw2 store 1; do :; done', ['ncat store:1']],
    ['until busybox nc -z store 1; do :; done', ['nc store:1']],
    ['until echo q | telnet store 25; do :; done', ['telnet store:25']],
    ['until pg_isready; do :; done', ['pg_isready pg:5432']],
    ['until pg_isready -h store -p 5433 -U me; do :; done', ['pg_isready store:5433']],
    ['until pg_isready -q -d "$URL"; do :; done', ['pg_isready pg:6432']],
    ['until psql -h store -U me -c "select 1"; do :; done', ['psql store:5432']],
    ['until psql "$URL" -c "select 1"; do :; done', ['psql pg:6432']],
    ['until PGHOST=other psql -c "select 1"; do :; done', ['psql other:5432']],
    ['until mysqladmin ping -hstore --silent; do :; done', ['mysqladmin store:3306']],
    ['until mariadb-admin ping -h store -P 3307; do :; done', ['mariadb-admin store:3307']],
    ['until mongosh --host store --eval "1"; do :; done', ['mongosh store:27017']],
    ['until mongosh "mongodb://a:1,b:2/x" --eval 1; do :; done', ['mongosh a:1', 'mongosh b:2']],
    ['until redis-cli -h cache -p 6380 ping; do :; done', ['redis-cli cache:6380']],
    ['until redis-cli -h cache ping | grep -q PONG; do :; done', ['redis-cli cache:6379']],
    ['until [ "$(redis-cli -h cache ping)" = PONG ]; do :; done', ['redis-cli cache:6379']],
    ['until cqlsh wide 9043 -e "describe keyspaces"; do :; done', ['cqlsh wide:9043']],
    ['until clickhouse-client --host columns -q "select 1"; do :; done', ['clickhouse-client columns:9000']],
    ['until clickhouse client --host columns --port 9440 -q "select 1"; do :; done', ['clickhouse columns:9440']],
    ['until rabbitmqctl -n rabbit@mq status; do :; done', ['rabbitmqctl mq:5672']],
    ['until curl -sf http://web/health; do :; done', ['curl web:80']],
    ['until curl -s -o /dev/null -w "%{http_code}" web:8080/health | grep 200; do :; done', ['curl web:8080']],
    ['until wget -qO- --spider https://web/health; do :; done', ['wget web:443']],
    ['curl --retry 5 --retry-delay 2 --retry-connrefused http://web:8080/', ['curl web:8080 !10']],
    ['until getent hosts store; do :; done', ['getent store by name']],
    ['until nslookup store.default.svc; do :; done', ['nslookup store.default.svc by name']],
    [
      'until nslookup api.$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace).svc.cluster.local; do :; done',
      ['nslookup api by name'],
    ],
    ['until nc -z api.$POD_NAMESPACE.svc 80; do :; done', ['nc api:80']],
    ['for s in a b; do until nslookup $s; do :; done; done', ['nslookup a by name', 'nslookup b by name']],
    ['until bash -c "</dev/tcp/store/5432"; do :; done', ['/dev/tcp store:5432']],
    ['until (echo > /dev/tcp/$DB/$PORT) 2>/dev/null; do :; done', ['/dev/tcp store:5432']],
    ['/wait-for-it.sh ${HOST:-store}:${PORT:-1} -t 300 -s -- echo up', ['wait-for-it.sh store:5432 !300']],
    ['wait-for-it --host=store --port=5432 --timeout=0', ['wait-for-it store:5432']],
    ['bash /wait-for-it.sh store:5432 -t 60', ['wait-for-it.sh store:5432 !60']],
    ['sh -x -- ./wait-for store:5432', ['wait-for store:5432 !15']],
    ['kubectl rollout status -n=shop deploy/x -w=true', ['kubectl deployment/x in shop']],
    ['wait-for store:5432 -- alembic upgrade head', ['wait-for store:5432 !15']],
    ['wait4x tcp store:5432 -t 30s', ['wait4x store:5432 !30']],
    ["wait4x postgresql 'postgres://me:pw@store/x?sslmode=disable'", ['wait4x store:5432 !10']],
    ["wait4x mysql 'me:pw@tcp(store:3307)/x' -t 1m", ['wait4x store:3307 !60']],
    [
      'dockerize -wait tcp://store:5432 -wait http://web:80 -timeout 60s alembic upgrade head',
      ['dockerize store:5432 !60', 'dockerize web:80 !60'],
    ],
    ['retry_while "nc -z store 5432" 12 5', ['nc store:5432 !60']],
    ['ready() { pg_isready -h store; }; retry_while ready 3 2 || exit 1; next', ['pg_isready store:5432 !6']],
    ['kubectl wait --for=condition=complete job/mig --timeout=60s -n data', ['kubectl job/mig in data !60']],
    ['kubectl wait --for condition=ready pod -l app=x', ['kubectl pod/{app=x} !30']],
    ['kubectl rollout status deployment/api', ['kubectl deployment/api']],
    ['kubectl rollout status sts/store', ['kubectl statefulset/store']],
    ['kubectl rollout status statefulset store', ['kubectl statefulset/store']],
    ['kubectl rollout status daemonsets/agent', ['kubectl daemonset/agent']],
    ['until kubectl get rs/store; do :; done', ['kubectl replicaset/store']],
    ['until vault status -address=http://vault:8200; do :; done', ['vault vault:8200']],
    ['i=0; until nc -z store 1; do ((i++)); [ $i -gt 9 ] && exit 1; sleep 2; done', ['nc store:1 !18']],
    ['nc -z store 1 || { log || exit 1; }; serve', []],
    ['nc -z store 1 || { log && exit 1; }; serve', ['nc store:1 !']],
    ['until kubectl get job mig -o jsonpath="{.status.succeeded}" | grep 1; do :; done', ['kubectl job/mig']],
    ['until [ "$(kubectl get jobs mig -o json)" = x ]; do :; done', ['kubectl job/mig']],
    ['while ! python manage.py migrate --check; do sleep 5; done', ['django schema']],
    ['exec airflow db check-migrations -t 60', ['airflow schema !']],
    ['until bundle exec rake db:abort_if_pending_migrations; do :; done', ['rails schema']],
    ['until alembic check; do :; done', ['alembic schema']],
    ['until flyway -url=jdbc:x validate; do :; done', ['flyway schema']],
    ['set -e; nc -z store 5432; serve', ['nc store:5432 !']],
    ['nc -z store 5432 && serve', ['nc store:5432 !']],
    ['for i in $(seq 1 10); do nc -z store 1 && exit 0; sleep 3; done; exit 1', ['nc store:1 !30']],
    [
      'python -c \'import socket, time\nwhile True:\n  try:\n    socket.create_connection(("store", 5432)); break\n  except OSError: time.sleep(1)\'',
      ['python store:5432'],
    ],
    ["until node -e \"require('net').connect(5432, 'store')\"; do :; done", ['node store:5432']],
  ])('%s', (text, expected) => expect(briefly(sh(text, { env }))).toEqual(expected));
});

describe('a wait behind a condition', () => {
  const text = (test: string) => `if ${test}; then exit 0; fi; until nc -z store 1; do :; done`;
  it.each<[string, Record<string, string | undefined>, string | undefined]>([
    ['[ -z "$SKIP" ]', { SKIP: 'x' }, undefined],
    ['[ -n "$SKIP" ]', { SKIP: '' }, undefined],
    ['[ -n "$SKIP" ]', { SKIP: undefined }, 'unless [ -n "$SKIP" ]'],
    ['[ -z "$SKIP" ]', { SKIP: undefined }, 'unless [ -z "$SKIP" ]'],
  ])('%s with %j', (test, env, doubt) => {
    const [wait] = sh(text(test), { env } as Given).waits;
    expect([wait && brief(wait), wait?.doubt]).toEqual(['nc store:1', doubt]);
  });
  it.each<[string, Record<string, string>]>([
    ['[ -z "$SKIP" ]', { SKIP: '' }],
    ['[ -n "$SKIP" ]', { SKIP: 'x' }],
  ])('%s with %j is none', (test, env) => expect(briefly(sh(text(test), { env }))).toEqual([]));
});

describe('what is no wait', () => {
  it.each([
    ['nc -z store 5432; serve'],
    ['nc -z store 5432 || true'],
    ['until nc -z store 1; do :; done & serve'],
    ['curl -X POST -f http://web:80/jobs'],
    ['curl --retry 3 http://web:80/jobs'],
    ['serve; curl http://web/done'],
    ['while true; do curl http://web/tick; sleep 60; done'],
    ['while nc -z store 1; do sleep 1; done'],
    ['psql -h store -c "create table x()"'],
    ['nc -l 8080'],
    ['echo "until nc -z store 1; do sleep 1; done"'],
    ['cat > x <<END\nuntil nc -z store 1; do sleep 1; done\nEND'],
    ['until [ -f /shared/done ]; do sleep 1; done'],
    ['kubectl get job mig'],
    ['kubectl wait --for=delete pod/x'],
    // kubectl 1.34 refuses it at once: unrecognized condition: "".
    ['kubectl wait pod/x'],
    ['kubectl rollout status deploy/x --watch=false'],
    ['kubectl rollout status deploy/x -w=false'],
    ['kubectl rollout status deploy/x --watch=0'],
    ['kubectl rollout status stsx/store'],
  ])('%s', (text) => expect(briefly(sh(text))).toEqual([]));

  it('peer-finder, configuration text', () => {
    expect(look({ command: ['peer-finder'], args: ['-on-start=/x.sh', '-service=mongo-discovery'] }).waits).toEqual([]);
    expect(look({ env: { CONFIG: 'wait_timeout: 5\nhost: store' } }).waits).toEqual([]);
  });
});

describe('a wait for what is in a database', () => {
  it.each([
    ['until psql -h store -tAc "select 1 from users"; do :; done', true],
    ['until cqlsh store -e "describe keyspaces" | grep shop; do :; done', true],
    ['until mysql -h store -e "show tables" 2>/dev/null | grep -q users; do :; done', true],
    ['until cqlsh store -e "describe keyspaces"; do :; done', false],
    ['until psql -h store -c "select 1"; do :; done', false],
    ['until mysql -h store -e "SELECT 1" | grep 1; do :; done', false],
    ['until clickhouse-client -h store -q "select 1 from system.clusters"; do :; done', false],
    ['until clickhouse-client -h store -q "select 1 from system.tables"; do :; done', true],
    ['until psql -h store -c "select 1 from pg_stat_replication"; do :; done', false],
    ['until mysql -h store -e "select 1 from mysql.user"; do :; done', true],
  ])('%s', (text, content) =>
    expect(briefly(sh(text)).some((wait) => wait.includes('what is in store'))).toBe(content),
  );
});

describe('a wait that gives up and goes on', () => {
  it.each([
    ['for i in 1 2 3; do nc -z store 1 && break; sleep 1; done; serve', 'nc store:1 !3 then goes on'],
    ['timeout 5 sh -c "until nc -z store 1; do :; done" || echo late', 'nc store:1 !5 then goes on'],
    ['wait-for-it.sh store:1 -t 5 -- serve', 'wait-for-it.sh store:1 !5 then goes on'],
    ['wait-for-it.sh store:1 -t 5 || true; serve', 'wait-for-it.sh store:1 !5 then goes on'],
    ['wait-for-it.sh store:1 -s -t 5 -- serve', 'wait-for-it.sh store:1 !5'],
  ])('%s', (text, expected) => expect(briefly(sh(text))).toEqual([expected]));
});

describe('waits without a shell', () => {
  it.each<[string, Given, string[]]>([
    [
      'args of k8s-wait-for',
      { image: 'ghcr.io/groundnuty/k8s-wait-for:v2.0', args: ['job', 'mig'] },
      ['k8s-wait-for job/mig'],
    ],
    [
      'job-wr',
      { image: 'groundnuty/k8s-wait-for:v2.0', args: ['job-wr', 'mig', '-n', 'data'] },
      ['k8s-wait-for job/mig even failed in data'],
    ],
    ['a label', { image: 'groundnuty/k8s-wait-for', args: ['pod', '-lapp=x'] }, ['k8s-wait-for pod/{app=x}']],
    ['a service', { image: 'groundnuty/k8s-wait-for', args: ['service', 'api'] }, ['k8s-wait-for service/api']],
    [
      'kubectl as the image',
      { image: 'bitnami/kubectl:1', args: ['wait', '--for=condition=complete', 'job/mig'] },
      ['kubectl job/mig !30'],
    ],
    [
      'kubectl and a variable',
      { command: ['/bin/kubectl'], args: ['rollout', 'status', 'deployment', '$(NAME)'], env: { NAME: 'api' } },
      ['kubectl deployment/api'],
    ],
    ['wait4x as the image', { image: 'atkrad/wait4x:2', args: ['tcp', 'store:1', '-t', '5s'] }, ['wait4x store:1 !5']],
    [
      'a check of the schema',
      { image: 'x/signoz-otel-collector:1', args: ['migrate', 'sync', 'check'] },
      ['signoz schema !'],
    ],
    [
      'a database from the environment',
      { command: ['airflow', 'db', 'check'], env: { DATABASE_HOST: 'store', DATABASE_PORT: '5432' } },
      ['airflow store:5432 !'],
    ],
    [
      'kubernetes-entrypoint',
      {
        command: ['kubernetes-entrypoint'],
        env: {
          DEPENDENCY_SERVICE: 'default:store,api',
          DEPENDENCY_JOBS: 'mig',
          DEPENDENCY_JOBS_JSON: '[{"name":"other","namespace":"data"}]',
          DEPENDENCY_POD_JSON: '[{"labels":{"a":"b"}}]',
          DEPENDENCY_SOCKET: '/x',
        },
      },
      ['service/store in default', 'service/api', 'job/mig', 'job/other in data', 'pod/{a=b}'].map(
        (text) => `kubernetes-entrypoint ${text}`,
      ),
    ],
    [
      'a mounted script',
      {
        command: ['bash', '/scripts/wait.sh', 'store'],
        readFile: (path) => (path === '/scripts/wait.sh' ? 'until nc -z "$1" 5432; do sleep 1; done' : undefined),
      },
      ['nc store:5432'],
    ],
    [
      'a mounted program, once',
      {
        command: ['python', '-u', '/s/wait.py'],
        readFile: () => "while True:\n  socket.create_connection(('store', 5432))\n",
      },
      ['python store:5432'],
    ],
    [
      'a mounted script that ends at the first failure',
      { command: ['/scripts/wait.sh'], readFile: () => '#!/bin/sh -e\nnc -z store 5432\nserve' },
      ['nc store:5432 !'],
    ],
    [
      'a mounted script that goes on',
      { command: ['/scripts/wait.sh'], readFile: () => '#!/bin/sh\nnc -z store 5432\nserve' },
      [],
    ],
    [
      'a hidden value',
      { command: ['sh', '-c', 'until nc -z "$(H)" 1; do :; done'], env: { H: undefined } },
      ['nc ${H}:1'],
    ],
    ['an escaped reference', { command: ['nc', '-z', '$$(H)', '1'], env: { H: 'x' } }, []],
  ])('%s', (_name, given, expected) => expect(briefly(look(given))).toEqual(expected));

  it('says where', () => {
    const at = (given: Given): unknown => look(given).waits[0]?.at;
    expect(at({ command: ['sh', '-c', 'until nc -z a 1; do :; done'] })).toEqual(['command', 2]);
    expect(at({ command: ['sh', '-c'], args: ['until nc -z a 1; do :; done'] })).toEqual(['args', 0]);
    expect(at({ command: ['kubernetes-entrypoint'], env: { DEPENDENCY_JOBS: 'x' } })).toEqual([
      'env',
      'DEPENDENCY_JOBS',
    ]);
  });
  it('tells no password', () => {
    const text = JSON.stringify(
      look({
        command: [
          'sh',
          '-c',
          'until psql "postgres://me:hunter2@store/x" && mysql -h a -phunter2 && mysql -h b -p$(PASSWORD) && curl -u me:hunter2 http://c; do :; done',
        ],
        env: { PASSWORD: 'hunter2' },
      }).waits,
    );
    expect(text).toContain('store');
    expect(text).not.toContain('hunter2');
  });
});

describe('migrations', () => {
  it.each<[string, string]>([
    ['alembic upgrade head', 'alembic'],
    ['python -m alembic -c x.ini upgrade head', 'alembic'],
    ['poetry run alembic upgrade head', 'alembic'],
    ['flask db upgrade', 'flask'],
    ['python manage.py migrate --noinput', 'django'],
    ['/app/manage.py migrate', 'django'],
    ['django-admin migrate', 'django'],
    ['bundle exec rails db:migrate', 'rails'],
    ['bin/rake db:prepare', 'rails'],
    ['rails runner x && rake db:schema:load', 'rails'],
    ['flyway -url=jdbc:postgresql://x/y migrate', 'flyway'],
    ['liquibase --changelog-file=x update', 'liquibase'],
    ['migrate -path /m -database "$URL" up', 'golang-migrate'],
    ['goose -dir m postgres "$DSN" up', 'goose'],
    ['dbmate --wait up', 'dbmate'],
    ['atlas migrate apply --url x', 'atlas'],
    ['npx prisma migrate deploy', 'prisma'],
    ['npx knex migrate:latest', 'knex'],
    ['npx sequelize-cli db:migrate', 'sequelize'],
    ['npm run migrate', 'npm'],
    ['yarn db:migrate', 'npm'],
    ['pnpm run migration:run', 'npm'],
    ['npx typeorm migration:run -d x', 'typeorm'],
    ['dotnet ef database update', 'dotnet-ef'],
    ['./efbundle --connection x', 'dotnet-ef'],
    ['php artisan migrate --force', 'laravel'],
    ['php bin/console doctrine:migrations:migrate -n', 'doctrine'],
    ['bin/app eval "App.Release.migrate"', 'ecto'],
    ['mix ecto.migrate', 'ecto'],
    ['sqlx migrate run', 'sqlx'],
    ['diesel migration run', 'diesel'],
    ['airflow db migrate', 'airflow'],
    ['superset db upgrade', 'superset'],
    ['kong migrations bootstrap', 'kong'],
    ['kratos -c x migrate sql -e', 'ory'],
    ['hydra migrate sql -e --yes', 'ory'],
    ['temporal-sql-tool --plugin postgres12 update-schema -d x', 'temporal'],
    ['openfga migrate', 'openfga'],
    ['zitadel setup --masterkeyFromEnv', 'zitadel'],
    ['prefect server database upgrade -y', 'prefect'],
    ['uv run --project "auth" db migrate "auth"', 'custom'],
    ['sqitch deploy db:pg:x', 'sqitch'],
    ['make migrate', 'make'],
    ['wait-for-it.sh a:1 -s -- alembic upgrade head', 'alembic'],
  ])('%s', (text, tool) => {
    expect(sh(text).migrations.map((each) => `${each.tool} ${each.certainty}`)).toEqual([`${tool} certain`]);
  });

  it.each([
    ['manage.py migrate --check'],
    ['manage.py migrate --plan'],
    ['manage.py showmigrations'],
    ['signoz-otel-collector migrate sync check'],
    ['signoz-otel-collector migrate ready'],
    ['airflow db check-migrations'],
    ['alembic current'],
    ['alembic upgrade head --sql'],
    ['alembic revision -m x'],
    ['migrate -path x -database y version'],
    ['goose status'],
    ['rails db:migrate:status'],
    ['prisma migrate status'],
    ['kong migrations list'],
    ['flipt migrate --help'],
    ['superset --no-auto-upgrade run'],
    ['liquibase status'],
    ['dbmate --help up'],
    ['echo alembic upgrade head'],
    ['serve --prepared-statements'],
    ['app migrate status'],
    ['undotenv run alembic upgrade head'],
    ['aerich-cx upgrade'],
    ['liquibase-x update'],
  ])('no migration: %s', (text) => expect(sh(text).migrations).toEqual([]));

  it.each<[string, Given, string | undefined]>([
    ['a name and no command', { name: 'kong-migrations' }, 'image'],
    ['an image', { image: 'x/hatchet-migrate:1' }, 'image'],
    ['a script', { command: ['./migrate.sh'] }, 'command'],
    ['another script', { command: ['python', '-u', '/mnt/db_migrations.py'] }, 'command'],
    ['an unknown program', { name: 'db-init', command: ['/app/start'] }, 'command'],
    ['a program told not to migrate', { name: 'db-init', command: ['snuba', 'bootstrap', '--no-migrate'] }, undefined],
    [
      'a program told to migrate',
      { name: 'db-init', command: ['snuba', 'bootstrap', '--no-migrate=false'] },
      'command',
    ],
    ['a bare sub-command', { args: ['migrate'] }, 'args'],
    ["the workload's name", { workload: 'rel-migration', command: [], args: [] }, 'image'],
    ['a switch', { env: { KONG_MIGRATE: 'yes' } }, 'env'],
    ['a switch that is off', { env: { RUN_MIGRATIONS: 'false' } }, undefined],
    ['a checker', { name: 'db-migration-checker' }, undefined],
    ['a waiter', { name: 'wait-for-migrations' }, undefined],
    [
      'a waiting command',
      { name: 'schema-migrator-init', command: ['sh', '-c', 'until nc -z a 1; do :; done'] },
      undefined,
    ],
    ['a sleeper in a migration Job', { workload: 'migrations', command: ['sleep', '10'] }, undefined],
    ['a registry', { name: 'schema-registry' }, undefined],
    ['nothing', {}, undefined],
  ])('by name: %s', (_name, given, at) => {
    const found = look(given).migrations;
    expect(found.map((each) => each.at[0])).toEqual(at === undefined ? [] : [at]);
    expect(found.every((each) => each.certainty === 'named')).toBe(true);
  });

  it('keeps how a failure is lost', () =>
    expect(sh('alembic upgrade head || true').migrations[0]).toMatchObject({ lost: 'or-true', tool: 'alembic' }));
  it.each([
    ['psql -h db -f /sql/schema.sql', 'SQL files (psql)'],
    ['mysql -h db shop < /sql/V1.sql', 'SQL files (mysql)'],
    ['for f in /sql/*.sql; do psql -f "$f"; done', 'SQL files (psql)'],
    ['cqlsh db -f /schema/v001.cql', 'SQL files (cqlsh)'],
    ['datahub-upgrade -u SystemUpdateNonBlocking', 'datahub'],
    ['anchore-manager db --db-connect postgresql://db/anchore upgrade --dontask', 'anchore'],
  ])('%s', (text, tool) => expect(sh(text).migrations).toMatchObject([{ tool }]));
  it.each([['psql -h db -f /backup/dump.sql'], ['psql -h db -c "select 1"'], ['mysql < /restore/shop.sql']])(
    'is none: %s',
    (text) => expect(sh(text).migrations).toEqual([]),
  );
  it('takes the name of a schema image', () =>
    expect(look({ image: 'registry.example/jaeger-cassandra-schema:1' }).migrations).toMatchObject([
      { certainty: 'named', at: ['image'] },
    ]));
  it('takes a sub-command for the image', () =>
    expect(look({ image: 'openfga/openfga:1', args: ['migrate'] }).migrations).toMatchObject([
      { tool: 'openfga', certainty: 'certain', at: ['args', 0] },
    ]));
  it.each(['registry.example/dex:2', 'registry.example/index:1', 'registry.example/codex:3'])(
    'labels a sub-command with no other image that %s looks like',
    (image) => expect(look({ image, args: ['migrate'] }).migrations).toMatchObject([{ certainty: 'named' }]),
  );
});

describe('connections', () => {
  it.each<[string, Record<string, string | undefined>, string[]]>([
    ['a URL', { DATABASE_URL: 'postgresql+asyncpg://me:p%40w@store/x' }, ['postgres store:5432']],
    ['a password with a slash', { DATABASE_URL: 'postgres://me:p/w@store:1/x' }, ['postgres store:1']],
    ['a Go DSN', { DSN: 'me:pw@tcp(store:3306)/x?parseTime=true' }, ['mysql store:3306']],
    ['a libpq DSN', { DSN: 'host=store port=5433 user=me dbname=x' }, ['postgres store:5433']],
    ['JDBC', { SPRING_DATASOURCE_URL: 'jdbc:postgresql://store:5432/x' }, ['postgres store:5432']],
    ['several hosts', { MONGO_URL: 'mongodb://a:1,b:2/x' }, ['mongodb a:1', 'mongodb b:2']],
    ['a pair', { DB_HOST: 'store', DB_PORT: '5432' }, ['postgres store:5432']],
    ['a pair with its type', { DB_HOST: 'store', DB_TYPE: 'mysql' }, ['mysql store:?']],
    ['libpq', { PGHOST: 'store', PGPORT: '5433' }, ['postgres store:5433']],
    ['a prefix', { HX_ETCD_HOST: 'etcd-client', HX_ETCD_PORT: '2379' }, ['etcd etcd-client:2379']],
    ['a list', { KAFKA_BROKERS: 'a:9092,b:9092' }, ['kafka a:9092', 'kafka b:9092']],
    ['a reference that stays as it is written', { H: 'store', DATABASE_URL: 'postgres://$(H)/x' }, []],
    ['not visible', { DATABASE_URL: undefined }, []],
    [
      'its own address',
      { HOST: 'x', BIND_HOST: 'store', DB_HOST: 'localhost', HOSTNAME: 'y', REDIS_LISTEN_ADDR: 'x:1' },
      [],
    ],
    ['a switch, a file', { REDIS_HOST: 'true', DB_URL: 'sqlite:///x', DB_HOST_FILE: '/x' }, []],
    ['prose', { NOTE: 'the host is store' }, []],
  ])('%s', (_name, env, expected) => {
    expect(
      look({ env }).connections.map(({ scheme, host, port }) => `${scheme ?? '?'} ${host}:${port ?? '?'}`),
    ).toEqual(expected);
  });

  it('reads arguments', () => {
    expect(sh('x save --host="store" --y').connections).toMatchObject([{ host: 'store', at: ['command', 2] }]);
    expect(sh('psql -h store -f x.sql').connections).toMatchObject([
      { host: 'store', port: '5432', scheme: 'postgres' },
    ]);
    expect(look({ args: ['--dsn', 'clickhouse://columns'] }).connections).toMatchObject([
      { host: 'columns', port: '9000', scheme: 'clickhouse', at: ['args', 0] },
    ]);
    expect(sh('echo http://web; serve --bind=http://web').connections).toEqual([]);
    expect(sh('serve --bind http://web:80 --advertise-client-urls http://web:81').connections).toEqual([]);
    expect(sh('serve --listen --api http://web:80').connections).toMatchObject([{ host: 'web', port: '80' }]);
  });
});

it('survives what it is given', () => {
  for (const text of [
    '('.repeat(30_000),
    '$('.repeat(30_000),
    '"',
    `nc ${'-z '.repeat(20_000)}`,
    `psql "${'@'.repeat(5000)}://${'@'.repeat(5000)}"`,
    `x ${'a@tcp('.repeat(3000)}`,
    `alembic ${' '.repeat(20_000)} x`,
    '\0',
  ]) {
    look({
      name: 'migrate',
      command: ['sh', '-c', text],
      args: [text],
      env: { DATABASE_URL: text, DEPENDENCY_JOBS_JSON: text, DB_HOST: text },
    });
    look({ command: [text] });
  }
});
