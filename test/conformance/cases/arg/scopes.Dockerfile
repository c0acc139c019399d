ARG GLOBAL=global
ARG SHADOWED=outer
FROM registry.test/base/busybox:1.35 AS base
ARG GLOBAL
ARG SHADOWED=inner
ARG LOCAL=local
RUN echo "$GLOBAL $SHADOWED $LOCAL" > /base

FROM base
RUN echo "inherited: $GLOBAL $SHADOWED $LOCAL" > /child

FROM registry.test/base/busybox:1.35
COPY --from=1 /base /child /
RUN echo "unrelated: '$GLOBAL' '$LOCAL'" > /unrelated
ENV KEPT=${LOCAL:-nothing}
