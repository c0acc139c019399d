# A comment before everything.

# syntax=never/read:because-a-comment-came-first

FROM registry.test/base/busybox:1.35
  # an indented comment
RUN echo one \
# a comment inside a continuation
    two \

    three > /words
   RUN echo "# not a comment" > /hash # a comment of the shell
LABEL hash="# kept"
