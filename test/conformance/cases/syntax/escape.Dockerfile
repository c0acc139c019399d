# escape=`

FROM registry.test/base/busybox:1.35
ENV WINDOWS=C:\temp\new QUOTED="a `"b`""
RUN echo one `
    two > /words
COPY a.txt `
     /place/
LABEL literal=`$WINDOWS
