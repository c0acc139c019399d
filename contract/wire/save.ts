import { z } from 'zod'
import { maxNameLength } from '../image.ts'
import { imagePackage } from './image-packages.ts'

const maxPaths = 1_000

const text = z.string().refine((value) => !value.includes('\0'), 'has a NUL in it')
const path = text
  .max(4096)
  .regex(/^\/[^/]/, 'expected a path from the root of the environment, such as /root/data')
  .refine((value) => !/(^|\/)\.\.?(\/|$)/.test(value), 'has . or .. in it')
const paths = z.array(path).max(maxPaths, `at most ${maxPaths} are taken`).default([])
const words = z.array(text.max(8192)).max(256)
const name = text.min(1).max(256)

/** What of the parent's configuration is to be otherwise. The variables that run in the environment are never taken over. */
const configChanges = z.strictObject({
  entrypoint: words.optional(),
  cmd: words.optional(),
  user: text.max(256).optional(),
  workdir: text.max(4096).optional(),
  /** `null` takes a variable away. */
  env: z
    .record(name.regex(/^[^=]+$/, 'has = in its name'), text.max(32_768).nullable())
    .default({}),
  labels: z.record(name, text.max(8192).nullable()).default({}),
})

/** What is to go into the image, and what is not. */
export const saveChoices = z.strictObject({
  /** Files and folders that are not saved: the image has there what its parent has. */
  drop: paths,
  /** Of what looks like a secret or like a file of the driver, and is not saved for that, what is saved all the same. */
  keep: paths,
  config: configChanges.prefault({}),
  /** The layers of saves below this one become one with it. */
  squash: z.boolean().default(false),
})

/** What a person may save. */
export const saveEnvironment = saveChoices.extend({
  /** Of the image in the library: the environment's own image gets a new version by its own name. */
  name: z.string().min(1).max(maxNameLength),
  description: z.string().max(4096).default(''),
})

/** A save as its node is told of it. */
export const saveOrder = saveChoices.extend({
  environment_id: z.string(),
  /** Number of the start that is saved. */
  start: z.number().int().positive(),
  saved_at: z.iso.datetime(),
  /** How many of the parent's layers, from the top, become one with the new one. */
  merges: z.number().int().nonnegative(),
  /** Bytes of the parent's manifest and configuration, in base64. */
  parent: z.object({ manifest: z.base64(), config: z.base64() }),
})

const count = z.number().int().nonnegative()
/** `kind` as `leftOutKinds` has them, `what` the same in English. */
const found = z.object({ path: z.string(), what: z.string(), kind: z.string().optional() })
const changedPackage = imagePackage
  .pick({ kind: true, name: true, version: true, place: true })
  /** The version that it had; `null` when there was none. */
  .extend({ was: z.string().nullable() })

const sizes = z.object({
  bytes: count,
  files: count,
  /** Where the most is, the largest first. */
  folders: z.array(z.object({ path: z.string(), bytes: count })),
})

/** Layers that an image may have at most: container runtimes refuse more. */
export const maxImageLayers = 125

/** How much a save will be, told before the programs of its environment stand still. In bytes. */
export const saveSize = z.object({
  /** What the layer has at least once it is compressed, as samples of it say. */
  least_bytes: count,
  hidden_bytes: count,
})

/** What an environment has written, as its node sees it. Lists are cut where they become long. */
export const saveSurvey = sizes.extend({
  /** What of the image is deleted or replaced. */
  deleted: count,
  /** Of the image's files, what those had: it stays in the layers below, and is seen no more. */
  hidden_bytes: count.default(0),
  packages: z.object({ added: z.array(changedPackage), removed: z.array(changedPackage) }),
  /** Of that, what has not come with a package. */
  unpackaged: sizes,
  /** What is mounted, and so not saved; `bytes` where they can be counted. */
  mounts: z.array(z.object({ path: z.string(), type: z.string(), bytes: count.nullable() })),
  /** Links into volumes, and to what such links lead to: in the image they lead nowhere. */
  dangling: z.array(z.object({ path: z.string(), to: z.string() })).default([]),
  /** Not saved unless they are to be kept. */
  secrets: z.array(found),
  driver: z.array(found),
  /** Sockets and devices. */
  passed_over: z.array(z.string()),
  /** What the disk of the node has free. */
  free_bytes: count,
})

/** What is not to be saved, or is all the same, asked for before it is. */
export const previewSave = saveChoices.pick({ drop: true, keep: true })
