FROM registry.test/base/busybox:1.35
COPY --chmod=+x a.txt /m/plus-x
COPY --chmod=u=rwX,go=rX sub /m/capital-x
COPY --chmod=g=u,o= run.sh /m/group-like-user
COPY --chmod=a-w,u+s run.sh /m/several
