#define _GNU_SOURCE
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char in_containers[] = "/etc/kiln-sim/gpu.conf";

static void take(char *target, char **rest) {
  char *word = strsep(rest, "\t");
  snprintf(target, SIM_TEXT, "%s", word == NULL ? "" : word);
}

static int take_number(char **rest) {
  char word[SIM_TEXT];
  take(word, rest);
  return atoi(word);
}

static void read_gpu(struct sim_gpu *gpu, char *rest) {
  gpu->minor = take_number(&rest);
  take(gpu->uuid, &rest);
  take(gpu->capability, &rest);
  gpu->memory_mib = (unsigned long long)take_number(&rest);
  take(gpu->name, &rest);
}

static void read_mig(struct sim_mig *mig, char *rest) {
  mig->gpu = take_number(&rest);
  take(mig->uuid, &rest);
  take(mig->profile, &rest);
  mig->memory_mib = (unsigned long long)take_number(&rest);
  mig->instance = take_number(&rest);
  mig->caps[0] = take_number(&rest);
  mig->caps[1] = take_number(&rest);
}

static void read_process(struct sim_process *process, char *rest) {
  process->gpu = take_number(&rest);
  process->pid = take_number(&rest);
  process->memory_mib = (unsigned long long)take_number(&rest);
  take(process->name, &rest);
}

static void read_line(struct sim *sim, char *line) {
  char *rest = line;
  char *key = strsep(&rest, "\t");
  if (strcmp(key, "driver") == 0) take(sim->driver, &rest);
  else if (strcmp(key, "cuda") == 0) sim->cuda = take_number(&rest);
  else if (strcmp(key, "gpu") == 0 && sim->gpus < SIM_GPUS) read_gpu(&sim->gpu[sim->gpus++], rest);
  else if (strcmp(key, "mig") == 0 && sim->migs < SIM_MIGS) read_mig(&sim->mig[sim->migs++], rest);
  else if (strcmp(key, "process") == 0 && sim->processes < SIM_PROCESSES)
    read_process(&sim->process[sim->processes++], rest);
  else if (strcmp(key, "fault") == 0 && sim->faults < SIM_FAULTS) {
    struct sim_fault *fault = &sim->fault[sim->faults++];
    take(fault->what, &rest);
    take(fault->value, &rest);
  } else if (strcmp(key, "field") == 0 && sim->fields < SIM_FIELDS) {
    struct sim_field *field = &sim->field[sim->fields++];
    field->gpu = take_number(&rest);
    take(field->name, &rest);
    take(field->value, &rest);
  }
}

const struct sim *sim_read(void) {
  static struct sim sim;
  static int done;
  if (done) return &sim;
  const char *path = getenv("KILN_SIM_CONFIG");
  FILE *file = fopen(path == NULL ? in_containers : path, "r");
  char line[512];
  if (file == NULL) return NULL;
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    read_line(&sim, line);
  }
  fclose(file);
  done = 1;
  return &sim;
}

const char *sim_fault(const char *what) {
  const struct sim *sim = sim_read();
  for (int i = 0; sim != NULL && i < sim->faults; i++)
    if (strcmp(sim->fault[i].what, what) == 0) return sim->fault[i].value;
  return NULL;
}

int sim_code(const char *function) {
  const char *value = sim_fault(function);
  if (value == NULL) return 0;
  while (strcmp(value, "hang") == 0) sleep(1000);
  if (strcmp(value, "crash") == 0) abort();
  return atoi(value);
}

const struct sim_gpu *sim_gpu(int minor) {
  const struct sim *sim = sim_read();
  for (int i = 0; sim != NULL && i < sim->gpus; i++)
    if (sim->gpu[i].minor == minor) return &sim->gpu[i];
  return NULL;
}

unsigned long long sim_used_mib(int gpu) {
  const struct sim *sim = sim_read();
  unsigned long long used = 0;
  for (int i = 0; sim != NULL && i < sim->processes; i++)
    if (sim->process[i].gpu == gpu) used += sim->process[i].memory_mib;
  return used;
}

void sim_uuid_bytes(const char *uuid, unsigned char bytes[16]) {
  int digits = 0;
  memset(bytes, 0, 16);
  for (const char *at = strchr(uuid, '-'); at != NULL && *at != '\0' && digits < 32; at++) {
    char one[2] = {*at, '\0'};
    if (*at == '-') continue;
    bytes[digits / 2] = (unsigned char)(bytes[digits / 2] << 4 | (strtol(one, NULL, 16) & 15));
    digits++;
  }
}

int sim_has_mig(int gpu) {
  const struct sim *sim = sim_read();
  for (int i = 0; sim != NULL && i < sim->migs; i++)
    if (sim->mig[i].gpu == gpu) return 1;
  return 0;
}
