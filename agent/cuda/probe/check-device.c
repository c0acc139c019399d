#include "check-device.h"

#include <math.h>
#include <string.h>

#include "kernel.h"

enum { VALUES = 65536, THREADS = 256 };

static float a[VALUES];
static float b[VALUES];
static float c[VALUES];

struct work {
  const struct driver *driver;
  struct device_report *report;
  const char *volatile *stage;
};

int is_error(const struct driver *driver, int code, const char **reason, int *report_code, char *detail,
             unsigned long size) {
  if (code == CU_SUCCESS) return 0;
  const char *name = NULL;
  const char *text = NULL;
  *reason = reason_of(code);
  *report_code = code;
  driver->error_name(code, &name);
  driver->error_text(code, &text);
  append(detail, size, name == NULL ? "unknown error" : name);
  append(detail, size, ": ");
  append(detail, size, text == NULL ? "" : text);
  return 1;
}

static int failed(struct work *work, int code) {
  struct device_report *report = work->report;
  return is_error(work->driver, code, &report->reason, &report->code, report->detail, sizeof report->detail);
}

static int refused(struct work *work, const char *reason) {
  work->report->reason = reason;
  return 1;
}

static void enter(struct work *work, const char *stage) {
  *work->stage = stage;
  work->report->stage = stage;
}

static void print_uuid(const unsigned char *uuid, const char *prefix, char *text, unsigned long size) {
  static const char digits[] = "0123456789abcdef";
  append(text, size, prefix);
  for (int i = 0; i < 16; i++) {
    char two[3] = {digits[uuid[i] >> 4], digits[uuid[i] & 15], '\0'};
    if (i == 4 || i == 6 || i == 8 || i == 10) append(text, size, "-");
    append(text, size, two);
  }
}

/* In a MIG instance the newer call answers the instance's own id, the older one that of the GPU that it is a part of. */
static int read_uuid(struct work *work, cu_device device) {
  const struct driver *driver = work->driver;
  unsigned char gpu[16] = {0};
  unsigned char own[16] = {0};
  if (failed(work, driver->device_uuid(gpu, device))) return 1;
  memcpy(own, gpu, sizeof own);
  if (driver->device_uuid_v2 != NULL && failed(work, driver->device_uuid_v2(own, device))) return 1;
  int is_mig = memcmp(gpu, own, sizeof own) != 0 || strstr(work->report->name, " MIG ") != NULL;
  print_uuid(own, is_mig ? "MIG-" : "GPU-", work->report->uuid, sizeof work->report->uuid);
  return 0;
}

static int describe(struct work *work, cu_device device) {
  const struct driver *driver = work->driver;
  struct device_report *report = work->report;
  size_t memory = 0;
  if (failed(work, driver->device_name(report->name, sizeof report->name, device))) return 1;
  if (read_uuid(work, device)) return 1;
  if (failed(work, driver->device_memory(&memory, device))) return 1;
  report->memory_bytes = memory;
  if (failed(work, driver->device_attribute(&report->major, CU_ATTRIBUTE_MAJOR, device))) return 1;
  if (failed(work, driver->device_attribute(&report->minor, CU_ATTRIBUTE_MINOR, device))) return 1;
  if (failed(work, driver->device_attribute(&report->ecc, CU_ATTRIBUTE_ECC_ENABLED, device))) return 1;
  if (failed(work, driver->device_attribute(&report->compute_mode, CU_ATTRIBUTE_COMPUTE_MODE, device))) return 1;
  return report->compute_mode == CU_MODE_PROHIBITED ? refused(work, "GPU_COMPUTE_PROHIBITED") : 0;
}

static int check_memory(struct work *work, unsigned long long wanted) {
  struct device_report *report = work->report;
  size_t available = 0;
  size_t total = 0;
  if (failed(work, work->driver->memory_info(&available, &total))) return 1;
  report->free_bytes = available;
  if (available >= wanted) return 0;
  append_number(report->detail, sizeof report->detail, available >> 20);
  append(report->detail, sizeof report->detail, " MiB free, ");
  append_number(report->detail, sizeof report->detail, wanted >> 20);
  append(report->detail, sizeof report->detail, " MiB wanted");
  return refused(work, "GPU_MEMORY_LOW");
}

