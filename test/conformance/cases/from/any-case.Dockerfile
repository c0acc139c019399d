from registry.test/base/busybox:1.35 as Builder
run echo lower case > /case

From registry.test/base/busybox:1.35
Copy --from=builder /case /copied
COPY --from=BUILDER /case /copied-again
Env Case=Mixed
