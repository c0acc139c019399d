FROM registry.test/base/busybox:1.35
ARG ONE=arg
ENV TWO=env
ARG THREE
RUN echo "$ONE $TWO '${THREE-unset}' '$FOUR'" > /seen
ARG FOUR=late
RUN echo "$FOUR" > /late
