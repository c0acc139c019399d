import { z } from 'zod'
import { maxListed } from '../package-limits.ts'

const maxChannels = 32
/** In characters. */
const maxFileLength = 512 * 1024

const list = z.array(z.string()).max(maxListed, `at most ${maxListed} are taken`).default([])
const file = z.string().max(maxFileLength, 'is longer than 512 KiB').optional()

/**
 * Packages to put on a base, as lists, as files, or both. What the items must look like is decided where they are read,
 * which names each by its index or its line.
 */
export const packageLists = z.strictObject({
  apt: list,
  pip: list,
  conda: list,
  conda_channels: z
    .array(z.string())
    .max(maxChannels, `at most ${maxChannels} are taken`)
    .default([]),
  /** requirements.txt */
  requirements: file,
  /** environment.yml of conda */
  environment: file,
  /** pyproject.toml */
  pyproject: file,
  /** uv.lock, poetry.lock or pylock.toml: at which versions what pip installs is taken. */
  lock: file,
})
