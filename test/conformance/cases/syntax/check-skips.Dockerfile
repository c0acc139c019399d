# check=skip=all
from registry.test/base/busybox:1.35 AS Mixed
MAINTAINER nobody
CMD echo shell form
