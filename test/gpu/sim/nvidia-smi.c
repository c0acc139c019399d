/*
 * Stands in for nvidia-smi, as far as Kiln asks it: -L, -q -x, and the queries of GPUs, processes and remapped rows as CSV
 * without header and units. Its faults: `smi.exit` ends it with that status, `smi.unknown` names a field that this driver
 * does not know, `smi` makes it hang.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { BAD_ARGUMENT = 2, NOT_LOADED = 9, LOST = 15, NO_NVML = 12, MISMATCH = 18 };

struct row {
  const struct sim *sim;
  int index;
  const struct sim_gpu *gpu;
};

static char text[SIM_TEXT * 2];

static const char *number(unsigned long long value) {
  snprintf(text, sizeof text, "%llu", value);
  return text;
}

static const char *name_of(const struct sim_gpu *gpu) {
  snprintf(text, sizeof text, "%s (simulated)", gpu->name);
  return text;
}

static const char *bus_of(const struct row *row) {
  snprintf(text, sizeof text, "00000000:%02X:00.0", 7 + row->index);
  return text;
}

static int is_data_centre(const struct sim_gpu *gpu) { return strstr(gpu->name, "GeForce") == NULL; }

static const char *mig_mode(const struct sim_gpu *gpu) {
  if (strcmp(gpu->capability, "8.0") != 0 && strcmp(gpu->capability, "9.0") != 0) return "[N/A]";
  return sim_has_mig(gpu->minor) ? "Enabled" : "Disabled";
}

/* What does not depend on the GPU; a line of the configuration changes any of it. */
static const struct {
  const char *name;
  const char *value;
} usual[] = {
    {"compute_mode", "Default"},
    {"persistence_mode", "Enabled"},
    {"retired_pages.pending", "[N/A]"},
    {"temperature.gpu", "34"},
    {"power.draw", "61.20"},
    {"power.limit", "400.00"},
    {"pstate", "P0"},
    {"utilization.gpu", "0"},
    {"clocks_event_reasons.active", "0x0000000000000001"},
    {"clocks_event_reasons.hw_thermal_slowdown", "Not Active"},
    {"clocks_event_reasons.sw_thermal_slowdown", "Not Active"},
    {"clocks_event_reasons.hw_power_brake_slowdown", "Not Active"},
    {"pcie.link.gen.current", "1"},
    {"pcie.link.gen.max", "4"},
    {"pcie.link.width.current", "16"},
    {"pcie.link.width.max", "16"},
    {"display_active", "Disabled"},
    {"vbios_version", "simulated"},
    {"inforom.img", "simulated"},
    {"serial", "[N/A]"},
    {"remapped_rows.pending", "0"},
    {"remapped_rows.failure", "0"},
    {"remapped_rows.uncorrectable", "0"},
    {"gpu_recovery_action", "None"},
};

static const char *of_gpu(const struct row *row, const char *field) {
  const struct sim_gpu *gpu = row->gpu;
  unsigned long long used = sim_used_mib(gpu->minor);
  if (strcmp(field, "index") == 0) return number((unsigned long long)row->index);
  if (strcmp(field, "uuid") == 0 || strcmp(field, "gpu_uuid") == 0) return gpu->uuid;
  if (strcmp(field, "name") == 0) return name_of(gpu);
  if (strcmp(field, "pci.bus_id") == 0) return bus_of(row);
  if (strcmp(field, "driver_version") == 0) return row->sim->driver;
  if (strcmp(field, "compute_cap") == 0) return gpu->capability;
  if (strcmp(field, "memory.total") == 0) return number(gpu->memory_mib);
  if (strcmp(field, "memory.reserved") == 0) return number(512);
  if (strcmp(field, "memory.used") == 0) return number(used);
  if (strcmp(field, "memory.free") == 0) return number(gpu->memory_mib - 512 - used);
  if (strncmp(field, "mig.mode.", 9) == 0) return mig_mode(gpu);
  if (strcmp(field, "ecc.mode.current") == 0) return is_data_centre(gpu) ? "Enabled" : "[N/A]";
  if (strncmp(field, "ecc.errors.", 11) == 0) return is_data_centre(gpu) ? "0" : "[N/A]";
  return NULL;
}

/* NULL when the driver does not know the field. */
static const char *value_of(const struct row *row, const char *field) {
  const char *unknown = sim_fault("smi.unknown");
  if (unknown != NULL && strcmp(unknown, field) == 0) return NULL;
  for (int i = 0; i < row->sim->fields; i++)
    if (row->sim->field[i].gpu == row->gpu->minor && strcmp(row->sim->field[i].name, field) == 0)
      return row->sim->field[i].value;
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
    if (strcmp(usual[i].name, field) == 0) return usual[i].value;
  return of_gpu(row, field);
}

