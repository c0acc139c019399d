/*
 * Proves that CUDA works where it runs: loads the driver as the surroundings provide it, lets each visible GPU compute,
 * and compares with the processor. Says what it found in one line of JSON on stdout.
 *
 *   cuda-probe [--nonce TEXT] [--limit SECONDS] [--min-free-mib MIB]
 *   cuda-probe frameworks [--python FILE] SCRIPT [ARGUMENT...]    runs SCRIPT with the image's Python
 *
 * Exit status: 0 all GPUs passed, 1 something is wrong and the line says what, 2 wrong arguments.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check-device.h"
#include "driver.h"
#include "find-python.h"
#include "report.h"

enum { DEFAULT_LIMIT_S = 20 };

static struct report report = {.nonce = "", .stage = "start"};
static struct driver driver;
static int answers = STDOUT_FILENO;
static char crash_stack[64 * 1024];

static _Noreturn void finish(void) {
  write_report(answers, &report);
  /* Not exit: the driver's own handlers may hang, and everything has been said. */
  _exit(report.reason == NULL ? 0 : 1);
}

/* Ends in the middle of whatever is being done; the GPU that was being checked has not passed. */
static _Noreturn void interrupt(const char *reason, const char *detail) {
  report.reason = reason;
  report.code = 0;
  report.detail[0] = '\0';
  append(report.detail, sizeof report.detail, detail);
  if (report.tested > 0) report.devices[report.tested - 1].reason = reason;
  finish();
}

static void on_alarm(int signal) {
  (void)signal;
  interrupt("PROBE_TIMEOUT", "");
}

static void on_crash(int signal) {
  char detail[32] = "signal ";
  append_number(detail, sizeof detail, (unsigned long long)signal);
  interrupt("PROBE_CRASHED", detail);
}

static void watch(unsigned limit_s) {
  static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
  stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof crash_stack};
  struct sigaction crash = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK | SA_RESETHAND};
  struct sigaction alarmed = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK};
  sigset_t none;
  sigaltstack(&stack, NULL);
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) sigaction(crashes[i], &crash, NULL);
  sigaction(SIGALRM, &alarmed, NULL);
  /* Both may have been left blocked or ignored by whoever started this. */
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  alarm(limit_s);
}

/* Whatever the driver or a library prints goes to stderr, so that nothing but the report is ever on stdout. */
static void keep_stdout(void) {
  int kept = dup(STDOUT_FILENO);
  if (kept < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return;
  answers = kept;
}

/* Which devices the container was given: tells a farm that gave none from a driver that shows none. */
static void list_nodes(void) {
  DIR *folder = opendir("/dev");
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL && report.node_count < MAX_NODES;) {
    if (strncmp(entry->d_name, "nvidia", strlen("nvidia")) != 0) continue;
    append(report.nodes[report.node_count++], sizeof report.nodes[0], entry->d_name);
  }
  closedir(folder);
}

static void require(int code) {
  if (is_error(&driver, code, &report.reason, &report.code, report.detail, sizeof report.detail)) finish();
}

static void probe(struct wanted wanted) {
  report.stage = "load";
  report.reason = load_driver(&driver, report.libcuda, sizeof report.libcuda, report.detail, sizeof report.detail,
                              &report.simulated);
  if (report.reason != NULL) finish();
  report.stage = "init";
  require(driver.init(0));
  require(driver.driver_version(&report.driver_cuda));
  report.stage = "count";
  require(driver.device_count(&report.device_count));
  if (report.device_count == 0) {
    report.reason = "NO_DEVICE";
    finish();
  }
  for (int i = 0; i < report.device_count && i < MAX_DEVICES; i++) {
    struct device_report *device = &report.devices[report.tested++];
    check_device(&driver, i, wanted, device, &report.stage);
    if (device->reason == NULL || report.reason != NULL) continue;
    report.reason = device->reason;
    report.code = device->code;
    append(report.detail, sizeof report.detail, device->detail);
  }
  if (report.reason == NULL) report.stage = "done";
}

/* FNV-1a. */
static unsigned hash(const char *text) {
  unsigned value = 2166136261U;
  for (; *text != '\0'; text++) value = (value ^ (unsigned char)*text) * 16777619U;
  return value;
}

static _Noreturn void misused(void) {
  static const char usage[] = "usage: cuda-probe [--nonce TEXT] [--limit SECONDS] [--min-free-mib MIB]\n"
                              "       cuda-probe frameworks [--python FILE] SCRIPT [ARGUMENT...]\n";
  if (write(STDERR_FILENO, usage, sizeof usage - 1) < 0) _exit(3);
  _exit(2);
}

static unsigned long long read_number(const char *text, unsigned long long max) {
  char *end;
  unsigned long long number = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || number > max) misused();
  return number;
}

int main(int count, char **arguments) {
  unsigned limit_s = DEFAULT_LIMIT_S;
  struct wanted wanted = {0, 0};
  report.started_us = now_us();
  if (count > 1 && strcmp(arguments[1], "frameworks") == 0) return run_script(arguments + 2);
  for (int i = 1; i < count; i += 2) {
    const char *name = arguments[i];
    if (i + 1 == count) misused();
    if (strcmp(name, "--nonce") == 0) report.nonce = arguments[i + 1];
    else if (strcmp(name, "--limit") == 0) limit_s = (unsigned)read_number(arguments[i + 1], 3600);
    else if (strcmp(name, "--min-free-mib") == 0) wanted.free_bytes = read_number(arguments[i + 1], 1 << 24) << 20;
    else misused();
  }
  wanted.seed = hash(report.nonce);
  keep_stdout();
  watch(limit_s);
  list_nodes();
  /* These let a variable of the image load code into every CUDA program. */
  unsetenv("CUDA_INJECTION32_PATH");
  unsetenv("CUDA_INJECTION64_PATH");
  probe(wanted);
  finish();
}
