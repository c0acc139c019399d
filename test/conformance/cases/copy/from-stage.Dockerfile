FROM registry.test/base/busybox:1.35 AS made
WORKDIR /made
RUN echo text > text && ln -s text link && mkdir folder && echo in > folder/in && chown -R 20:30 folder

FROM registry.test/base/busybox:1.35
RUN echo zero > /zero

FROM scratch
COPY --from=made /made /all
COPY --from=made /made/link /link-followed
COPY --from=made made/folder/ /folder/
COPY --from=1 /zero /by-number
COPY --from=made --chown=40:50 --chmod=640 /made/folder /changed
COPY --from=registry.test/base/busybox:1.35 /etc/passwd /passwd
