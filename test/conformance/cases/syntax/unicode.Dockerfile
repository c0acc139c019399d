FROM registry.test/base/busybox:1.35
LABEL grüße="Zürich 二三 🦊"
ENV TEXT="naïve – „quoted“"
RUN echo "$TEXT 🦊" > /grün.txt && mkdir /二
WORKDIR /二/三
