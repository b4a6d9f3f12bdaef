# Build: docker build -t migrate-lint .   Use: docker run --rm -v "$PWD:/work" migrate-lint chart/
FROM node:22-slim AS build
WORKDIR /src
COPY . .
RUN npm ci && node dist/cli.js fixtures/sql-migrate

FROM node:22-slim
COPY --from=build /src/dist /opt/migrate-lint/dist
COPY --from=build /src/package.json /opt/migrate-lint/
COPY --from=build /root/.cache/migrate-lint /var/cache/migrate-lint
RUN ln -s /opt/migrate-lint/dist/cli.js /usr/local/bin/migrate-lint
ENV XDG_CACHE_HOME=/var/cache
# The user `node`, by number: Kubernetes can tell of a number only that it is not root.
USER 1000
WORKDIR /work
ENTRYPOINT ["migrate-lint"]
