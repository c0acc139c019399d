import { z } from 'zod'
import { isDigest, parseReference } from '../image.ts'

/** A build context by the digest of its normalised tar. */
export const contextDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256:…')

/** What every context must keep to, whatever a server is configured to take: longer names fit no file system. */
export const pathLimits = {
  /** Bytes of a path, and of the target of a link. */
  path: 1024,
  /** Bytes of one name in it. */
  name: 255,
  /** Names in it. */
  depth: 128,
} as const

/** No user, query or fragment, nothing encoded and nothing that a program could take for an option. */
const gitUrl = z
  .string()
  .max(1024)
  .regex(
    /^https?:\/\/[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[A-Za-z0-9_~][A-Za-z0-9._~-]*)+$/,
    'expected https://host/path.git, without user, query and "#"',
  )
  .endsWith('.git', 'expected an address that ends in .git')
  .refine((address) => URL.canParse(address), 'expected an address')

// Stricter than git itself in the characters that names of branches and tags hardly ever have.
const gitRef = z
  .string()
  .max(255)
  .regex(
    /^(?!.*(?:\.\.|\/\/|\/\.|\.lock(?:\/|$)))[A-Za-z0-9_][A-Za-z0-9._/+-]*(?<![./])$/,
    'expected the name of a branch or tag, or a commit in full',
  )

const gitFolder = z
  .string()
  .max(pathLimits.path)
  .regex(
    /^(?!(?:.*\/)?\.{1,2}(?:\/|$))[A-Za-z0-9._@+-]+(?:\/[A-Za-z0-9._@+-]+)*$/,
    'expected a folder of the repository, without ".."',
  )

/** Files of a git repository: of its default branch when no ref is named. */
export const gitContext = z.strictObject({
  git: gitUrl,
  ref: gitRef.optional(),
  subdir: gitFolder.optional(),
})

/** The files of a build: what `POST /api/contexts` answered, or a git repository. */
export const contextSource = z.union([contextDigest, gitContext], {
  error: 'expected the digest of a context or {git, ref?, subdir?}',
})

/** Names that mean something to the frontend or to Kiln. */
const reserved: ReadonlySet<string> = new Set(['scratch', 'context', 'dockerfile', 'built'])

const contextName = z
  .string()
  .max(128)
  .regex(
    /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/,
    'expected lower-case letters and digits with ".", "_" and "-" between them',
  )
  .refine((name) => !/^\d+$/.test(name), 'a number means a stage')
  .refine((name) => !reserved.has(name), 'this name has another meaning')

const imageReference = z
  .string()
  .max(512)
  .refine(
    (text) => isDigest(text) || parseReference(text) !== undefined,
    'expected the digest of a context or an image reference',
  )

const maxNamedContexts = 32

/** What stands for a name in FROM and `--from`: an uploaded context, an image, or a git repository. */
export const namedContexts = z
  .record(
    contextName,
    z.union([imageReference, gitContext], {
      error: 'expected the digest of a context, an image reference or {git, ref?, subdir?}',
    }),
    { error: ({ code, issues }) => (code === 'invalid_key' ? issues[0]?.message : undefined) },
  )
  .refine(
    (contexts) => Object.keys(contexts).length <= maxNamedContexts,
    `at most ${maxNamedContexts} are taken`,
  )

const pinnedGit = gitContext.omit({ ref: true }).extend({ commit: z.string() })

/** What a node is told of the files of a build: nothing that could mean something else the next time. */
export const pinnedContext = z.union([contextDigest, pinnedGit])
export const pinnedContexts = z.record(
  z.string(),
  z.union([pinnedContext, z.strictObject({ image: z.string() })]),
)
