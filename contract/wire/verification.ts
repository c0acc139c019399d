import { z } from 'zod'
import { leasedGpu } from './gpu-lease.ts'
import { imageFacts } from './image-facts.ts'
import { imagePackages } from './image-packages.ts'
import { driverReport, frameworkReport } from './probe-report.ts'

/** Largest body of `PUT …/evidence`, in bytes. */
export const maxEvidenceBytes = 256 * 1024

/** Largest body of `PUT …/facts`, in bytes. */
export const maxFactsBytes = 4 * 1024 * 1024

const text = z.string().max(512)
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

/** A reason by its code of the table in `cuda/`, whose texts are filled with `params`. */
export const verificationReason = z.object({
  code: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/),
  severity: z.enum(['ok', 'info', 'note', 'warn', 'unsure', 'retry', 'error']),
  /** Who must act, where the case at hand says otherwise than the table. */
  owner: z.enum(['image', 'node', 'farm']).optional(),
  params: z.record(z.string().max(64), z.union([text, z.number()])).readonly(),
})

/** Body of `PUT …/facts`: what the layers of a built image say, before it is pushed. */
export const factsUpload = z.object({
  digest,
  /** Version of the analysis that found them. */
  analysis: z.number().int().positive(),
  facts: imageFacts,
  /** Absent from nodes that do not look for them: the worker then does. */
  packages: imagePackages.optional(),
})

/** One run of the probes; a report that could not be read is absent. */
export const probeRun = z.object({
  driver: driverReport.optional(),
  frameworks: frameworkReport.optional(),
  /** The daemon's words; empty when all ended well. */
  error: z.string().max(4096),
})

/**
 * Body of `PUT …/evidence`: everything that the verdict on a GPU image rests on. It is sent before the stage ends, whether
 * the image passed or not, and while the attempt still holds the GPU.
 */
export const evidenceUpload = z.object({
  digest,
  /** Of the verification. When probes ran: that of the driver probe whose run decided. */
  nonce: z.string().min(8).max(128),
  evidence: z.enum(['measured', 'computed', 'simulated', 'none']),
  passed: z.boolean(),
  /** The GPU that was granted; absent when there was none. */
  gpu: leasedGpu.optional(),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime(),
  /** In their order; the last one decides. */
  runs: z.array(probeRun).max(4),
  reasons: z.array(verificationReason).max(64),
})

/**
 * What the files of an image say about the farm, answered to `GET …/computed?digest=`: the best verdict over the GPUs of
 * all registered nodes. `no_gpu_node`: there are none; `unknown`: nobody has sent the facts of this digest.
 */
export const computedAnswer = z.object({
  verdict: z.enum([
    'runs',
    'runs_with_notes',
    'doubtful',
    'will_not_run',
    'no_gpu_node',
    'unknown',
  ]),
  /** Of that best class, or of the image when there is none. */
  reasons: z.array(verificationReason).max(64),
  /** That class in words, such as `Tesla T4 with driver 525.85.12`. */
  on: text.optional(),
})
