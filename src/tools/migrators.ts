/** A tool, the command lines with which it migrates, and those that only look alike. */
export type Migrator = readonly [tool: string, is: RegExp, not?: RegExp];

/** Never a migration, whatever the tool. */
export const harmless =
  /(?:^|\s)(?:--(?:check(?!-)|(?:no|skip)-migrat\w*|dry-?run|dryrun|help|plan|pending|pretend|show-sql-only|sql|version|no-auto-upgrade|list|status)(?!=false)\b|help\b)/;

/**
 * Matched against the command line with the directory of its first word taken off.
 * Every pattern starts at the beginning, so that a line is tried once.
 */
export const migrators: readonly Migrator[] = [
  // Python
  ['alembic', /^alembic(?![\w-]).*\s(upgrade|downgrade)\s/],
  ['flask', /^flask(?![\w-]).*\sdb\s+(upgrade|downgrade)\b/],
  ['django', /^(manage\.py|django-admin(\.py)?)\s+(migrate|migrate_schemas|syncdb)\b/],
  ['yoyo', /^yoyo(?![\w-]).*\s(apply|reapply|develop)\b/],
  ['aerich', /^aerich(?![\w-]).*\supgrade\b/],
  ['piccolo', /^piccolo\s+migrations\s+forwards\b/],
  ['airflow', /^(airflow|airflow_execute)\s+db\s+(migrate|upgrade|init)\b/],
  ['airflow', /^airflow\s+(upgradedb|initdb)\b/],
  ['superset', /^superset\s+db\s+upgrade\b/],
  ['prefect', /^prefect(?![\w-]).*\sdatabase\s+(upgrade|reset)\b/],
  ['mlflow', /^mlflow\s+db\s+upgrade\b/],
  ['dagster', /^dagster\s+instance\s+migrate\b/],
  ['sentry', /^sentry(?![\w-]).*\supgrade\b/],
  ['authentik', /^ak\s+migrate\b/],
  ['redash', /^(docker-entrypoint|redash)\s+(create_db|manage\s+db\s+upgrade)\b/],
  ['flask', /^manage\s+db\s+upgrade\b/],
  ['labelstudio', /^label-studio\s+(init|migrate)\b/],
  ['netbox', /^netbox\s+migrate\b/],
  [
    'openstack',
    /^[a-z]+-(manage|dbsync|upgrade|db-manage|db-sync)\s.*\b(db[_-]sync|db[_-]?sync|upgrade|sync|sync_database)\b/,
    /^(systemd|docker|apt)-/,
  ],
  ['openstack', /^[a-z]+-dbsync(\s|$)/],
  ['openstack', /^gnocchi-upgrade(?![\w-])/],
  // Ruby
  [
    'rails',
    /^(rails|rake|gitlab-rake|hanami)\s(.*\s)?(\w+:)?db:(migrate|prepare|setup|create_or_migrate|schema:load|structure:load|migrate:\w+|gitlab:\w+)(\s|$)/,
    /db:migrate:(status|down|redo)/,
  ],
  ['rails', /^gitlab-rake\s+gitlab:db:configure\b/],
  ['hanami', /^hanami\s+db\s+(migrate|prepare)\b/],
  ['sequel', /^sequel\s.*-m\s/],
  // JVM
  ['flyway', /^flyway(?![\w-]).*\smigrate\b/],
  ['flyway', /^java\s(?=(.*?\bflyway\S*?\.jar\b))\1.*\smigrate\b/],
  [
    'liquibase',
    /^liquibase(?![\w-]).*\s(update|update-count|update-to-tag|updateCount|migrate)\b/,
    /\supdate-sql\b|\supdateSQL\b/,
  ],
  ['liquibase', /^(mvn|mvnw|gradle|gradlew)(?![\w-]).*\s(liquibase:update|flyway:migrate|flywayMigrate)\b/],
  ['mongock', /^mongock(?![\w-]).*\s(migrate|execute)\b/],
  ['bytebase', /^bytebase(?![\w-]).*\s(migrate|rollout)\b/],
  // Go
  ['golang-migrate', /^migrate\s+(?:-\S.*\s)?(up|goto)(\s|$)/],
  ['goose', /^goose(?![\w-]).*\s(up|up-to|up-by-one)(\s|$)/],
  ['sql-migrate', /^sql-migrate\s+up\b/],
  ['dbmate', /^dbmate(?![\w-]).*\s(up|migrate)(\s|$)/],
  ['atlas', /^atlas(?![\w-]).*\s?(migrate|schema)\s+apply\b/],
  ['tern', /^tern\s+migrate\b/],
  ['bun', /^bun\s+db\s+migrate\b/],
  ['soda', /^(soda|buffalo(\s+pop)?)\s+migrate(\s+up)?(\s|$)/],
  ['kong', /^kong\s+migrations\s+(up|bootstrap|finish)\b/],
  ['ory', /^(kratos|hydra|keto)(?![\w-]).*\smigrate\s+(sql|up)\b/],
  ['openfga', /^openfga\s+migrate\b/],
  ['spicedb', /^spicedb\s+(migrate|datastore\s+migrate)\b/],
  ['flipt', /^flipt\s+migrate\b/],
  ['lakefs', /^lakefs\s+migrate\s+up\b/],
  ['zitadel', /^zitadel\s+(setup|init)\b/],
  [
    'temporal',
    /^temporal-(sql|cassandra|elasticsearch)-tool\s.*\b(setup-schema|update-schema|setup|update)\b/,
    /\b(create-database|drop|validate-health)\b/,
  ],
  ['temporal', /^temporal-(sql|cassandra|elasticsearch)-tool\s+(setup-schema|update-schema|setup|update)\b/],
  ['cadence', /^cadence-(sql|cassandra)-tool\s.*\b(setup-schema|update-schema)\b/],
  ['hatchet', /^hatchet-migrate(?![\w-])/],
  ['mattermost', /^mattermost\s+db\s+migrate\b/],
  ['gitea', /^(gitea|forgejo)\s+migrate\b/],
  ['concourse', /^concourse\s+migrate\b/],
  ['river', /^river\s+migrate-up\b/],
  ['vikunja', /^vikunja\s+migrate(\s+up)?$/],
  [
    'signoz',
    /^(signoz-otel-collector|signoz-collector|signoz-schema-migrator)\s+migrate\s+(bootstrap|(a?sync)\s+up)\b/,
  ],
  ['signoz', /^(signoz-schema-migrator)\s+(sync|async)\b/],
  ['sourcegraph', /^sg\s+migration\s+(up|upto)\b/],
  ['custom', /^migrator\s+(up|upgrade|upto)\b/],
  // JavaScript
  ['prisma', /^prisma(?![\w-]).*\s?(migrate\s+deploy|migrate\s+reset|db\s+push|db\s+execute)\b/],
  ['knex', /^knex(?![\w-]).*\smigrate:(latest|up)\b/],
  ['sequelize', /^(sequelize|sequelize-cli)(?![\w-]).*\sdb:migrate(\s|$|:all)/],
  ['typeorm', /^(typeorm\S*|cli\.js)\b.*\s(migration:run|schema:sync)\b/],
  ['drizzle', /^drizzle-kit\s+(migrate|push)\b/],
  ['mikro-orm', /^mikro-orm\S*\s.*\b(migration:up|schema:update)\b/],
  ['mikro-orm', /^mikro-orm\S*\s+migration:up\b/],
  ['node-pg-migrate', /^node-pg-migrate(?![\w-]).*\sup\b/],
  ['db-migrate', /^db-migrate(?![\w-]).*\sup\b/],
  ['migrate-mongo', /^migrate-mongo\s+up\b/],
  ['umzug', /^umzug\s+up\b/],
  ['medusa', /^medusa\s+(db:migrate|migrations\s+run|db:setup)\b/],
  ['strapi', /^strapi\s+migrat\w*\b/],
  ['directus', /^directus\s+(bootstrap|database\s+(migrate:latest|install))\b/],
  [
    'npm',
    /^(npm|yarn|pnpm|bun)(\s+-\S+)*(\s+run(-script)?)?\s+([\w-]+:){0,8}(migrate|migrations?|db[:-]?migrate|prisma:migrate|db:push)([:-](up|latest|run|deploy|prod|production|all|db|postgres|clickhouse))*(\s|$)/,
  ],
  // .NET, PHP, Elixir, Rust and others
  ['dotnet-ef', /^dotnet(-ef|\s+ef)\s+database\s+update\b/],
  ['dotnet-ef', /^efbundle(?![\w-])/],
  ['laravel', /^artisan\s+migrate(:fresh|:refresh)?(\s|$)/],
  ['doctrine', /^(console|doctrine(-migrations)?)\s.*\b(doctrine:)?(migrations:migrate|schema:update)\b/],
  ['doctrine', /^(console|doctrine(-migrations)?)\s+(doctrine:)?(migrations:migrate|schema:update)\b/],
  ['phinx', /^phinx\s+migrate\b/],
  ['yii', /^yii\s+migrate(\/up)?(\s|$)/],
  ['ecto', /^mix\s+(do\s+)?ecto\.(migrate|setup)\b/],
  ['ecto', /^\S+\s+(eval|rpc)\s+\S*(Release(Tasks)?\.migrate|\.migrate\b|\.Migrator)/i],
  ['sqlx', /^(sqlx|cargo\s+sqlx)\s+(migrate\s+run|database\s+setup)\b/],
  ['diesel', /^diesel\s+(migration\s+run|setup|database\s+setup)\b/],
  ['sea-orm', /^sea-orm-cli\s+migrate(\s+(up|fresh|refresh))?(\s+-|\s*$)/],
  ['refinery', /^refinery\s+migrate\b/],
  ['sqitch', /^sqitch(?![\w-]).*\sdeploy\b/],
  ['clickhouse-migrations', /^clickhouse-migrations?(?![\w-]).*\smigrate\b/],
  ['cassandra-migrate', /^cassandra-migrate(?![\w-]).*\smigrate\b/],
  ['make', /^(make|just|task|mage)\s.*\b(db[:-])?(migrate|migrations?|migrate[-_]up|migrateup)(\s|$)/],
  // https://docs.datahub.com/docs/docker/datahub-upgrade: the image's entry point is the upgrade's own program.
  ['datahub', /^datahub-upgrade(?![\w-]).*\s(?:-u|--upgrade-id)[\s=](?:SystemUpdate\w*|NoCodeDataMigration)\b/],
  ['anchore', /^anchore-(?:enterprise-)?manager\b.*\sdb\b.*\s(upgrade|pre-upgrade)(\s|$)/],
  ['custom', /^(db|database)\s+(migrate|upgrade)(\s|$)/],
];

