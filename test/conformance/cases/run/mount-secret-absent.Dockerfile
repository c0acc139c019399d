FROM registry.test/base/busybox:1.35
RUN --mount=type=secret,id=nobody-gave-it ls /run > /listing || echo no such folder > /listing
RUN --mount=type=secret,id=nobody-gave-it,env=NAME,required=false echo "'${NAME-unset}'" > /variable
