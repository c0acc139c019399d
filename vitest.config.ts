import { defineConfig } from 'vitest/config'

const ignored = ['node_modules/**', '.kiln/**']

/** Those that fill a disk or start a second farm of their own, and the one that needs both processors for minutes. */
const alone = ['test/disk/**', 'test/embedded/**', 'test/conformance/**']

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 1_800_000,
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['**/*.test.ts'],
          exclude: [...ignored, 'test/**'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'farms',
          include: ['test/**/*.test.ts'],
          exclude: [...ignored, ...alone],
          // A farm waits most of its time, so there are more of them than processors.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone.map((folder) => `${folder}/*.test.ts`),
          exclude: ignored,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
