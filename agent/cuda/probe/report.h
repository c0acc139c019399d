/* What the probe found out, and how it is told: one line of JSON. */
#ifndef KILN_REPORT_H
#define KILN_REPORT_H

enum { MAX_DEVICES = 16, MAX_NODES = 32 };

struct device_report {
  int index;
  char uuid[48];
  char name[128];
  int major;
  int minor;
  int compute_mode;
  int ecc;
  unsigned long long memory_bytes;
  unsigned long long free_bytes;
  long kernel_us;
  const char *reason;
  const char *stage;
  int code;
  char detail[256];
};

struct report {
  const char *nonce;
  /* NULL while nothing has gone wrong. */
  const char *reason;
  /* Read by the signal handlers. */
  const char *volatile stage;
  int code;
  char detail[256];
  char libcuda[512];
  int simulated;
  int driver_cuda;
  int device_count;
  int tested;
  struct device_report devices[MAX_DEVICES];
  char nodes[MAX_NODES][32];
  int node_count;
  long long started_us;
};

/* Since some point in the past, in µs. */
long long now_us(void);

/* Appends to a text that stays within `size`. */
void append(char *text, unsigned long size, const char *more);
void append_number(char *text, unsigned long size, unsigned long long number);

/* Writes the report to `fd` as one line. Calls nothing that a signal handler must not call. */
void write_report(int fd, const struct report *report);

/* Writes to `fd` that the image has no Python, in the form in which the framework probe reports. */
void write_no_python(int fd, const char *nonce);

#endif