/** Sub-commands of an unknown program that say it migrates; the words after must not say otherwise. */
export const generic =
  /^\S+(?:\s+-\S+)*(?:\s+(?:db|database|schema|admin|server|app|datastore))?\s+(?:migrate|migrations?|automigrate|auto-migrate|db[:_-]migrate|migrate[:_-](?:up|db|latest|deploy|run|all|database|schema)|run[_-]?migrations?|database-migrate)(?=\s|$)/;
export const genericNot =
  /\s(?:check|ready|status|version|list|verify|validate|wait|create|make|new|generate|diff|down|undo|rollback|info|history|current|show|hash|lint|inspect|squash|save-config|force|drop)(?:\s|$)/;

/** Names of containers, images and scripts that say they migrate, split at `-`, `_`, `.` and `/`. */
export const migratingNames =
  /^(?:migrate[sd]?|migrations?|migrator|automigrate|automigration|dbmigrate|dbmigrations?|migratedb)$/;
export const migratingPairs =
  /(?:^|-)(?:db-(?:init|sync|setup|upgrade|update|bootstrap|prepare|schema|initializer)|(?:init|sync|setup|upgrade|prepare|bootstrap|create|update)-(?:db|database|schema)|(?:database|schema)-(?:init|setup|upgrade|update|migrator|tool|sync|bootstrap|job)|(?:cassandra|scylla|postgres|postgresql|mysql|mariadb|clickhouse|mongo|mongodb|elasticsearch|opensearch)-schema)(?:-|$)/;
/** … and those that only watch others do it. */
export const watchingNames =
  /^(?:wait|waits|waiter|waiting|check|checks|checker|ready|readiness|verify|validate|status|test|tests|backup|exporter|restore|monitor|watch|watcher|done|cleanup|clean|drop|rollback|token|seed|registry|ui|studio|for)$/;

/** Environment switches that make an image migrate when it starts. */
export const switches =
  /^(?:[A-Z0-9]+_)*(?:KONG_MIGRATE|RUN_(?:DB_|DATABASE_)?MIGRATIONS?(?:_ON_\w+)?|AUTO_?MIGRATE(?:_DB)?|(?:DB|DATABASE)_(?:AUTO_?)?MIGRATE|MIGRATE_ON_(?:START|STARTUP|BOOT)|(?:DB|DATABASE)_MIGRATE_ON_\w+|RUN_MIGRATE|UPGRADE_DB|AIRFLOW_DB_(?:MIGRATE|UPGRADE)|_AIRFLOW_DB_(?:MIGRATE|UPGRADE)|ENABLE_MIGRATIONS?)$/;
