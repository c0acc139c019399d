

	# a comment behind a tab
  FROM registry.test/base/busybox:1.35

	RUN echo tab > /tab \

  \
    && echo on >> /tab

	  LABEL a="1" \
	  # between
	  b='2'


