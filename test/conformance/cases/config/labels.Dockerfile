FROM registry.test/base/busybox:1.35 AS base
LABEL kept=base overridden=base

FROM registry.test/base/busybox:1.35 AS aside
LABEL of.the.side=never

FROM base
LABEL "com.example.vendor"="ACME Incorporated" com.example.plain=plain
LABEL text="one line \
and its continuation" overridden=child
LABEL legacy a value with blanks
LABEL empty="" quote="say \"yes\"" unicode="grün 二"
COPY --from=aside /etc/passwd /
