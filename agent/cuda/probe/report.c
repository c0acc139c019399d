#define _GNU_SOURCE
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char line[64 * 1024];
static unsigned long used;

long long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

void append(char *text, unsigned long size, const char *more) {
  unsigned long at = strlen(text);
  while (*more != '\0' && at + 1 < size) text[at++] = *more++;
  text[at] = '\0';
}

void append_number(char *text, unsigned long size, unsigned long long number) {
  char digits[24] = "";
  int at = sizeof digits - 1;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  append(text, size, digits + at);
}

static void put(const char *text) {
  while (*text != '\0' && used + 1 < sizeof line) line[used++] = *text++;
}

static void put_number(long long number) {
  char digits[24] = "";
  if (number < 0) put("-");
  append_number(digits, sizeof digits, number < 0 ? 0ULL - (unsigned long long)number : (unsigned long long)number);
  put(digits);
}

/* In ms with three places. */
static void put_time(long long us) {
  char digits[24] = "";
  put_number(us / 1000);
  append_number(digits, sizeof digits, (unsigned long long)(1000 + us % 1000));
  put(".");
  put(digits + 1);
}

/* What is not printable ASCII becomes `?`: names and messages are read by people, and the line must stay valid. */
static void put_string(const char *text) {
  put("\"");
  for (; *text != '\0'; text++) {
    char one[3] = {*text, '\0', '\0'};
    if (*text == '"' || *text == '\\') {
      one[0] = '\\';
      one[1] = *text;
    } else if (*text < ' ' || *text > '~') {
      one[0] = '?';
    }
    put(one);
  }
  put("\"");
}

static void put_field(const char *name, const char *text) {
  put(",\"");
  put(name);
  put("\":");
  if (text == NULL) put("null");
  else put_string(text);
}

static void put_integer(const char *name, long long number) {
  put(",\"");
  put(name);
  put("\":");
  put_number(number);
}

static void put_flag(const char *name, int flag) {
  put(",\"");
  put(name);
  put(flag ? "\":true" : "\":false");
}

static void put_outcome(const char *reason, const char *stage, int code, const char *detail) {
  put_flag("ok", reason == NULL);
  put_field("reason", reason == NULL ? "OK" : reason);
  put_field("stage", stage);
  put_integer("cuda_code", code);
  put_field("detail", detail);
}

static void put_device(const struct device_report *device) {
  char capability[16] = "";
  append_number(capability, sizeof capability, (unsigned long long)device->major);
  append(capability, sizeof capability, ".");
  append_number(capability, sizeof capability, (unsigned long long)device->minor);
  put("{\"index\":");
  put_number(device->index);
  put_field("uuid", device->uuid);
  put_field("name", device->name);
  put_field("compute_capability", capability);
  put_integer("compute_mode", device->compute_mode);
  put_flag("ecc", device->ecc);
  put_integer("memory_bytes", (long long)device->memory_bytes);
  put_integer("free_bytes", (long long)device->free_bytes);
  put(",\"kernel_ms\":");
  put_time(device->kernel_us);
  put_outcome(device->reason, device->stage, device->code, device->detail);
  put("}");
}

static void write_line(int fd) {
  for (unsigned long at = 0; at < used;) {
    long written = write(fd, line + at, used - at);
    if (written <= 0) return;
    at += (unsigned long)written;
  }
}

void write_report(int fd, const struct report *report) {
  used = 0;
  put("{\"probe\":\"cuda-driver\",\"version\":1");
  put_field("nonce", report->nonce);
  put_outcome(report->reason, report->stage, report->code, report->detail);
  put_field("libcuda", report->libcuda);
  put_flag("simulated", report->simulated);
  put_integer("driver_cuda", report->driver_cuda);
  put_field("visible_devices", getenv("CUDA_VISIBLE_DEVICES"));
  put(",\"nodes\":[");
  for (int i = 0; i < report->node_count; i++) {
    if (i > 0) put(",");
    put_string(report->nodes[i]);
  }
  put("]");
  put_integer("device_count", report->device_count);
  put(",\"devices\":[");
  for (int i = 0; i < report->tested; i++) {
    if (i > 0) put(",");
    put_device(&report->devices[i]);
  }
  put("],\"duration_ms\":");
  put_time(now_us() - report->started_us);
  put("}\n");
  write_line(fd);
}

void write_no_python(int fd, const char *nonce) {
  used = 0;
  put("{\"probe\":\"frameworks\",\"version\":1");
  put_field("nonce", nonce);
  put(",\"ok\":true,\"reason\":\"OK\",\"detail\":\"\",\"python\":\"\",\"frameworks\":[],\"duration_ms\":0}\n");
  write_line(fd);
}
