/*
 * What the simulated node is: read from one file, by all that stands in for NVIDIA's driver. Fields are separated by tabs.
 *
 *   driver  580.65.06
 *   cuda    13000
 *   gpu     MINOR  UUID  CAPABILITY  MEMORY_MIB  NAME
 *   mig     GPU_MINOR  UUID  PROFILE  MEMORY_MIB  GPU_INSTANCE  CAP_MINOR  CAP_MINOR
 *   process GPU_MINOR  PID  MEMORY_MIB  NAME
 *   fault   WHAT  [VALUE]
 *   field   GPU_MINOR  NAME  VALUE
 *
 * `fault` makes the function WHAT answer VALUE, or hang when VALUE is `hang`; further faults are named where they are
 * read. `field` is what nvidia-smi prints for a GPU under NAME.
 */
#ifndef SIM_H
#define SIM_H

enum { SIM_GPUS = 8, SIM_MIGS = 16, SIM_PROCESSES = 8, SIM_FAULTS = 16, SIM_FIELDS = 32, SIM_TEXT = 96 };

struct sim_gpu {
  int minor;
  char uuid[SIM_TEXT];
  char capability[SIM_TEXT];
  unsigned long long memory_mib;
  char name[SIM_TEXT];
};

struct sim_mig {
  int gpu;
  char uuid[SIM_TEXT];
  char profile[SIM_TEXT];
  unsigned long long memory_mib;
  int instance;
  int caps[2];
};

struct sim_process {
  int gpu;
  int pid;
  unsigned long long memory_mib;
  char name[SIM_TEXT];
};

struct sim_fault {
  char what[SIM_TEXT];
  char value[SIM_TEXT];
};

struct sim_field {
  int gpu;
  char name[SIM_TEXT];
  char value[SIM_TEXT];
};

struct sim {
  char driver[SIM_TEXT];
  int cuda;
  int gpus;
  int migs;
  int processes;
  int faults;
  int fields;
  struct sim_gpu gpu[SIM_GPUS];
  struct sim_mig mig[SIM_MIGS];
  struct sim_process process[SIM_PROCESSES];
  struct sim_fault fault[SIM_FAULTS];
  struct sim_field field[SIM_FIELDS];
};

/* Read once, from $KILN_SIM_CONFIG or the place where containers have it. NULL when there is none. */
const struct sim *sim_read(void);

/* The value of a fault, or NULL when it is not asked for. */
const char *sim_fault(const char *what);

/* The code that the function is to answer, 0 when nothing is asked for. Hangs when that is asked for. */
int sim_code(const char *function);

const struct sim_gpu *sim_gpu(int minor);

/* The memory that processes hold on a GPU, in MiB. */
unsigned long long sim_used_mib(int gpu);

/* Sixteen bytes of the hexadecimal digits after the prefix. */
void sim_uuid_bytes(const char *uuid, unsigned char bytes[16]);

int sim_has_mig(int gpu);

#endif
