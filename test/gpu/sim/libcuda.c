/*
 * Stands in for NVIDIA's libcuda.so.1. It behaves like the driver where a container's set-up matters: a GPU is there only
 * with its device nodes, memory is counted, PTX is compared with what driver and GPU can do. It computes nothing on any
 * GPU: the one kernel that it knows is carried out here, on the processor. Whoever links it can see that by the marker.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sim.h"

#define EXPORT __attribute__((visibility("default")))

enum {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  NO_BINARY = 209,
  INVALID_PTX = 218,
  UNSUPPORTED_PTX_VERSION = 222,
  NOT_FOUND = 500,
  UNKNOWN = 999,
};
enum { ANSWERS_NOTHING = ENXIO, GPU_MAJOR = 195, SEEN = 16, CONTEXT_MIB = 300 };

struct seen {
  const struct sim_gpu *gpu;
  const struct sim_mig *mig;
  unsigned long long allocated;
  int contexts;
};

EXPORT const char kiln_simulated_gpu[] = "simulated";

static struct seen seen[SEEN];
static int seen_count;
static int ready;
static struct seen *current;

#define FAULT(name)                  \
  do {                               \
    int fault = sim_code(name);      \
    if (fault != 0) return fault;    \
  } while (0)

/* No driver stands behind the node, so opening it ends in ENXIO: that is told only to those who may open it. */
static int may_open(const char *path) {
  if (getenv("KILN_SIM_NODES") != NULL) return 1;
  int file = open(path, O_RDWR);
  if (file >= 0) close(file);
  return file >= 0 || errno == ANSWERS_NOTHING;
}

static int has_gpu_node(int minor) {
  char path[64];
  struct stat node;
  snprintf(path, sizeof path, "/dev/nvidia%d", minor);
  if (getenv("KILN_SIM_NODES") != NULL) return 1;
  if (stat(path, &node) != 0 || !S_ISCHR(node.st_mode)) return 0;
  return major(node.st_rdev) == GPU_MAJOR && minor(node.st_rdev) == (unsigned)minor && may_open(path);
}

static int has_mig_nodes(const struct sim_mig *mig) {
  for (int i = 0; i < 2; i++) {
    char path[64];
    snprintf(path, sizeof path, "/dev/nvidia-caps/nvidia-cap%d", mig->caps[i]);
    if (!may_open(path)) return 0;
  }
  return 1;
}

static const char *uuid_of(const struct seen *one) { return one->mig == NULL ? one->gpu->uuid : one->mig->uuid; }

/* One process is shown one MIG instance at most. */
static void look_for_devices(const struct sim *sim) {
  for (int i = 0; i < sim->gpus && seen_count < SEEN; i++) {
    const struct sim_gpu *gpu = &sim->gpu[i];
    if (!has_gpu_node(gpu->minor)) continue;
    if (!sim_has_mig(gpu->minor)) seen[seen_count++] = (struct seen){.gpu = gpu};
    for (int j = 0; j < sim->migs && seen_count == 0; j++)
      if (sim->mig[j].gpu == gpu->minor && has_mig_nodes(&sim->mig[j]))
        seen[seen_count++] = (struct seen){.gpu = gpu, .mig = &sim->mig[j]};
  }
}

/* As the driver reads CUDA_VISIBLE_DEVICES: numbers or ids in the order wanted, up to the first that is none. */
static void apply_visible_devices(void) {
  const char *list = getenv("CUDA_VISIBLE_DEVICES");
  struct seen all[SEEN];
  int count = seen_count;
  if (list == NULL) return;
  memcpy(all, seen, sizeof seen);
  seen_count = 0;
  while (*list != '\0') {
    size_t length = strcspn(list, ",");
    char *end;
    long number = strtol(list, &end, 10);
    int chosen = -1;
    if (end == list + length && number >= 0 && number < count) chosen = (int)number;
    for (int i = 0; i < count && length > 4; i++)
      if (strncmp(uuid_of(&all[i]), list, length) == 0) chosen = i;
    if (chosen < 0) return;
    seen[seen_count++] = all[chosen];
    list += length + (list[length] == ',');
  }
}

EXPORT int cuInit(unsigned flags) {
  (void)flags;
  FAULT("cuInit");
  const struct sim *sim = sim_read();
  if (sim == NULL || !may_open("/dev/nvidiactl")) return NO_DEVICE;
  if (!may_open("/dev/nvidia-uvm")) return UNKNOWN;
  seen_count = 0;
  look_for_devices(sim);
  apply_visible_devices();
  if (seen_count == 0) return NO_DEVICE;
  ready = 1;
  return SUCCESS;
}

