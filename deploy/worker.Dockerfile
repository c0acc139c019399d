# The control plane's worker: workflows, and the activities that validate, place, publish and sign.
#
#   kiln build -f deploy/worker.Dockerfile -t kiln/worker:0.1 .

# As in server.Dockerfile.
ARG BUILD_IMAGE=docker.io/library/node:24-trixie
ARG RUN_IMAGE=docker.io/library/node:24-trixie-slim

FROM ${BUILD_IMAGE} AS modules
WORKDIR /app
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
COPY package.json package-lock.json ./
# What only server, agent and command line load is not even fetched.
RUN --mount=type=cache,target=/root/.npm \
    npm pkg delete dependencies.swagger-ui-dist dependencies.@lydell/node-pty dependencies.systeminformation \
      dependencies.hono dependencies.@hono/node-server dependencies.@hono/zod-validator dependencies.zod-openapi \
      dependencies.openid-client dependencies.@peculiar/x509 dependencies.sshpk dependencies.ws \
      dependencies.commander dependencies.cli-truncate dependencies.@bufbuild/protobuf \
      optionalDependencies \
 && npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/bare-*/prebuilds \
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +
COPY --parents contract workflows tools/bundle-workflows.ts ./
RUN node tools/bundle-workflows.ts
# The compiler has done its work.
RUN rm -rf node_modules/@swc

FROM ${RUN_IMAGE}
# git finds out which commit a branch or a tag of a context means.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin kiln
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY --from=modules /app/dist ./dist
COPY --parents package.json contract cuda dockerfile embedded/components embedded/config.ts embedded/problem.ts \
     harbor matrix observation outbox process records registry temporal tools/prepare-temporal.ts worker ./
ENV NODE_ENV=production \
    KILN_WORKFLOW_BUNDLE=/app/dist/workflows.js
LABEL org.opencontainers.image.title="kiln-worker" \
      org.opencontainers.image.licenses="Apache-2.0"
USER 10001:10001
CMD ["node", "worker/main.ts"]
