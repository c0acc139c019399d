FROM registry.test/base/busybox:1.35
ARG WORD=value
RUN <<-STRIPPED cat > /stripped
	one tab goes
		two tabs go
    blanks stay $WORD
	STRIPPED
RUN <<"QUOTED" cat > /quoted
$WORD stays as written \
and so does the backslash
QUOTED
