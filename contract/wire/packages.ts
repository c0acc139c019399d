import { z } from 'zod'

/** How many items each list may have. */
export const maxPackages = 10_000
const maxChannels = 32

const list = z.array(z.string()).max(maxPackages, `at most ${maxPackages} are taken`).default([])

/** Packages to put on a base. What the items must look like is decided where they are read, by index. */
export const packageLists = z.strictObject({
  apt: list,
  pip: list,
  conda: list,
  conda_channels: z
    .array(z.string())
    .max(maxChannels, `at most ${maxChannels} are taken`)
    .default([]),
})
