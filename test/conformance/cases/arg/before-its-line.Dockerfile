FROM registry.test/base/busybox:1.35
USER ${WHO:-nobody}
LABEL before="'$WHO'"
ARG WHO=root
USER $WHO
LABEL after="'$WHO'"
