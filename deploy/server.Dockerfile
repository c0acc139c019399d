# The control plane's server: API, console, and the gateway by which nodes reach Temporal.
# `node migrations/migrate.ts` in the same image brings the database to its schema.
#
#   kiln build -f deploy/server.Dockerfile -t kiln/server:0.1 .

# Debian or Ubuntu with Node.js 24 and npm, and a certificate store where packages are fetched. Name copies in a registry
# of your own, by digest, with --build-arg.
ARG BUILD_IMAGE=docker.io/library/node:24-trixie
ARG RUN_IMAGE=docker.io/library/node:24-trixie-slim

FROM ${BUILD_IMAGE} AS manifest
WORKDIR /app
# Node.js looks at the system's authorities only when it is told to; a proxy between here and the packages may need them.
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
COPY package.json package-lock.json ./

# What runs workflows, terminals, an embedded Postgres and a command line is for others: it is not even fetched.
FROM manifest AS modules
RUN --mount=type=cache,target=/root/.npm \
    npm pkg delete dependencies.@temporalio/worker dependencies.@temporalio/workflow dependencies.@temporalio/activity \
      dependencies.@lydell/node-pty dependencies.@cyclonedx/cyclonedx-library dependencies.systeminformation \
      dependencies.commander dependencies.cli-truncate \
 && npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/bare-*/prebuilds

# Tools of those who write Kiln, and what only the server loads, build no console.
FROM manifest AS console
RUN --mount=type=cache,target=/root/.npm \
    npm pkg delete dependencies.@temporalio/worker dependencies.@temporalio/workflow dependencies.@temporalio/activity \
      dependencies.@temporalio/client dependencies.@temporalio/common dependencies.@opentelemetry/exporter-trace-otlp-http \
      dependencies.@opentelemetry/resources dependencies.@opentelemetry/sdk-trace dependencies.@lydell/node-pty \
      dependencies.@cyclonedx/cyclonedx-library dependencies.swagger-ui-dist devDependencies.@temporalio/proto \
      devDependencies.@bufbuild/buf devDependencies.@redocly/openapi-core devDependencies.@typescript/native \
      devDependencies.axe-core devDependencies.esbuild devDependencies.fast-check devDependencies.knip \
      devDependencies.node devDependencies.oxfmt devDependencies.oxlint devDependencies.oxlint-tsgolint \
      devDependencies.pg-boss devDependencies.playwright-core devDependencies.ts-proto devDependencies.vitest \
      devDependencies.vue-tsc optionalDependencies \
 && npm ci --ignore-scripts --no-audit --no-fund
COPY --parents client console contract tsconfig.json ./
RUN node_modules/.bin/vite build console

FROM ${RUN_IMAGE}
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin kiln \
 && install -d -o kiln -g kiln -m 0700 /var/lib/kiln
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY --parents package.json agent/buildkit/patterns contexts contract cuda dockerfile matrix migrations observation outbox packages \
     presets records registry server temporal tunnel ./
COPY --from=console /app/console/dist ./console/dist
ENV NODE_ENV=production \
    KILN_DATA_DIR=/var/lib/kiln
LABEL org.opencontainers.image.title="kiln-server" \
      org.opencontainers.image.licenses="Apache-2.0"
USER 10001:10001
EXPOSE 8080 8443
# The pieces of an upload lie outside of the heap: a large young generation only makes its collections longer.
CMD ["node", "--max-semi-space-size=2", "server/main.ts"]
