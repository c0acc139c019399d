/*
 * Stands in for NVIDIA's libnvidia-ml.so.1, as far as nvidia-ctk asks it to describe the GPUs of a node. Handles are
 * addresses of the entries of the configuration.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"

#define EXPORT __attribute__((visibility("default")))

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, MIG_COUNT = 7 };

struct pci_info {
  char legacy_bus_id[16];
  unsigned domain;
  unsigned bus;
  unsigned device;
  unsigned device_id;
  unsigned subsystem_id;
  char bus_id[32];
};

struct memory_info {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

EXPORT const char kiln_simulated_gpu[] = "simulated";

static int ready;

#define FAULT(name)               \
  do {                            \
    int fault = sim_code(name);   \
    if (fault != 0) return fault; \
  } while (0)

static const struct sim_mig *as_mig(const void *handle) {
  const struct sim *sim = sim_read();
  const struct sim_mig *mig = handle;
  return mig >= sim->mig && mig < sim->mig + sim->migs ? mig : NULL;
}

static const struct sim_gpu *as_gpu(const void *handle) {
  const struct sim_mig *mig = as_mig(handle);
  return mig == NULL ? handle : sim_gpu(mig->gpu);
}

static int print(char *text, unsigned size, const char *value) {
  snprintf(text, size, "%s", value);
  return SUCCESS;
}

EXPORT int nvmlInit_v2(void) {
  FAULT("nvmlInit_v2");
  if (sim_read() == NULL) return NOT_FOUND;
  ready = 1;
  return SUCCESS;
}

EXPORT int nvmlInit(void) { return nvmlInit_v2(); }

EXPORT int nvmlInitWithFlags(unsigned flags) {
  (void)flags;
  return nvmlInit_v2();
}

EXPORT int nvmlShutdown(void) {
  ready = 0;
  return SUCCESS;
}

EXPORT const char *nvmlErrorString(int code) {
  if (code == 9) return "Driver Not Loaded";
  if (code == 15) return "GPU is lost";
  if (code == 18) return "Driver/library version mismatch";
  return "simulated error";
}

EXPORT int nvmlSystemGetDriverVersion(char *text, unsigned size) {
  FAULT("nvmlSystemGetDriverVersion");
  return ready ? print(text, size, sim_read()->driver) : UNINITIALIZED;
}

EXPORT int nvmlSystemGetCudaDriverVersion_v2(int *version) {
  *version = sim_read()->cuda;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetCount_v2(unsigned *count) {
  FAULT("nvmlDeviceGetCount_v2");
  *count = (unsigned)sim_read()->gpus;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, const void **handle) {
  FAULT("nvmlDeviceGetHandleByIndex_v2");
  if (index >= (unsigned)sim_read()->gpus) return INVALID_ARGUMENT;
  *handle = &sim_read()->gpu[index];
  return SUCCESS;
}

EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, const void **handle) {
  const struct sim *sim = sim_read();
  FAULT("nvmlDeviceGetHandleByUUID");
  for (int i = 0; i < sim->gpus; i++)
    if (strcmp(sim->gpu[i].uuid, uuid) == 0) return *handle = &sim->gpu[i], SUCCESS;
  for (int i = 0; i < sim->migs; i++)
    if (strcmp(sim->mig[i].uuid, uuid) == 0) return *handle = &sim->mig[i], SUCCESS;
  return NOT_FOUND;
}

EXPORT int nvmlDeviceGetUUID(const void *handle, char *text, unsigned size) {
  const struct sim_mig *mig = as_mig(handle);
  FAULT("nvmlDeviceGetUUID");
  return print(text, size, mig == NULL ? as_gpu(handle)->uuid : mig->uuid);
}

EXPORT int nvmlDeviceGetName(const void *handle, char *text, unsigned size) {
  char name[SIM_TEXT + 16];
  snprintf(name, sizeof name, "%s (simulated)", as_gpu(handle)->name);
  return print(text, size, name);
}

static unsigned index_of(const void *handle) { return (unsigned)(as_gpu(handle) - sim_read()->gpu); }

EXPORT int nvmlDeviceGetIndex(const void *handle, unsigned *index) {
  const struct sim_mig *mig = as_mig(handle);
  *index = index_of(handle);
  if (mig == NULL) return SUCCESS;
  *index = 0;
  for (const struct sim_mig *at = sim_read()->mig; at < mig; at++) *index += at->gpu == mig->gpu;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetMinorNumber(const void *handle, unsigned *minor) {
  FAULT("nvmlDeviceGetMinorNumber");
  *minor = (unsigned)as_gpu(handle)->minor;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetPciInfo_v3(const void *handle, struct pci_info *pci) {
  FAULT("nvmlDeviceGetPciInfo_v3");
  memset(pci, 0, sizeof *pci);
  pci->bus = 7 + index_of(handle);
  snprintf(pci->bus_id, sizeof pci->bus_id, "00000000:%02X:00.0", pci->bus);
  snprintf(pci->legacy_bus_id, sizeof pci->legacy_bus_id, "0000:%02X:00.0", pci->bus);
  return SUCCESS;
}

EXPORT int nvmlDeviceGetMemoryInfo(const void *handle, struct memory_info *memory) {
  const struct sim_mig *mig = as_mig(handle);
  unsigned long long total = mig == NULL ? as_gpu(handle)->memory_mib : mig->memory_mib;
  memory->total = total << 20;
  memory->used = sim_used_mib(as_gpu(handle)->minor) << 20;
  memory->free = memory->total - memory->used;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetCudaComputeCapability(const void *handle, int *major, int *minor) {
  return sscanf(as_gpu(handle)->capability, "%d.%d", major, minor) == 2 ? SUCCESS : NOT_SUPPORTED;
}

EXPORT int nvmlDeviceGetMigMode(const void *handle, unsigned *now, unsigned *pending) {
  *now = *pending = (unsigned)sim_has_mig(as_gpu(handle)->minor);
  return SUCCESS;
}

EXPORT int nvmlDeviceGetMaxMigDeviceCount(const void *handle, unsigned *count) {
  *count = sim_has_mig(as_gpu(handle)->minor) ? MIG_COUNT : 0;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(const void *handle, unsigned index, const void **mig) {
  const struct sim *sim = sim_read();
  for (int i = 0; i < sim->migs; i++)
    if (sim->mig[i].gpu == as_gpu(handle)->minor && index-- == 0) return *mig = &sim->mig[i], SUCCESS;
  return NOT_FOUND;
}

EXPORT int nvmlDeviceIsMigDeviceHandle(const void *handle, unsigned *is_mig) {
  *is_mig = as_mig(handle) != NULL;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(const void *handle, const void **gpu) {
  *gpu = as_gpu(handle);
  return SUCCESS;
}

EXPORT int nvmlDeviceGetGpuInstanceId(const void *handle, unsigned *id) {
  const struct sim_mig *mig = as_mig(handle);
  if (mig == NULL) return INVALID_ARGUMENT;
  *id = (unsigned)mig->instance;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetComputeInstanceId(const void *handle, unsigned *id) {
  if (as_mig(handle) == NULL) return INVALID_ARGUMENT;
  *id = 0;
  return SUCCESS;
}

/* All instances are of the smallest profile, with one compute instance each: their handles are the same address. */
enum { ONE_SLICE = 0, ONE_SLICE_ID = 19, ATTRIBUTE_COUNT = 8 };

