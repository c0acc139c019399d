FROM registry.test/base/busybox:1.35 AS seed
RUN mkdir /seed && echo seeded > /seed/file

FROM registry.test/base/busybox:1.35
RUN --mount=type=cache,target=/cache echo kept > /cache/file && stat -c %a:%u:%g /cache > /default
RUN --mount=type=cache,id=/cache,target=/elsewhere,ro \
    cp /elsewhere/file /same-id && ! touch /elsewhere/new
RUN --mount=type=cache,id=shared,target=/cache,sharing=shared,mode=0710,uid=12,gid=34 \
    stat -c %a:%u:%g /cache > /given
RUN --mount=type=cache,id=locked,dst=/cache,sharing=locked touch /cache/x && ls /cache > /locked
RUN --mount=type=cache,id=private,destination=/cache,sharing=private,readonly=false \
    touch /cache/y && ls /cache > /private
RUN --mount=type=cache,id=seeded,target=/seeded,from=seed,source=/seed cp /seeded/file /from-seed