static unsigned next_random(unsigned *state) {
  unsigned value = *state;
  value ^= value << 13;
  value ^= value >> 17;
  value ^= value << 5;
  *state = value;
  return value;
}

/* Either sign, any mantissa, magnitudes from 2^-7 to 2^7: no sum overflows, and rounding happens in nearly all. */
static float next_value(unsigned *state) {
  unsigned random = next_random(state);
  unsigned bits = (random & 0x807fffffU) | ((120 + (random >> 23) % 15) << 23);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void fill_inputs(unsigned seed) {
  unsigned state = seed == 0 ? 1 : seed;
  for (int i = 0; i < VALUES; i++) {
    a[i] = next_value(&state);
    b[i] = next_value(&state);
  }
  memset(c, 0xff, sizeof c);
}

static int compare(struct work *work) {
  struct device_report *report = work->report;
  unsigned wrong = 0;
  for (int i = 0; i < VALUES; i++) {
    float expected = fmaf(a[i], b[i], a[i]);
    if (memcmp(&expected, &c[i], sizeof expected) != 0) wrong++;
  }
  if (wrong == 0) return 0;
  append_number(report->detail, sizeof report->detail, wrong);
  append(report->detail, sizeof report->detail, " wrong values of ");
  append_number(report->detail, sizeof report->detail, VALUES);
  return refused(work, "WRONG_RESULT");
}

static int run_kernel(struct work *work, cu_function function, const cu_pointer memory[3]) {
  const struct driver *driver = work->driver;
  cu_pointer first = memory[0];
  cu_pointer second = memory[1];
  cu_pointer result = memory[2];
  unsigned count = VALUES;
  void *parameters[] = {&first, &second, &result, &count};
  enter(work, "launch");
  long long started = now_us();
  if (failed(work, driver->launch(function, VALUES / THREADS, 1, 1, THREADS, 1, 1, 0, NULL, parameters, NULL))) return 1;
  enter(work, "synchronize");
  if (failed(work, driver->context_synchronize())) return 1;
  work->report->kernel_us = (long)(now_us() - started);
  return 0;
}

static int compute(struct work *work, unsigned seed) {
  const struct driver *driver = work->driver;
  cu_module module = NULL;
  cu_function function = NULL;
  cu_pointer memory[3] = {0};
  float *const arrays[3] = {a, b, c};
  enter(work, "module");
  if (failed(work, driver->module_load(&module, kernel_ptx))) return 1;
  if (failed(work, driver->module_function(&function, module, kernel_name))) return 1;
  fill_inputs(seed);
  enter(work, "allocate");
  for (int i = 0; i < 3; i++) {
    if (failed(work, driver->memory_alloc(&memory[i], sizeof a))) return 1;
    if (failed(work, driver->copy_to_device(memory[i], arrays[i], sizeof a))) return 1;
  }
  if (run_kernel(work, function, memory)) return 1;
  enter(work, "copy");
  if (failed(work, driver->copy_to_host(c, memory[2], sizeof c))) return 1;
  enter(work, "compare");
  if (compare(work)) return 1;
  for (int i = 0; i < 3; i++)
    if (failed(work, driver->memory_free(memory[i]))) return 1;
  return 0;
}

void check_device(const struct driver *driver, int index, struct wanted wanted, struct device_report *report,
                  const char *volatile *stage) {
  struct work work = {driver, report, stage};
  cu_device device = 0;
  cu_context context = NULL;
  report->index = index;
  enter(&work, "device");
  if (failed(&work, driver->device_get(&device, index)) || describe(&work, device)) return;
  enter(&work, "context");
  if (failed(&work, driver->context_retain(&context, device))) return;
  if (failed(&work, driver->context_set(context))) return;
  enter(&work, "memory");
  if (check_memory(&work, wanted.free_bytes) || compute(&work, wanted.seed + (unsigned)index)) return;
  enter(&work, "release");
  if (failed(&work, driver->context_release(device))) return;
  enter(&work, "done");
}
