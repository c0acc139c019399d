FROM registry.test/base/busybox:1.35 AS base
ONBUILD COPY --from=material /material /taken
ONBUILD RUN --mount=from=material,target=/m cp /m/material /mounted

FROM registry.test/base/busybox:1.35 AS material
RUN echo material > /material

FROM base
RUN cat /taken /mounted > /both
