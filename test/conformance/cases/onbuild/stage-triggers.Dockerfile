FROM registry.test/base/busybox:1.35 AS base
ONBUILD RUN echo "$STEP" >> /steps
ONBUILD WORKDIR /from/trigger
ENV STEP=one

FROM base AS child
ENV STEP=two
RUN pwd > /where

FROM child
RUN echo no triggers here >> /steps
