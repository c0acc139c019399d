/* The part of NVIDIA's driver API that the probe calls. The library is loaded at run time: it comes from the node. */
#ifndef KILN_DRIVER_H
#define KILN_DRIVER_H

#include <stddef.h>

typedef int cu_result;
typedef int cu_device;
typedef void *cu_context;
typedef void *cu_module;
typedef void *cu_function;
typedef unsigned long long cu_pointer;

enum {
  CU_SUCCESS = 0,
  CU_ATTRIBUTE_COMPUTE_MODE = 20,
  CU_ATTRIBUTE_ECC_ENABLED = 32,
  CU_ATTRIBUTE_MAJOR = 75,
  CU_ATTRIBUTE_MINOR = 76,
  CU_MODE_PROHIBITED = 2,
};

struct driver {
  cu_result (*init)(unsigned flags);
  cu_result (*driver_version)(int *version);
  cu_result (*device_count)(int *count);
  cu_result (*device_get)(cu_device *device, int ordinal);
  cu_result (*device_name)(char *name, int size, cu_device device);
  cu_result (*device_memory)(size_t *bytes, cu_device device);
  cu_result (*device_attribute)(int *value, int attribute, cu_device device);
  cu_result (*context_retain)(cu_context *context, cu_device device);
  cu_result (*context_release)(cu_device device);
  cu_result (*context_set)(cu_context context);
  cu_result (*context_synchronize)(void);
  cu_result (*memory_info)(size_t *free, size_t *total);
  cu_result (*memory_alloc)(cu_pointer *pointer, size_t bytes);
  cu_result (*memory_free)(cu_pointer pointer);
  cu_result (*copy_to_device)(cu_pointer target, const void *source, size_t bytes);
  cu_result (*copy_to_host)(void *target, cu_pointer source, size_t bytes);
  cu_result (*module_load)(cu_module *module, const void *image);
  cu_result (*module_function)(cu_function *function, cu_module module, const char *name);
  cu_result (*launch)(cu_function function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                      unsigned block_y, unsigned block_z, unsigned shared_bytes, void *stream, void **parameters,
                      void **extra);
  cu_result (*error_name)(cu_result code, const char **name);
  cu_result (*error_text)(cu_result code, const char **text);
  /* Since driver 470: the id of a MIG instance where the first form answers that of its GPU. */
  cu_result (*device_uuid_v2)(unsigned char *uuid, cu_device device);
  cu_result (*device_uuid)(unsigned char *uuid, cu_device device);
};

/*
 * Loads libcuda.so.1 as the image's own loader finds it. Answers a reason code, or NULL when all is there. `detail` gets
 * the loader's words or the symbol that is missing, `path` the file that was loaded with its links resolved.
 */
const char *load_driver(struct driver *driver, char *path, size_t path_size, char *detail, size_t detail_size,
                        int *simulated);

/* The reason code for what the driver answered. */
const char *reason_of(cu_result code);

#endif
