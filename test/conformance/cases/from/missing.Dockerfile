# There is nothing to start from.
RUN echo nothing
