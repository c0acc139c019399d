import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

/** The kind of device that NVIDIA's specifications describe. */
export const gpuKind = 'nvidia.com/gpu'

const edits = z.object({
  mounts: z.array(z.object({ hostPath: z.string(), containerPath: z.string() })).default([]),
  deviceNodes: z.array(z.object({ path: z.string(), hostPath: z.string().optional() })).default([]),
})
const specification = z.object({
  cdiVersion: z.string(),
  kind: z.string(),
  devices: z.array(z.object({ name: z.string(), containerEdits: edits.optional() })),
  containerEdits: edits.optional(),
})

/** What a CDI specification says, as far as it matters here. */
export type CdiSpecification = z.infer<typeof specification>

export interface CdiFile {
  readonly path: string
  /** Absent when it is none. */
  readonly spec?: CdiSpecification
}

/** Where the specification lies that the farm makes itself, below an agent's directory. */
export function ownCdiFolder(directory: string): string {
  return join(directory, 'cdi')
}

/** Where daemons of an agent find CDI specifications: the farm's own, and those of the operator, who is right in doubt. */
export function cdiFolders(directory: string): readonly string[] {
  return [ownCdiFolder(directory), '/etc/cdi', '/var/run/cdi']
}

/** The files in these folders that describe NVIDIA's GPUs, or seem to be meant to. */
export async function readGpuSpecs(folders: readonly string[]): Promise<readonly CdiFile[]> {
  const files = await Promise.all(folders.map(readFolder))
  return files.flat().flatMap(({ path, text }) => {
    const spec = parseSpecification(text)
    if (spec !== undefined) return spec.kind === gpuKind ? [{ path, spec }] : []
    return text.includes(gpuKind) ? [{ path }] : []
  })
}

/** The specifications of NVIDIA's GPUs in these folders, whole. */
export async function readGpuTexts(folders: readonly string[]): Promise<readonly unknown[]> {
  const files = await Promise.all(folders.map(readFolder))
  return files
    .flat()
    .flatMap(({ text }) => (parseSpecification(text)?.kind === gpuKind ? [parse(text)] : []))
}

/**
 * Folders with which a daemon starts: it does not as long as one file in them is no specification. Of a folder that has
 * such a file it gets the others, by links below `own`, which is made anew.
 */
export async function usableFolders(
  folders: readonly string[],
  own: string,
): Promise<readonly string[]> {
  await rm(own, { recursive: true, force: true })
  return Promise.all(
    folders.map(async (folder, index) => {
      const files = await readFolder(folder)
      const good = files.filter(({ text }) => parseSpecification(text) !== undefined)
      if (good.length === files.length) return folder
      const linked = join(own, String(index))
      await mkdir(linked, { recursive: true })
      for (const { path } of good) await symlink(path, join(linked, basename(path)))
      return linked
    }),
  )
}

/** JSON is YAML too. */
function parseSpecification(text: string): CdiSpecification | undefined {
  try {
    return specification.safeParse(parse(text)).data
  } catch {
    return undefined
  }
}

async function readFolder(folder: string) {
  const names = await readdir(folder).catch(() => [])
  const specs = names.filter((name) => /\.(json|ya?ml)$/.test(name)).toSorted()
  return Promise.all(
    specs.map(async (name) => {
      const path = join(folder, name)
      return { path, text: await readFile(path, 'utf8').catch(() => '') }
    }),
  )
}
