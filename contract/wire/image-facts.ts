import { z } from 'zod'

const text = z.string().max(512)
const path = z.string().max(4096)
/** `11.8`, `8.9.2.26`, `580.65.06`. */
const version = z.string().max(64)
const bytes = z.number().int().nonnegative()

/** GPU code in a file or a framework. */
export const deviceCode = z.object({
  /** Machine code, as `80`, `90a`, `100f`. */
  sm: z.array(text).max(64),
  /** PTX by its virtual target, as `80`, `90a`. */
  ptx: z.array(text).max(64),
  /** Version of the PTX language, the lowest that was seen; absent where the file does not say. */
  isa: version.optional(),
})

export const framework = z.object({
  name: z.enum(['torch', 'tensorflow', 'jax', 'cupy', 'onnxruntime']),
  version,
  /** CUDA that it was built for, as `11.8` or only `12`; absent in a build without CUDA. */
  cuda: version.optional(),
  /** cuDNN that it was built for, as its own files say it. */
  cudnn: version.optional(),
  /** Absent for frameworks that compile for the GPU when they run. */
  code: deviceCode.optional(),
})

export const cudaLibrary = z.object({
  name: z.enum(['cudart', 'cublas', 'cudnn', 'nccl']),
  version,
  path,
  /** It came as a wheel: what that Python environment loads, whatever the base has. */
  wheel: z.boolean(),
})

/** What the files of an image say about the GPUs that it can use. Read without running anything of it. */
export const imageFacts = z.object({
  platform: z.object({ os: text, arch: text }),
  libc: z.object({ kind: z.enum(['glibc', 'musl', 'none']), version: version.optional() }),
  toolkit: z
    .object({
      version,
      /** The file, or the variable of the image's configuration, that says it. */
      source: path,
      nvcc: z.boolean(),
    })
    .optional(),
  libraries: z.array(cudaLibrary).max(64),
  frameworks: z.array(framework).max(64),
  /** Files with GPU code that belong to no framework above; `vendor`: NVIDIA's own libraries. */
  code: z.array(z.object({ path, bytes, vendor: z.boolean(), code: deviceCode })).max(256),
  /** Forward compatibility libraries, with the drivers that they say they work on. */
  compat: z
    .array(
      z.object({
        path,
        /** Driver version that the library is from. */
        driver: version,
        cuda: version.optional(),
        /** Driver branches of its note; absent when it has none. */
        branches: z.array(z.number().int()).max(256).optional(),
      }),
    )
    .max(16),
  /** Build-time stand-ins of libcuda; `reached` by what the loader looks through. */
  stubs: z
    .array(z.object({ path, reached: z.enum(['LD_LIBRARY_PATH', 'ld.so.conf']).optional() }))
    .max(64),
  /** Files of a driver that only a node should have. */
  driver_files: z.array(z.object({ path, bytes })).max(64),
  /** Variables that the container runtime, CUDA or the loader read. */
  env: z.record(text, z.string().max(8192)),
  /** What makes every program of the image load something else: variables, and `/etc/ld.so.preload`. */
  steering: z.array(text).max(16),
  /** Python versions with an interpreter, as `3.10`. */
  pythons: z.array(version).max(32),
  /** A list was cut because the image holds more than is kept. */
  truncated: z.boolean(),
})
