FROM registry.test/base/busybox:1.35
ENV OLD  a value with   blanks
ENV ONE=1 TWO="two words" THREE=three\ words \
    FOUR='single $ONE'
ENV FIVE="quoted \"inside\"" SIX=a=b=c EMPTY= SEVEN=""
ENV PATH=$PATH:/opt/bin
RUN echo "$OLD|$ONE|$TWO|$THREE|$FOUR|$FIVE|$SIX|$EMPTY|$SEVEN|$PATH" > /seen
