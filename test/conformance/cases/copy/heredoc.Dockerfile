FROM registry.test/base/busybox:1.35
ARG NAME=value
COPY <<NOTES /notes.txt
expanded: ${NAME} and ${OTHER:-a default}
an escaped \$NAME
NOTES
COPY <<'PLAIN' /plain.txt
kept: ${NAME}
PLAIN
COPY --chmod=755 --chown=6:7 <<-SCRIPT <<-OTHER /bin/of-mine/
	#!/bin/sh
	echo tabs are gone
	SCRIPT
	second file
	OTHER
COPY a.txt <<MIXED /mixed/
beside a file of the context
MIXED
RUN cat /bin/of-mine/* > /joined
