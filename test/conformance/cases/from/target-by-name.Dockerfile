FROM registry.test/base/busybox:1.35 AS first
RUN echo first > /which

FROM first AS second
RUN echo second > /which
LABEL stage=second

FROM second AS third
RUN exit 1
