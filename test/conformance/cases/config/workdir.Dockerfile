FROM registry.test/base/busybox:1.35 AS base
WORKDIR /base
FROM base
RUN pwd > /inherited
WORKDIR relative
WORKDIR ../sibling/./deeper
RUN pwd > /walked
ENV DIRPATH=/path
WORKDIR $DIRPATH/$DIRNAME
RUN pwd > /by-variable
WORKDIR /with\ blank
WORKDIR "/quoted blank"
WORKDIR /