struct attributes {
  unsigned counts[ATTRIBUTE_COUNT];
  unsigned long long memory_mib;
};

struct gpu_instance {
  const void *gpu;
  unsigned id;
  unsigned profile;
  unsigned placement[2];
};

struct compute_instance {
  const void *gpu;
  const void *gpu_instance;
  unsigned id;
  unsigned profile;
  unsigned placement[2];
};

struct gpu_profile {
  unsigned id;
  unsigned counts[9];
  unsigned long long memory_mib;
};

struct compute_profile {
  unsigned id;
  unsigned counts[8];
};

EXPORT int nvmlDeviceGetAttributes_v2(const void *handle, struct attributes *attributes) {
  const struct sim_mig *mig = as_mig(handle);
  if (mig == NULL) return NOT_SUPPORTED;
  *attributes = (struct attributes){.memory_mib = mig->memory_mib};
  return SUCCESS;
}

EXPORT int nvmlDeviceGetGpuInstanceById(const void *handle, unsigned id, const void **instance) {
  const struct sim *sim = sim_read();
  for (int i = 0; i < sim->migs; i++)
    if (sim->mig[i].gpu == as_gpu(handle)->minor && (unsigned)sim->mig[i].instance == id)
      return *instance = &sim->mig[i], SUCCESS;
  return NOT_FOUND;
}

EXPORT int nvmlGpuInstanceGetComputeInstanceById(const void *instance, unsigned id, const void **compute) {
  *compute = instance;
  return id == 0 ? SUCCESS : NOT_FOUND;
}

EXPORT int nvmlGpuInstanceGetInfo(const void *instance, struct gpu_instance *info) {
  const struct sim_mig *mig = instance;
  *info = (struct gpu_instance){.gpu = as_gpu(mig), .id = (unsigned)mig->instance, .profile = ONE_SLICE_ID};
  return SUCCESS;
}

EXPORT int nvmlComputeInstanceGetInfo_v2(const void *instance, struct compute_instance *info) {
  *info = (struct compute_instance){.gpu = as_gpu(instance), .gpu_instance = instance};
  return SUCCESS;
}

EXPORT int nvmlDeviceGetGpuInstanceProfileInfo(const void *handle, unsigned profile, struct gpu_profile *info) {
  (void)handle;
  if (profile != ONE_SLICE) return NOT_SUPPORTED;
  *info = (struct gpu_profile){.id = ONE_SLICE_ID};
  return SUCCESS;
}

EXPORT int nvmlGpuInstanceGetComputeInstanceProfileInfo(const void *instance, unsigned profile, unsigned engine,
                                                        struct compute_profile *info) {
  (void)instance;
  if (profile != ONE_SLICE || engine != 0) return NOT_SUPPORTED;
  *info = (struct compute_profile){.id = 0};
  return SUCCESS;
}
