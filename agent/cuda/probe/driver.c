#define _GNU_SOURCE
#include "driver.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
  const char *name;
  size_t offset;
};

#define SYMBOL(name, member) {name, offsetof(struct driver, member)}

static const struct symbol required[] = {
    SYMBOL("cuInit", init),
    SYMBOL("cuDriverGetVersion", driver_version),
    SYMBOL("cuDeviceGetCount", device_count),
    SYMBOL("cuDeviceGet", device_get),
    SYMBOL("cuDeviceGetName", device_name),
    SYMBOL("cuDeviceTotalMem_v2", device_memory),
    SYMBOL("cuDeviceGetAttribute", device_attribute),
    SYMBOL("cuDevicePrimaryCtxRetain", context_retain),
    SYMBOL("cuDevicePrimaryCtxRelease_v2", context_release),
    SYMBOL("cuCtxSetCurrent", context_set),
    SYMBOL("cuCtxSynchronize", context_synchronize),
    SYMBOL("cuMemGetInfo_v2", memory_info),
    SYMBOL("cuMemAlloc_v2", memory_alloc),
    SYMBOL("cuMemFree_v2", memory_free),
    SYMBOL("cuMemcpyHtoD_v2", copy_to_device),
    SYMBOL("cuMemcpyDtoH_v2", copy_to_host),
    SYMBOL("cuModuleLoadData", module_load),
    SYMBOL("cuModuleGetFunction", module_function),
    SYMBOL("cuLaunchKernel", launch),
    SYMBOL("cuGetErrorName", error_name),
    SYMBOL("cuGetErrorString", error_text),
    SYMBOL("cuDeviceGetUuid", device_uuid),
};

static void copy_text(char *target, size_t size, const char *text) {
  size_t length = strlen(text);
  if (length >= size) length = size - 1;
  memcpy(target, text, length);
  target[length] = '\0';
}

static void find_path(void *library, char *path, size_t size) {
  struct link_map *map = NULL;
  char resolved[PATH_MAX];
  if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || map == NULL) return;
  copy_text(path, size, realpath(map->l_name, resolved) != NULL ? resolved : map->l_name);
}

static const char *why_not_loaded(const char *text) {
  const char *library = "libcuda.so.1:";
  if (strstr(text, "cannot open shared object file: No such file") != NULL)
    return strncmp(text, library, strlen(library)) == 0 ? "LIBCUDA_MISSING" : "CUDA_LIBRARY_MISSING";
  if (strstr(text, "file too short") != NULL || strstr(text, "invalid ELF header") != NULL) return "LIBCUDA_BROKEN_FILE";
  return "LIBCUDA_LOAD_FAILED";
}

const char *load_driver(struct driver *driver, char *path, size_t path_size, char *detail, size_t detail_size,
                        int *simulated) {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL) {
    const char *text = dlerror();
    if (text == NULL) text = "";
    copy_text(detail, detail_size, text);
    return why_not_loaded(text);
  }
  *simulated = dlsym(library, "kiln_simulated_gpu") != NULL;
  find_path(library, path, path_size);
  if (strstr(path, "/stubs/") != NULL) {
    copy_text(detail, detail_size, path);
    return "LIBCUDA_STUB";
  }
  for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
    void *address = dlsym(library, required[i].name);
    if (address == NULL) {
      copy_text(detail, detail_size, required[i].name);
      return "LIBCUDA_INCOMPLETE";
    }
    /* The loader hands out data pointers; POSIX says that they may be called. */
    memcpy((char *)driver + required[i].offset, &address, sizeof address);
  }
  void *newer = dlsym(library, "cuDeviceGetUuid_v2");
  memcpy(&driver->device_uuid_v2, &newer, sizeof newer);
  return NULL;
}

static const struct {
  cu_result first;
  cu_result last;
  const char *reason;
} reasons[] = {
    {2, 2, "GPU_OUT_OF_MEMORY"},
    {3, 3, "CUDA_NOT_INITIALIZED"},
    {34, 34, "LIBCUDA_STUB"},
    {35, 36, "DRIVER_TOO_OLD"},
    {46, 46, "GPU_BUSY_EXCLUSIVE"},
    {100, 100, "NO_DEVICE"},
    {101, 101, "BAD_DEVICE_ORDINAL"},
    {102, 102, "LICENSE_EXPIRED"},
    {200, 200, "PTX_INVALID"},
    {209, 209, "NO_KERNEL_IMAGE"},
    {214, 214, "GPU_ECC_UNCORRECTABLE"},
    {218, 218, "PTX_INVALID"},
    {221, 221, "JIT_COMPILER_MISSING"},
    {222, 222, "PTX_TOO_NEW_FOR_DRIVER"},
    {700, 700, "KERNEL_ILLEGAL_ADDRESS"},
    {702, 702, "KERNEL_TIMEOUT"},
    {719, 719, "KERNEL_LAUNCH_FAILED"},
    {800, 800, "GPU_ACCESS_NOT_PERMITTED"},
    {801, 801, "NOT_SUPPORTED"},
    {802, 802, "SYSTEM_NOT_READY"},
    {803, 803, "DRIVER_LIBRARY_MISMATCH"},
    {804, 804, "COMPAT_NOT_SUPPORTED_ON_DEVICE"},
    {805, 810, "MPS_FAILED"},
    {999, 999, "CUDA_UNKNOWN"},
};

const char *reason_of(cu_result code) {
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
    if (code >= reasons[i].first && code <= reasons[i].last) return reasons[i].reason;
  return "CUDA_ERROR";
}
