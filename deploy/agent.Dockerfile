# The agent of a node, with the build daemon and the runtime that it starts. It runs as root, privileged: it makes
# namespaces, cgroups and overlays for builds.
#
#   kiln build -f deploy/agent.Dockerfile -t kiln/agent:0.1 .

# As in server.Dockerfile; BUILD_IMAGE also has gcc, Python and pip, or apt to install them.
ARG BUILD_IMAGE=docker.io/library/node:24-trixie
ARG RUN_IMAGE=docker.io/library/node:24-trixie-slim

FROM ${BUILD_IMAGE} AS modules
WORKDIR /app
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
COPY package.json package-lock.json ./
# What only the control plane and the command line load is not even fetched; of the SDK's core, what is for every other
# processor and system, and of its compiler all, is in no layer.
RUN --mount=type=cache,target=/root/.npm \
    npm pkg delete dependencies.swagger-ui-dist dependencies.@cyclonedx/cyclonedx-library dependencies.hono \
      dependencies.@hono/node-server dependencies.@hono/zod-validator dependencies.zod-openapi dependencies.kysely \
      dependencies.pg dependencies.openid-client dependencies.@peculiar/x509 dependencies.@sigstore/bundle \
      dependencies.@sigstore/core dependencies.@sigstore/verify dependencies.commander \
      dependencies.cli-truncate dependencies.dockerfile-utils optionalDependencies \
 && npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/bare-*/prebuilds \
 && rm -r node_modules/@swc \
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

# Everything at the version and with the checksum that Kiln is tested with.
FROM modules AS built
COPY --parents agent/cuda/probe embedded process tools/build-components.ts ./
RUN --mount=type=cache,target=/root/.cache --mount=type=cache,target=/root/go \
    node tools/build-components.ts /components

# To take what exists already, put it in this stage's place: --build-context components=FOLDER, as that program makes it.
FROM scratch AS components
COPY --from=built /components /

FROM ${RUN_IMAGE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git iproute2 libseccomp2 mount nftables tar util-linux \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=components / /opt/kiln/
COPY --from=modules /app/node_modules ./node_modules
COPY --parents package.json agent contract cuda dockerfile observation process tunnel ./
# An agent shares its node with builds: it collects often, and gives memory back that a flood of logs took.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=32768 \
    MALLOC_TRIM_THRESHOLD_=65536 \
    KILN_AGENT_DIR=/var/lib/kiln-agent \
    KILN_BUILDKITD_BIN=/opt/kiln/bin/buildkitd \
    KILN_RUNC_BIN=/opt/kiln/bin/runc \
    KILN_CNI_DIR=/opt/kiln/cni \
    KILN_CUDA_PROBE_BIN=/opt/kiln/cuda-probe
LABEL org.opencontainers.image.title="kiln-agent" \
      org.opencontainers.image.licenses="Apache-2.0"
CMD ["node", "--optimize-for-size", "--minor-gc-task-trigger=5", "--scavenger-max-new-space-capacity-mb=1", "agent/main.ts"]