EXPORT int cuDriverGetVersion(int *version) {
  FAULT("cuDriverGetVersion");
  *version = sim_read()->cuda;
  return SUCCESS;
}

EXPORT int cuDeviceGetCount(int *count) {
  FAULT("cuDeviceGetCount");
  if (!ready) return NOT_INITIALIZED;
  *count = seen_count;
  return SUCCESS;
}

EXPORT int cuDeviceGet(int *device, int ordinal) {
  FAULT("cuDeviceGet");
  if (!ready) return NOT_INITIALIZED;
  if (ordinal < 0 || ordinal >= seen_count) return INVALID_DEVICE;
  *device = ordinal;
  return SUCCESS;
}

EXPORT int cuDeviceGetName(char *name, int size, int device) {
  FAULT("cuDeviceGetName");
  const struct seen *one = &seen[device];
  if (one->mig == NULL) snprintf(name, (size_t)size, "%s (simulated)", one->gpu->name);
  else snprintf(name, (size_t)size, "%s MIG %s (simulated)", one->gpu->name, one->mig->profile);
  return SUCCESS;
}

EXPORT int cuDeviceGetUuid(unsigned char *uuid, int device) {
  FAULT("cuDeviceGetUuid");
  sim_uuid_bytes(seen[device].gpu->uuid, uuid);
  return SUCCESS;
}

EXPORT int cuDeviceGetUuid_v2(unsigned char *uuid, int device) {
  FAULT("cuDeviceGetUuid_v2");
  sim_uuid_bytes(uuid_of(&seen[device]), uuid);
  return SUCCESS;
}

static unsigned long long total_of(const struct seen *one) {
  return (one->mig == NULL ? one->gpu->memory_mib : one->mig->memory_mib) << 20;
}

static unsigned long long free_of(const struct seen *one) {
  unsigned long long used = (sim_used_mib(one->gpu->minor) << 20) + one->allocated;
  if (one->contexts > 0) used += (unsigned long long)CONTEXT_MIB << 20;
  return used > total_of(one) ? 0 : total_of(one) - used;
}

EXPORT int cuDeviceTotalMem_v2(size_t *bytes, int device) {
  FAULT("cuDeviceTotalMem_v2");
  *bytes = total_of(&seen[device]);
  return SUCCESS;
}

static int capability_of(const struct seen *one, int part) {
  const char *minor = strchr(one->gpu->capability, '.');
  return part == 0 ? atoi(one->gpu->capability) : atoi(minor == NULL ? "0" : minor + 1);
}

EXPORT int cuDeviceGetAttribute(int *value, int attribute, int device) {
  enum { COMPUTE_MODE = 20, ECC = 32, MAJOR = 75, MINOR = 76 };
  FAULT("cuDeviceGetAttribute");
  const char *mode = sim_fault("compute_mode");
  if (attribute == MAJOR) *value = capability_of(&seen[device], 0);
  else if (attribute == MINOR) *value = capability_of(&seen[device], 1);
  else if (attribute == ECC) *value = sim_fault("no_ecc") == NULL;
  else if (attribute == COMPUTE_MODE) *value = mode == NULL ? 0 : atoi(mode);
  else return INVALID_VALUE;
  return SUCCESS;
}

EXPORT int cuDevicePrimaryCtxRetain(void **context, int device) {
  FAULT("cuDevicePrimaryCtxRetain");
  if (free_of(&seen[device]) < (unsigned long long)CONTEXT_MIB << 20) return OUT_OF_MEMORY;
  seen[device].contexts = 1;
  *context = &seen[device];
  return SUCCESS;
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
  FAULT("cuDevicePrimaryCtxRelease_v2");
  seen[device].contexts = 0;
  return SUCCESS;
}

EXPORT int cuCtxSetCurrent(void *context) {
  FAULT("cuCtxSetCurrent");
  current = context;
  return SUCCESS;
}

EXPORT int cuCtxSynchronize(void) {
  FAULT("cuCtxSynchronize");
  return SUCCESS;
}

EXPORT int cuMemGetInfo_v2(size_t *available, size_t *total) {
  FAULT("cuMemGetInfo_v2");
  *available = free_of(current);
  *total = total_of(current);
  return SUCCESS;
}

EXPORT int cuMemAlloc_v2(unsigned long long *pointer, size_t bytes) {
  FAULT("cuMemAlloc_v2");
  if (free_of(current) < bytes) return OUT_OF_MEMORY;
  size_t *block = malloc(sizeof *block + bytes);
  if (block == NULL) return OUT_OF_MEMORY;
  *block = bytes;
  current->allocated += bytes;
  *pointer = (unsigned long long)(block + 1);
  return SUCCESS;
}

