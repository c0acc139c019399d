FROM registry.test/base/busybox:1.35
ARG SOURCE_DATE_EPOCH
RUN echo "$SOURCE_DATE_EPOCH" > /epoch && mkdir /made && touch /made/file && ln -s file /made/link
COPY a.txt sub /copied/
ADD http://web.test/served.txt /
WORKDIR /w/x
