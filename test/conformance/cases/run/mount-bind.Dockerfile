FROM registry.test/base/busybox:1.35 AS tools
RUN mkdir /tools && echo tool > /tools/tool

FROM registry.test/base/busybox:1.35
WORKDIR /work
RUN --mount=target=/src \
    cat /src/a.txt > /from-context && ! touch /src/new
RUN --mount=type=bind,source=sub,dst=/sub,rw \
    echo changed > /sub/b.txt && touch /sub/new && ls /sub > /listing
RUN --mount=type=bind,from=tools,source=/tools,destination=/opt/tools,readonly \
    cp /opt/tools/tool /tool
RUN --mount=type=bind,source=a.txt,target=relative.txt cp relative.txt /relative
