FROM registry.test/base/busybox:1.35
RUN <<FIRST cat > /first && <<SECOND cat > /second
one
FIRST
two
SECOND
RUN cat <<A <<B 3< /dev/null > /both
from a
A
from b
B
