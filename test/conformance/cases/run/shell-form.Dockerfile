FROM registry.test/base/busybox:1.35
RUN echo "a   b"  'c   d' > /quoted && \
    echo $((6 * 7)) > /number && \
    # A comment between continued lines is left out.
    printf '%s\n' one two three | sort -r > /sorted
RUN cd /tmp; pwd > /where; (exit 3) || echo "status $?" > /status
