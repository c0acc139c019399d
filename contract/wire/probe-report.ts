import { z } from 'zod'

/** What the probe programs print in an image, one line of JSON each. They run among code of strangers: bounds on all. */
const text = z.string().max(512)
const outcome = {
  ok: z.boolean(),
  /** One of the reason codes of the table in `cuda/`; `OK` exactly when `ok`. */
  reason: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/),
  detail: text,
}
const milliseconds = z.number().nonnegative()
const bytes = z.number().int().nonnegative()

export const probedDevice = z.object({
  ...outcome,
  index: z.number().int().nonnegative(),
  /** `GPU-…` or, in a MIG instance, `MIG-…`; empty when the driver did not get that far. */
  uuid: z.string().regex(/^((GPU|MIG)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/),
  name: text,
  compute_capability: z.string().regex(/^\d+\.\d+$/),
  /** As the driver API numbers them: 0 default, 2 prohibited, 3 exclusive. */
  compute_mode: z.number().int(),
  ecc: z.boolean(),
  memory_bytes: bytes,
  free_bytes: bytes,
  /** The one launch of the kernel, from the call until it was done. */
  kernel_ms: milliseconds,
  stage: text,
  /** What the driver answered; 0 when it was not the driver that found fault. */
  cuda_code: z.number().int(),
})

export const driverReport = z.object({
  probe: z.literal('cuda-driver'),
  version: z.literal(1),
  nonce: text,
  ...outcome,
  /** What was being done last, such as `load`, `init`, `launch`, or `done`. */
  stage: text,
  cuda_code: z.number().int(),
  /** The library that was loaded, its links resolved, as the image sees it. */
  libcuda: text,
  simulated: z.boolean(),
  /** The CUDA version that the driver speaks: 13000 is 13.0; 0 while it has not said. */
  driver_cuda: z.number().int().nonnegative(),
  /** CUDA_VISIBLE_DEVICES as the image sets it. */
  visible_devices: text.nullable(),
  /** Names below /dev that the container was given. */
  nodes: z.array(text).max(32),
  device_count: z.number().int().nonnegative(),
  devices: z.array(probedDevice).max(16),
  duration_ms: milliseconds,
})

export const frameworkNames = ['torch', 'tensorflow', 'jax', 'cupy'] as const

export const probedFramework = z.object({
  ...outcome,
  name: z.enum(frameworkNames),
  version: text,
  /** The CUDA version that it was built for, as it says itself; empty when it does not. */
  cuda: text,
  /** Name of the device that it computed on. */
  device: text,
  duration_ms: milliseconds,
})

export const frameworkReport = z.object({
  probe: z.literal('frameworks'),
  version: z.literal(1),
  nonce: text,
  /** The first fault; also when the image's Python could not even look for frameworks. */
  ...outcome,
  /** Version of the Python that was found in the image. */
  python: text,
  /** Only those that the image has. */
  frameworks: z.array(probedFramework).max(frameworkNames.length),
  duration_ms: milliseconds,
})
