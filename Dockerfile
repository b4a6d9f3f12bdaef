# Build: docker build -t migrate-lint .   Use: docker run --rm -v "$PWD:/work" migrate-lint chart/
# Both build stages run on the builder's own processor, whatever the image is for.
FROM --platform=$BUILDPLATFORM node:22-slim AS build
WORKDIR /src
COPY . .
RUN npm ci --ignore-scripts && npm run build

# There is no managed Helm for arm64: Go builds this one from Helm's own module, checked by Go's checksum database.
FROM --platform=$BUILDPLATFORM golang:1.26 AS helm
ARG TARGETOS TARGETARCH
ARG HELM=4.2.3
RUN CGO_ENABLED=0 GOOS="$TARGETOS" GOARCH="$TARGETARCH" go install -trimpath \
      -ldflags "-s -w -X helm.sh/helm/v4/internal/version.version=v$HELM" "helm.sh/helm/v4/cmd/helm@v$HELM" \
    && find /go/bin -name helm -type f -exec mv {} /helm ';'

FROM node:22-slim
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="migrate-lint" \
      org.opencontainers.image.description="Finds Helm migration hooks that hang, fail or are skipped" \
      org.opencontainers.image.source="https://github.com/migrate-lint/migrate-lint" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=helm /helm /usr/local/bin/helm
COPY --from=build /src/package.json /opt/migrate-lint/
COPY --from=build /src/dist /opt/migrate-lint/dist
# The user `node`, by number: Kubernetes can tell of a number only that it is not root.
USER 1000
WORKDIR /work
ENTRYPOINT ["node", "/opt/migrate-lint/dist/cli.js"]
