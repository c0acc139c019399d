FROM registry.test/base/busybox:1.35
ENV SET=foobarbaz EMPTY="" STAR=a*b
ENV D1=${SET:-word} D2=${EMPTY:-word} D3=${UNSET:-word} D4=${EMPTY-word} D5=${UNSET-word}
ENV P1=${SET:+word} P2=${EMPTY:+word} P3=${UNSET:+word} P4=${EMPTY+word} P5=${UNSET+word}
ENV H1=${SET#f*b} H2=${SET##f*b} H3=${SET#x}
ENV T1=${SET%b*} T2=${SET%%b*} T3=${SET%x}
ENV R1=${SET/ba/fo} R2=${SET//ba/fo} R3=${SET/o*b/-} R4=${SET//?a/_} R5=${STAR/\*/+}
ENV N1=${UNSET:-${SET:+${EMPTY:-deep}}}
ENV L1=\$SET L2=\${SET} L3=x${SET}y L4=$SET.txt
