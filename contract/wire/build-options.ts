import { z } from 'zod'
import { parseBytes, showBytes } from '../bytes.ts'
import { parsePlatform } from '../platform.ts'
import { secretKinds } from '../left-out.ts'
import { findSecret } from '../secret-like.ts'
import { secretName } from './secret.ts'

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a variable name')

/** Names that ask for a value which then lies in the image's history for everyone to read. */
const secretLike = /secret|token(?!i[sz])|passw|credential|api_?key|private_?key/i
/** Arguments with a meaning to the builder itself, which only the farm sets. */
const reservedArgument = /^(BUILDKIT_.*|.*_proxy|SOURCE_DATE_EPOCH|BASE_IMAGE)$/i
const reservedLabel = /^dev\.kiln(\.|$)/i

const stays = 'stays readable in the image; mount a secret instead'

const buildArgs = z
  .record(variable, z.string().max(8192), { error: ofKey })
  .superRefine(eachEntry(refuseArgument))
  .default({})

const labels = z
  .record(z.string().min(1, 'a name is empty').max(256), z.string().max(4096), { error: ofKey })
  .superRefine(eachEntry(refuseLabel))
  .default({})

/** What is wrong with a name, where an entry is refused for that. */
function ofKey({ code, issues }: { code?: string; issues?: readonly { message: string }[] }) {
  return code === 'invalid_key' ? issues?.[0]?.message : undefined
}

function refuseArgument(key: string, value: string): string | undefined {
  if (reservedArgument.test(key)) return 'is set by Kiln only'
  const found = findSecret(value)
  if (found !== undefined) return `looks like ${secretKinds[found].en}, and an argument ${stays}`
  return secretLike.test(key) ? `looks like a secret, and an argument ${stays}` : undefined
}

function refuseLabel(key: string, value: string): string | undefined {
  if (reservedLabel.test(key)) return 'is set by Kiln only'
  const found = findSecret(value)
  return found === undefined
    ? undefined
    : `looks like ${secretKinds[found].en}, and a label ${stays}`
}

/** Names each entry of a record that is refused. The value itself is never repeated. */
function eachEntry(refuse: (key: string, value: string) => string | undefined) {
  return (record: Readonly<Record<string, string>>, context: z.RefinementCtx): void => {
    for (const [key, value] of Object.entries(record)) {
      const message = refuse(key, value)
      if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message })
    }
  }
}

const stage = z.string().min(1).max(128)

const platform = z.string().transform((text, context) => {
  const parsed = parsePlatform(text)
  if (parsed !== undefined) return parsed
  const message = 'expected a platform such as linux/amd64 or linux/arm64'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** A size in bytes, given as a number or as a text with a unit. */
function size(min: number, max: number) {
  return z
    .union([z.number(), z.string()], 'expected a number or a text')
    .transform((value, context) => {
      const bytes = typeof value === 'string' ? parseBytes(value) : value
      if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= min && bytes <= max) {
        return bytes
      }
      const range = `${showBytes(min)} to ${showBytes(max)}`
      const message = `expected ${range}, as a number of bytes or with KiB, MiB, GiB or TiB: "4GiB"`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
}

const mib = 1024 ** 2
const tib = 1024 ** 4

/** What one RUN may use; a farm may set lower bounds of its own. */
const limits = z.strictObject({
  memory: size(16 * mib, 64 * tib).optional(),
  /** CPU time: 1.5 is one and a half cores. */
  cpus: z.number().min(0.01).max(1024).optional(),
  /** Size of /dev/shm. */
  shm_size: size(mib, tib).optional(),
  /** Open files of a process. */
  nofile: z.number().int().min(64).max(1_048_576).optional(),
})

const seconds = z.number().int().min(1).max(86_400)

/** Seconds. Each stage has its own limit; `total` counts from the acceptance, waiting included. */
const timeouts = z.strictObject({
  build: seconds.optional(),
  verify: seconds.optional(),
  push: seconds.optional(),
  total: seconds.optional(),
  /** How long a RUN may print nothing. */
  no_output: seconds.optional(),
})

const level = (max: number) => z.number().int().min(0).max(max).optional()
/**
 * Packs every layer so. Otherwise those that exist packed in another way stay as they are: the base's, which nodes then
 * share with other images, and those that the daemon has in its cache.
 */
const force = z.boolean().default(true)

const compression = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('zstd'), level: level(22), force }),
  z.strictObject({ type: z.literal('gzip'), level: level(9), force }),
  z.strictObject({ type: z.literal('estargz'), level: level(9), force }),
  z.strictObject({ type: z.literal('uncompressed'), force }),
])

/** A cache in the registry, for builds of the same image in the same project on nodes that have not built it. */
const cache = z.strictObject({
  import: z.boolean().default(false),
  /** `min`: what the image is made of. `max`: the steps of all stages. */
  export: z.enum(['off', 'min', 'max']).default('off'),
})

const mountId = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._/-]{0,127}$/, 'expected letters, digits, ".", "_", "-" and "/"')

/** Secrets of the project by the ids under which the Dockerfile mounts them. */
const mounts = (id: z.ZodType<string>, max: number) =>
  z
    .array(z.strictObject({ id, secret: secretName }))
    .max(max)
    .superRefine((list, context) => {
      const seen = new Set<string>()
      for (const [index, { id: one }] of list.entries()) {
        const message = 'is given twice'
        if (seen.has(one)) context.addIssue({ code: 'custom', path: [index, 'id'], message })
        seen.add(one)
      }
    })

/** 31 December 9999, the last day that RFC 3339 can write. */
const maxEpoch = 253_402_300_799

const reproducible = z.union(
  [z.boolean(), z.strictObject({ source_date_epoch: z.number().int().min(0).max(maxEpoch) })],
  'expected true, false or {"source_date_epoch": seconds since 1970}',
)

/**
 * How to build. `{}` and nothing mean the same; options that are absent are not stored, so that builds that were
 * accepted before an option existed mean the same as before.
 */
export const buildOptions = z.strictObject({
  /** Name of the stage to build; the last one when absent. */
  target: stage.optional(),
  /** The platform to build for; that of the node when absent. */
  platform: platform.optional(),
  build_args: buildArgs,
  labels,
  /** Runs every step again, or every step of the named stages, whatever the cache holds. */
  no_cache: z
    .union([z.boolean(), z.array(stage).min(1).max(64)], 'expected true, false or names of stages')
    .default(false),
  /** Taken because people ask for it: what a FROM means is asked anew for every build. */
  pull: z
    .literal(
      true,
      'expected true: Kiln asks for every base image anew, and that cannot be switched off',
    )
    .optional(),
  /**
   * `proxy`: RUN reaches the network through the builder's proxy only. `open`: by sockets of its own. `none`: not at
   * all. Nothing but public addresses and what the operator allows is reached in any of them.
   */
  network: z.enum(['proxy', 'open', 'none']).default('proxy'),
  limits: limits.optional(),
  timeouts: timeouts.optional(),
  /** How layers are packed; zstd when absent. */
  compression: compression.optional(),
  cache: cache.optional(),
  /** For `RUN --mount=type=secret,id=…`. */
  secrets: mounts(mountId, 32).optional(),
  /** For `RUN --mount=type=ssh`: the secret is an OpenSSH private key, with which RUN can sign and which it never reads. */
  ssh: mounts(mountId.default('default'), 8).optional(),
  /** No file that the build makes is newer than this time, so that equal steps make equal bytes. */
  reproducible: reproducible.optional(),
})