EXPORT int cuMemFree_v2(unsigned long long pointer) {
  FAULT("cuMemFree_v2");
  size_t *block = (size_t *)pointer - 1;
  current->allocated -= *block;
  free(block);
  return SUCCESS;
}

EXPORT int cuMemcpyHtoD_v2(unsigned long long target, const void *source, size_t bytes) {
  FAULT("cuMemcpyHtoD_v2");
  memcpy((void *)target, source, bytes);
  return SUCCESS;
}

EXPORT int cuMemcpyDtoH_v2(void *target, unsigned long long source, size_t bytes) {
  FAULT("cuMemcpyDtoH_v2");
  memcpy(target, (void *)source, bytes);
  return SUCCESS;
}

/* PTX 5.0 came with CUDA 8.0, 6.0 with 9.0, 6.3 with 10.0, 7.0 with 11.0; from then on each CUDA version brought one of its own. */
static int newest_ptx(int cuda) {
  int minor = cuda % 1000 / 10;
  if (cuda < 9000) return 50;
  if (cuda < 10000) return 60 + minor;
  if (cuda < 11000) return 63 + minor;
  return (cuda / 1000 - 4) * 10 + minor;
}

EXPORT int cuModuleLoadData(void **module, const void *image) {
  FAULT("cuModuleLoadData");
  const char *version = strstr(image, ".version ");
  const char *target = strstr(image, ".target sm_");
  int major = 0;
  int minor = 0;
  if (version == NULL || target == NULL) return INVALID_PTX;
  if (sscanf(version, ".version %d.%d", &major, &minor) != 2) return INVALID_PTX;
  if (major * 10 + minor > newest_ptx(sim_read()->cuda)) return UNSUPPORTED_PTX_VERSION;
  if (atoi(target + strlen(".target sm_")) > capability_of(current, 0) * 10 + capability_of(current, 1))
    return NO_BINARY;
  *module = (void *)image;
  return SUCCESS;
}

EXPORT int cuModuleGetFunction(void **function, void *module, const char *name) {
  FAULT("cuModuleGetFunction");
  if (strstr(module, name) == NULL) return NOT_FOUND;
  *function = module;
  return SUCCESS;
}

#ifndef WITHOUT_LAUNCH
EXPORT int cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                          unsigned block_y, unsigned block_z, unsigned shared, void *stream, void **parameters,
                          void **extra) {
  FAULT("cuLaunchKernel");
  if (function == NULL || stream != NULL || extra != NULL || shared != 0) return INVALID_VALUE;
  if (grid_y * grid_z * block_y * block_z != 1) return INVALID_VALUE;
  const float *a = *(const float **)parameters[0];
  const float *b = *(const float **)parameters[1];
  float *c = *(float **)parameters[2];
  unsigned count = *(unsigned *)parameters[3];
  const char *wrong = sim_fault("wrong_values");
  for (unsigned i = 0; i < grid_x * block_x && i < count; i++) c[i] = fmaf(a[i], b[i], a[i]);
  /* In the last place only: what a comparison with a tolerance would not see. */
  for (unsigned i = 0; wrong != NULL && i < (unsigned)atoi(wrong); i++) c[i * 7] = nextafterf(c[i * 7], INFINITY);
  return SUCCESS;
}
#endif

static const struct {
  int code;
  const char *name;
} errors[] = {
    {1, "CUDA_ERROR_INVALID_VALUE"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY"},
    {3, "CUDA_ERROR_NOT_INITIALIZED"},
    {34, "CUDA_ERROR_STUB_LIBRARY"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE"},
    {100, "CUDA_ERROR_NO_DEVICE"},
    {101, "CUDA_ERROR_INVALID_DEVICE"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"},
    {214, "CUDA_ERROR_ECC_UNCORRECTABLE"},
    {218, "CUDA_ERROR_INVALID_PTX"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS"},
    {719, "CUDA_ERROR_LAUNCH_FAILED"},
    {800, "CUDA_ERROR_NOT_PERMITTED"},
    {802, "CUDA_ERROR_SYSTEM_NOT_READY"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"},
    {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE"},
    {999, "CUDA_ERROR_UNKNOWN"},
};

EXPORT int cuGetErrorName(int code, const char **name) {
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].code == code) return *name = errors[i].name, SUCCESS;
  return INVALID_VALUE;
}

EXPORT int cuGetErrorString(int code, const char **text) {
  (void)code;
  *text = "simulated";
  return SUCCESS;
}
