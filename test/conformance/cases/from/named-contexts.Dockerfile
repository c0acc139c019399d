FROM base AS first
COPY --from=files sub /sub
RUN --mount=type=bind,from=files,target=/files ls -R /files > /listing
RUN --mount=type=bind,from=tools,source=/bin,target=/tools /tools/busybox echo tools > /tools-ran

FROM files AS stage-of-files
FROM base
COPY --from=first /listing /tools-ran /
COPY --from=stage-of-files a.txt /
COPY --from=tools --chmod=700 /bin/busybox /busybox