static int knows_all(const struct sim *sim, const char *fields) {
  struct row row = {sim, 0, &sim->gpu[0]};
  char *list = strdup(fields);
  char *rest = list;
  char *field;
  while ((field = strsep(&rest, ",")) != NULL && value_of(&row, field) != NULL) continue;
  if (field != NULL) printf("Field \"%s\" is not a valid field to query.\n\n", field);
  free(list);
  return field == NULL;
}

static int query_gpus(const struct sim *sim, const char *fields) {
  if (!knows_all(sim, fields)) return BAD_ARGUMENT;
  for (int index = 0; index < sim->gpus; index++) {
    struct row row = {sim, index, &sim->gpu[index]};
    char *list = strdup(fields);
    char *rest = list;
    const char *before = "";
    for (char *field; (field = strsep(&rest, ",")) != NULL; before = ", ")
      printf("%s%s", before, value_of(&row, field));
    printf("\n");
    free(list);
  }
  return 0;
}

static int query_processes(const struct sim *sim) {
  for (int i = 0; i < sim->processes; i++) {
    const struct sim_process *process = &sim->process[i];
    const struct sim_gpu *gpu = sim_gpu(process->gpu);
    printf("%s, %d, %llu, %s\n", gpu->uuid, process->pid, process->memory_mib, process->name);
  }
  return 0;
}

static int list(const struct sim *sim) {
  for (int i = 0; i < sim->gpus; i++) {
    printf("GPU %d: %s", i, name_of(&sim->gpu[i]));
    printf(" (UUID: %s)\n", sim->gpu[i].uuid);
    for (int j = 0, device = 0; j < sim->migs; j++)
      if (sim->mig[j].gpu == sim->gpu[i].minor)
        printf("  MIG %-12s Device %2d: (UUID: %s)\n", sim->mig[j].profile, device++, sim->mig[j].uuid);
  }
  if (sim->gpus == 0) printf("No devices found.\n");
  return 0;
}

static int dump(const struct sim *sim) {
  printf("<?xml version=\"1.0\" ?>\n<nvidia_smi_log>\n");
  printf("\t<driver_version>%s</driver_version>\n\t<attached_gpus>%d</attached_gpus>\n", sim->driver, sim->gpus);
  for (int i = 0; i < sim->gpus; i++) {
    struct row row = {sim, i, &sim->gpu[i]};
    printf("\t<gpu id=\"%s\">\n", bus_of(&row));
    printf("\t\t<product_name>%s</product_name>\n", name_of(row.gpu));
    printf("\t\t<uuid>%s</uuid>\n", row.gpu->uuid);
    printf("\t\t<gpu_recovery_action>%s</gpu_recovery_action>\n", value_of(&row, "gpu_recovery_action"));
    printf("\t</gpu>\n");
  }
  printf("</nvidia_smi_log>\n");
  return 0;
}

static int fail(int status) {
  if (status == NOT_LOADED)
    printf("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. (simulated)\n");
  else if (status == MISMATCH) printf("Failed to initialize NVML: Driver/library version mismatch\n");
  else if (status == LOST) printf("Unable to determine the device handle for GPU0: GPU is lost. (simulated)\n");
  else if (status == NO_NVML) printf("NVIDIA-SMI couldn't find libnvidia-ml.so library in your system. (simulated)\n");
  return status;
}

int main(int count, char **arguments) {
  static const char gpus[] = "--query-gpu=";
  static const char rows[] = "--query-remapped-rows=";
  static const char apps[] = "--query-compute-apps=gpu_uuid,pid,used_memory,process_name";
  const struct sim *sim = sim_read();
  const char *status = sim_fault("smi.exit");
  sim_code("smi");
  if (sim == NULL) return fail(NOT_LOADED);
  if (status != NULL) return fail(atoi(status));
  if (count < 2) return BAD_ARGUMENT;
  if (strncmp(arguments[1], gpus, strlen(gpus)) == 0) return query_gpus(sim, arguments[1] + strlen(gpus));
  if (strncmp(arguments[1], rows, strlen(rows)) == 0) return query_gpus(sim, arguments[1] + strlen(rows));
  if (strcmp(arguments[1], apps) == 0) return query_processes(sim);
  if (strcmp(arguments[1], "-L") == 0) return list(sim);
  if (count == 3 && strcmp(arguments[1], "-q") == 0 && strcmp(arguments[2], "-x") == 0) return dump(sim);
  printf("Invalid combination of input arguments. (simulated)\n");
  return BAD_ARGUMENT;
}
