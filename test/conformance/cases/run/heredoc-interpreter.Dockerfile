FROM registry.test/base/busybox:1.35
RUN <<LINES sh -ex
echo given to sh > /by-sh
LINES
RUN <<PROGRAM
#!/bin/awk -f
BEGIN { for (i = 1; i <= 3; i++) print i * i > "/squares" }
PROGRAM
