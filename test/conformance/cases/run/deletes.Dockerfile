FROM registry.test/base/busybox:1.35
RUN mkdir -p /keep/inner /gone/inner /swap /again && \
    touch /keep/a /keep/b /keep/inner/c /gone/inner/d /swap/e /again/old /file
RUN rm /keep/a /bin/vi && rm -r /gone
RUN rm -r /swap && echo file > /swap && rm /file && mkdir /file && touch /file/now-a-folder
RUN rm -r /again && mkdir /again && touch /again/new
RUN rm -r /keep/inner && ln -s /etc /keep/inner
